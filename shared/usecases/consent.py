"""Consent: a person opts out, and in again."""

from dataclasses import replace

from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SpaceId
from shared.domain.people import Profile
from shared.usecases.context import Context
from shared.usecases.settle import mark_due
from shared.usecases.writing import change

NOWHERE = SpaceId("")
"""Opting out is not about any one space."""


async def opt_out(person: Person, context: Context) -> None:
    """Stop keeping what a person says, remove what was kept, and stop naming them.

    Threads that they spoke in are judged again, so that approaches of theirs are withdrawn.
    """
    await _set(person, context, opted_out=True)
    for space_id, thread_id in await context.store.drop_author(None, person.key):
        await mark_due(space_id, thread_id, context)
    await context.store.drop_expertise(person.key)
    moment = context.now.isoformat()
    await context.store.append(event(EventKind.OPTED_OUT, NOWHERE, context.now, by=person.key, once=moment))


async def opt_in(person: Person, context: Context) -> None:
    """Keep what a person says from now on; what was removed stays removed."""
    await _set(person, context, opted_out=False)
    moment = context.now.isoformat()
    await context.store.append(event(EventKind.OPTED_IN, NOWHERE, context.now, by=person.key, once=moment))


async def _set(person: Person, context: Context, *, opted_out: bool) -> None:
    await change(
        lambda: context.store.profile(person.key),
        lambda known: replace(
            known or Profile(person=person),
            opted_out=opted_out,
            opted_out_at=context.now if opted_out else None,
        ),
        lambda value, etag: context.store.put_profile(value, etag=etag),
    )
