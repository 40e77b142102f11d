"""Erase a person: everything of theirs, for good, with a report of what went and of what Cairn can't reach.

The tombstone comes first, so that nothing new is kept; the profile goes last, because until then it holds the
names that a run which was cut off would no longer find anywhere else.
"""

from collections import Counter
from dataclasses import replace

from shared.domain.erasure import FORMER, Forgetting, Report, Trace, names_of
from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SpaceId, UserKey
from shared.domain.people import AskedBy, Erasing, Profile
from shared.ports import QueueName
from shared.usecases.consent import put_tombstone
from shared.usecases.context import Context
from shared.usecases.forget import OnStep, forget
from shared.usecases.writing import change

_NOWHERE = SpaceId("")
_ROUNDS = 3
"""A message may be taken in by somebody who looked for the tombstone just before it stood: the next round finds it."""

_OUTSIDE = (
    "Teams itself: what they wrote there stays there until it is deleted in Teams. Cairn reads none of it any more.",
    "What colleagues wrote about them, or quoted of them, in their own words and without their full name.",
    "Backups and copies of the store, and exports that were made before.",
    "Application Insights: its log lines name no person and hold no words, and end with its own retention.",
)


async def erase(
    user: UserKey,
    context: Context,
    *,
    by: AskedBy,
    names: tuple[str, ...] = (),
    on_step: OnStep = lambda _: None,
) -> Report:
    """Remove everything of a person, and keep out what still comes in of theirs until they opt in again.

    `names` are those that the caller knows them by; `on_step` is told what is looked through. Cut off anywhere, a
    second run, or the night's purge, ends in the same state; a run reports what it still found itself.
    """
    hashed, since = await put_tombstone(user, context)
    profile = await context.store.profile(user)
    begun = profile.value.erasing if profile else None
    known = await _names(user, context) | set(names) | set(begun.names if begun else ())
    await _close(user, tuple(sorted(known)), by, context)
    who = Forgetting(user=user, names=tuple(sorted(known)), nameless=context.erased_stay_nameless)
    removed: Counter[Trace] = Counter()
    for _ in range(_ROUNDS):
        found = await forget(who, context, on_step)
        removed += found
        if not found:
            break
    fact = event(EventKind.ERASED, _NOWHERE, context.now, detail=by, once=f"{hashed}/{since.isoformat()}")
    await context.store.append(fact)
    on_step(Trace.PROFILE)
    await context.store.drop_profile(user)
    if profile is not None:
        removed[Trace.PROFILE] = 1
    return Report(removed=removed, outside=await _outside(user, context))


async def finish_erasures(context: Context) -> int:
    """Go on with erasures that were cut off; returns how many there were."""
    unfinished = await context.store.profiles_being_erased()
    for profile in unfinished:
        if profile.erasing is not None:
            await erase(profile.person.key, context, by=profile.erasing.asked_by)
    return len(unfinished)


async def _close(user: UserKey, names: tuple[str, ...], by: AskedBy, context: Context) -> None:
    """Note what is under way; from here on they count as opted out for whoever looks at profiles alone."""
    person = Person(key=user, name=names[0] if names else FORMER.name)
    erasing = Erasing(names=names, asked_by=by)
    await change(
        lambda: context.store.profile(user),
        lambda known: replace(known or Profile(person=person), opted_out=True, calls=(), erasing=erasing),
        lambda value, etag: context.store.put_profile(value, etag=etag),
    )


async def _names(user: UserKey, context: Context) -> set[str]:
    """Every name that any document gives them; people are renamed, and Teams shortens."""
    store, key = context.store, (user,)
    profile = await store.profile(user)
    documents: list[object] = [profile.value] if profile else []
    documents += await store.all_spaces()
    for found in (
        await store.messages_naming(key),
        await store.snippets_naming(key),
        await store.threads_naming(key),
        await store.postings_naming(key),
        await store.expertise_naming(key),
        await store.topics_naming(key),
    ):
        documents += [stored.value for stored in found]
    return {name for document in documents for name in names_of(user, document)}


async def _outside(user: UserKey, context: Context) -> tuple[str, ...]:
    """What a run of erasing can't reach, as it stands now."""
    lengths = await context.queue.lengths()
    waiting = sum(
        length.visible + length.delayed + length.leased
        for name, length in lengths.items()
        if name.removesuffix("-poison") == QueueName.NOTIFICATIONS
    )
    found = list(_OUTSIDE)
    if waiting:
        found.append(
            f"Queues: {waiting} notification(s) wait, failed ones included. They are encrypted and can't be searched; "
            "what is theirs is dropped as soon as it is opened."
        )
    object_id = user.partition("/")[2]
    chats = [space for space in await context.store.all_spaces() if object_id in space.id]
    if chats:
        found.append(
            f"{len(chats)} chat(s) with one other person: the id that Teams gave them holds theirs, and stays as long "
            "as anything that the other one wrote there."
        )
    return tuple(found)
