"""Consent: who has opted out, who was erased, and what may therefore be kept."""

import secrets
from dataclasses import replace
from datetime import datetime

from shared.domain.erasure import Forgetting, tombstone_of, without_people
from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SpaceId, UserKey
from shared.domain.messages import Message
from shared.domain.people import Profile
from shared.domain.spaces import Member
from shared.domain.tenant import TenantState
from shared.usecases.context import Context
from shared.usecases.forget import forget
from shared.usecases.writing import change

NOWHERE = SpaceId("")
"""Opting out is not about any one space."""
_SALT_BYTES = 32


async def opt_out(person: Person, context: Context) -> None:
    """Stop keeping what a person says, remove what was kept, withdraw their approaches, and stop naming them.

    Of who was erased nothing is kept anyway, and nothing is written down for this.
    """
    if await is_erased(person.key, context):
        return
    await _set(person, context, opted_out=True)
    await forget(Forgetting(user=person.key, whole=False), context)
    moment = context.now.isoformat()
    await context.store.append(event(EventKind.OPTED_OUT, NOWHERE, context.now, by=person.key, once=moment))


async def opt_in(person: Person, context: Context) -> None:
    """Keep what a person says from now on; what was removed stays removed. Lifts the tombstone of who was erased."""
    await _set(person, context, opted_out=False)
    for salt in await _salts(context):
        await context.store.drop_tombstone(tombstone_of(person.key, salt))
    moment = context.now.isoformat()
    await context.store.append(event(EventKind.OPTED_IN, NOWHERE, context.now, by=person.key, once=moment))


async def may_keep(user: UserKey, context: Context) -> bool:
    """Whether what a person says may be kept: they have neither opted out nor been erased."""
    profile = await context.store.profile(user)
    if profile is not None and profile.value.opted_out:
        return False
    return not await is_erased(user, context)


async def is_erased(user: UserKey, context: Context) -> bool:
    """Whether a person was erased and has not opted in since."""
    return bool(await erased_among(frozenset({user}), context))


async def unwilling(users: frozenset[UserKey], context: Context) -> frozenset[UserKey]:
    """Those of whom nothing may be kept: they opted out or were erased. Three reads, however many are asked for."""
    return await context.store.opted_out(users) | await erased_among(users, context)


async def without_erased(message: Message, context: Context) -> Message:
    """A message without mentions and reactions of people who were erased or have opted out; the former lose their name.

    Costs nothing for a message that names nobody, else three reads, however many it names.
    """
    named = frozenset(p.key for p in message.mentions) | frozenset(r.by for r in message.reactions)
    if not named:
        return message
    erased = await erased_among(named, context)
    gone = erased | await context.store.opted_out(named)
    return without_people(message, gone, erased) if gone else message


async def named_members(members: tuple[Member, ...], context: Context) -> tuple[Member, ...]:
    """Those of a space's members who may be written down: who was erased is not, until they opt in again."""
    erased = await erased_among(frozenset(member.person.key for member in members), context)
    return tuple(member for member in members if member.person.key not in erased)


async def put_tombstone(user: UserKey, context: Context) -> tuple[str, datetime]:
    """Remember that a person is erased, from now on or since an earlier time; returns the hash, and since when."""
    hashed = tombstone_of(user, await _made_salt(context))
    await context.store.put_tombstone(hashed, context.now)
    return hashed, await context.store.tombstone(hashed) or context.now


async def erased_among(users: frozenset[UserKey], context: Context) -> frozenset[UserKey]:
    """Those who were erased and have not opted in since; two reads, however many are asked for."""
    salts = await _salts(context)
    if not salts or not users:
        return frozenset()
    hashes = {tombstone_of(user, salt): user for user in users for salt in salts}
    return frozenset(hashes[hashed] for hashed in await context.store.tombstones(frozenset(hashes)))


async def _salts(context: Context) -> tuple[str, ...]:
    """What tombstones are hashed with; empty as long as nobody was ever erased."""
    state = await context.store.tenant_state()
    return state.value.salts if state else ()


async def _made_salt(context: Context) -> str:
    fresh = secrets.token_hex(_SALT_BYTES)
    state = await change(
        context.store.tenant_state,
        lambda known: replace(known or TenantState(), salt=known.salt or fresh if known else fresh),
        lambda value, etag: context.store.put_tenant_state(value, etag=etag),
    )
    return state.salt if state else fresh


async def _set(person: Person, context: Context, *, opted_out: bool) -> None:
    await change(
        lambda: context.store.profile(person.key),
        lambda known: replace(
            known or Profile(person=person),
            opted_out=opted_out,
            opted_out_at=context.now if opted_out else None,
            opted_in_at=None if opted_out else context.now,
            calls=() if opted_out or known is None else known.calls,
            erasing=None,
        ),
        lambda value, etag: context.store.put_profile(value, etag=etag),
    )
