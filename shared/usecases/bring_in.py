"""Bring in what another store has kept: once, the newer version of each thing, and nothing of who is forgotten."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from shared.domain.arrivals import newest_label, newest_space, opts_out_anew, without
from shared.domain.erasure import Forgetting, Tombstone, names_of, quotes_of
from shared.domain.events import Event
from shared.domain.exchanges import Thread
from shared.domain.forgotten_authors import loses_its_question
from shared.domain.identity import UserKey
from shared.domain.labels import Label
from shared.domain.messages import Message
from shared.domain.moving import (
    Kind,
    Moved,
    joined_expertise,
    joined_settings,
    newest_message,
    newest_snippet,
    people_in,
    what_is_there,
)
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.snippets import Snippet
from shared.domain.spaces import Space
from shared.domain.tenant import TenantState
from shared.domain.topics import KeptTopics, newest_topics
from shared.errors import Refused
from shared.usecases.consent import erased_among, opt_out
from shared.usecases.context import Context
from shared.usecases.patience import Wait, give_up, patiently
from shared.usecases.writing import change

_AT_ONCE = 16
_SAY_WHO_MAY_COME = (Kind.TENANT, Kind.TOMBSTONE, Kind.PROFILE)


class Became(StrEnum):
    """What became of one thing."""

    WRITTEN = "written"
    THERE = "there already"
    KEPT_OUT = "kept out"
    """It was of somebody who was erased or has opted out."""
    REFUSED = "refused"


@dataclass(slots=True)
class Arrivals:
    """One run of bringing in: who may not come, under which names they are known, and what was done so far."""

    done: Counter[tuple[Kind, Became]] = field(default_factory=Counter)
    names: dict[UserKey, set[str]] = field(default_factory=dict)
    """Of those who were erased."""
    opted_out: set[UserKey] = field(default_factory=set)
    asked: set[UserKey] = field(default_factory=set)
    """Of whom is known whether they may come."""
    quotes: set[str] = field(default_factory=set)
    """How questions begin that did not come, where others quote them."""
    tombstones: int = 0
    wait: Wait = give_up
    """What is done when the store is busy, before the same is tried again; raises to end the run."""


async def bring_in(things: Sequence[Moved], arrivals: Arrivals, context: Context) -> list[int]:
    """Write these things where they are new or newer than what is there; running it again changes nothing.

    Returns the places of those that were refused: they hold what no store takes. Raises what `arrivals.wait` raises.
    """
    became: list[Became] = []
    for kind, found in groupby(things, key=lambda thing: thing.kind):
        became += await _bring_in(list(found), arrivals, context)
        if kind in _SAY_WHO_MAY_COME:
            arrivals.asked.clear()
    return [place for place, what in enumerate(became) if what is Became.REFUSED]


async def _bring_in(things: Sequence[Moved], arrivals: Arrivals, context: Context) -> list[Became]:
    await patiently(lambda: _ask(things, arrivals, context), arrivals.wait)
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(thing: Moved) -> Became:
        async with room:
            try:
                became = await patiently(lambda: _write(thing, arrivals, context), arrivals.wait)
            except (Refused, ValueError):
                became = Became.REFUSED
            arrivals.done[thing.kind, became] += 1
            return became

    found = await asyncio.gather(*(one(thing) for thing in things), return_exceptions=True)
    for became in found:  # not before all have come to an end: none goes on behind the caller's back
        if isinstance(became, BaseException):
            raise became
    return [became for became in found if isinstance(became, Became)]


async def _ask(things: Iterable[Moved], arrivals: Arrivals, context: Context) -> None:
    """Find out who of the people in these things may not come, and under which names they are known here."""
    people = [(thing, frozenset(people_in(thing.value))) for thing in things]
    fresh = frozenset[UserKey]().union(*(users for _, users in people)) - arrivals.asked
    for user in await erased_among(fresh, context):
        arrivals.names.setdefault(user, set())
    arrivals.opted_out |= await context.store.opted_out(fresh) if fresh else set()
    arrivals.asked |= fresh
    for thing, users in people:
        for user in users & arrivals.names.keys():
            arrivals.names[user] |= names_of(user, thing.value)


async def _write(thing: Moved, arrivals: Arrivals, context: Context) -> Became:
    value: object | None = thing.value
    for who in _to_forget(thing, arrivals, nameless=context.erased_stay_nameless):
        value = without(value, who, context.now)
        if value is None:
            return Became.KEPT_OUT
    if isinstance(thing.value, Snippet) and isinstance(value, Snippet):
        if loses_its_question(thing.value, value):
            arrivals.quotes.update(quotes_of(thing.value.question))
        if await _is_known(thing.value, context):  # what is cleaned counts as changed now, and would always be newer
            return Became.THERE
    return await _WRITERS[thing.kind](value, arrivals, context)


def _to_forget(thing: Moved, arrivals: Arrivals, *, nameless: bool) -> list[Forgetting]:
    """Whom to take out of a thing: the erased by their names as well, others where they are named by their key."""
    named = set(people_in(thing.value))
    quotes = tuple(sorted(arrivals.quotes))
    erased = [
        Forgetting(user=user, names=tuple(sorted(names)), nameless=nameless, quotes=quotes)
        for user, names in arrivals.names.items()
    ]
    silent = sorted((arrivals.opted_out & named) - arrivals.names.keys())
    return [*erased, *(Forgetting(user=user, whole=False, quotes=quotes) for user in silent)]


async def _is_known(snippet: Snippet, context: Context) -> bool:
    stored = await context.store.snippet(snippet.audience_id, snippet.id)
    return stored is not None and newest_snippet(stored.value, snippet) is stored.value


async def _changed[T](
    read: Callable[[], Awaitable[Any]],
    decide: Callable[[T | None], T],
    write: Callable[[T, str | None], Awaitable[str]],
) -> Became:
    known: list[T | None] = []

    def noting(found: T | None) -> T:
        known.append(found)
        return decide(found)

    after = await change(read, noting, write)
    return Became.THERE if after == known[-1] else Became.WRITTEN


async def _tenant(value: TenantState, _: Arrivals, context: Context) -> Became:
    store = context.store
    return await _changed(
        store.tenant_state,
        lambda known: joined_settings(known, value),
        lambda state, etag: store.put_tenant_state(state, etag=etag),
    )


async def _tombstone(value: Tombstone, arrivals: Arrivals, context: Context) -> Became:
    arrivals.tombstones += 1
    there = await context.store.tombstone(value.hashed) is not None
    await context.store.put_tombstone(value.hashed, value.at)
    return Became.THERE if there else Became.WRITTEN


async def _profile(value: Profile, _: Arrivals, context: Context) -> Became:
    """Who opted out there is silent here too, with all that this store has of them."""
    stored = await context.store.profile(value.person.key)
    if stored is not None and opts_out_anew(stored.value, value):
        await opt_out(value.person, context)
        return Became.WRITTEN

    def stays(known: Profile | None) -> Profile:
        return what_is_there(known, value)

    return await _changed(
        lambda: context.store.profile(value.person.key),
        stays,
        lambda profile, etag: context.store.put_profile(profile, etag=etag),
    )


async def _space(value: Space, _: Arrivals, context: Context) -> Became:
    return await _changed(
        lambda: context.store.space(value.id),
        lambda known: newest_space(known, value),
        lambda space, etag: context.store.put_space(space, etag=etag),
    )


async def _topics(value: KeptTopics, _: Arrivals, context: Context) -> Became:
    return await _changed(
        lambda: context.store.kept_topics(value.audience_id),
        lambda known: newest_topics(known, value),
        lambda kept, etag: context.store.put_kept_topics(kept, etag=etag),
    )


async def _message(value: Message, _: Arrivals, context: Context) -> Became:
    return await _changed(
        lambda: context.store.message(value.space_id, value.id),
        lambda known: newest_message(known, value),
        lambda message, etag: context.store.put_message(message, etag=etag),
    )


async def _thread(value: Thread, _: Arrivals, context: Context) -> Became:
    def stays(known: Thread | None) -> Thread:
        return what_is_there(known, value)

    return await _changed(
        lambda: context.store.thread(value.space_id, value.id),
        stays,
        lambda thread, etag: context.store.put_thread(thread, etag=etag),
    )


async def _snippet(value: Snippet, _: Arrivals, context: Context) -> Became:
    replaced = await context.store.snippet(value.audience_id, value.id) is not None
    if replaced:
        await context.queue_follow_up(value.audience_id, value.id)  # cards that show it follow
    return await _changed(
        lambda: context.store.snippet(value.audience_id, value.id),
        lambda known: newest_snippet(known, value),
        lambda snippet, etag: context.store.put_snippet(snippet, etag=etag),
    )


async def _expertise(value: Expertise, arrivals: Arrivals, context: Context) -> Became:
    """New evidence needs its snippet, wherever this store may have withdrawn it, or somebody was taken out of it."""
    stored = await context.store.expertise(value.audience_id, value.person.key)
    if stored is not None or arrivals.names or arrivals.opted_out:
        known = {evidence.snippet_id for evidence in stored.value.evidence} if stored else set()
        for evidence in value.evidence:
            if evidence.snippet_id not in known:
                snippet = await context.store.snippet(value.audience_id, evidence.snippet_id)
                if snippet is None or not snippet.value.usable:
                    value = value.without_evidence(evidence.snippet_id)
    return await _changed(
        lambda: context.store.expertise(value.audience_id, value.person.key),
        lambda known: joined_expertise(known, value),
        lambda expertise, etag: context.store.put_expertise(expertise, etag=etag),
    )


async def _posting(value: Posting, _: Arrivals, context: Context) -> Became:
    """A card that must go because of whom it is to or about comes as far as it takes to have it taken away."""

    def stays(known: Posting | None) -> Posting:
        return what_is_there(known, value)

    if value.forget:
        await context.queue_delivery(value.id)
    return await _changed(
        lambda: context.store.posting(value.id),
        stays,
        lambda posting, etag: context.store.put_posting(posting, etag=etag),
    )


async def _label(value: Label, _: Arrivals, context: Context) -> Became:
    return await _changed(
        lambda: context.store.label(value.id),
        lambda known: newest_label(known, value),
        lambda label, etag: context.store.put_label(label, etag=etag),
    )


async def _event(value: Event, _: Arrivals, context: Context) -> Became:
    return Became.WRITTEN if await context.store.append(value) else Became.THERE


_WRITERS: Mapping[Kind, Callable[[Any, Arrivals, Context], Awaitable[Became]]] = {
    Kind.TENANT: _tenant,
    Kind.TOMBSTONE: _tombstone,
    Kind.PROFILE: _profile,
    Kind.SPACE: _space,
    Kind.TOPICS: _topics,
    Kind.MESSAGE: _message,
    Kind.THREAD: _thread,
    Kind.SNIPPET: _snippet,
    Kind.EXPERTISE: _expertise,
    Kind.POSTING: _posting,
    Kind.LABEL: _label,
    Kind.EVENT: _event,
}
