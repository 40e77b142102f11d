"""What a run has left behind, in a form that is the same whichever store it was kept in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shared.domain.audiences import audience_of_space
from shared.domain.events import EventKind
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import AudienceId, MessageId, SnippetId, SpaceId, ThreadId, UserKey
from shared.domain.messages import Message
from shared.domain.people import Expertise
from shared.domain.postings import Posting
from shared.domain.snippets import Snippet, snippet_id_of
from shared.ports import Store

_EVERYTHING = 100_000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_ALONE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one person may see: their audiences, the list of what is known, and what each question finds."""

    audiences: frozenset[AudienceId]
    listed: frozenset[SnippetId]
    found: Mapping[str, frozenset[SnippetId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that people could notice of a run."""

    messages: Mapping[tuple[SpaceId, MessageId], Message]
    threads: Mapping[tuple[SpaceId, ThreadId], Thread]
    snippets: Mapping[SnippetId, Snippet]
    postings: Mapping[str, Posting]
    expertise: frozenset[Expertise]
    sights: Mapping[UserKey, Sight]
    exchanges: Mapping[ExchangeState, int]
    facts: Mapping[EventKind, int]


async def outcome_of(store: Store) -> Outcome:
    """Read everything there is. Etags are left out, and what Teams names anew in each run."""
    spaces = await store.all_spaces()
    messages, threads, snippets = {}, {}, {}
    for space in spaces:
        for stored in await store.after(space.id, _LONG_AGO, MessageId(""), limit=_EVERYTHING):
            message = stored.value
            messages[space.id, message.id] = replace(message, reactions=tuple(sorted(message.reactions, key=repr)))
            if message.thread_id is not None:
                threads[space.id, message.thread_id] = await store.thread(space.id, message.thread_id)
    for space_id, thread_id in threads:
        snippet_id = snippet_id_of(space_id, thread_id)
        snippet = await store.snippet(audience_of_space(space_id), snippet_id)
        if snippet is not None:
            snippets[snippet_id] = _near(snippet.value)
    people = sorted({member.person.key for space in spaces for member in space.members or ()})
    questions = sorted({snippet.question for snippet in snippets.values()})
    return Outcome(
        messages=messages,
        threads={key: stored.value for key, stored in threads.items() if stored is not None},
        snippets=snippets,
        postings={posting.id: _bare(posting) for posting in await store.all_postings()},
        expertise=frozenset([one for space in spaces for one in await store.experts(audience_of_space(space.id))]),
        sights=await _sights(store, people, questions),
        exchanges=await store.count_exchanges(),
        facts=await store.counts(),
    )


async def _sights(store: Store, people: list[UserKey], questions: list[str]) -> Mapping[UserKey, Sight]:
    """What each person may see; people of the same audiences see the same, and are looked up once."""
    # Words of all questions together find whatever can be found; some alone show that no more than that is.
    texts = [" ".join(questions), *questions[:_ALONE]]
    seen: dict[frozenset[AudienceId], Sight] = {}
    sights: dict[UserKey, Sight] = {}
    for person in people:
        audiences = await store.audiences_of(person)
        if audiences not in seen:
            found = {text: await store.search(audiences, text, limit=_EVERYTHING) for text in texts}
            seen[audiences] = Sight(
                audiences=audiences,
                listed=frozenset(s.id for s in await store.visible(audiences, limit=_EVERYTHING)),
                found={text: frozenset(s.id for s in snippets) for text, snippets in found.items()},
            )
        sights[person] = seen[audiences]
    return sights


def _near(snippet: Snippet) -> Snippet:
    """Without the numbers of its embedding: their last digit depends on what was embedded together with it."""
    meant = snippet.embedding
    return replace(snippet, embedding=meant and replace(meant, numbers=bytes(len(meant.numbers))))


def _bare(posting: Posting) -> Posting:
    """Without what Teams made up for it."""
    return replace(posting, activity_id="", card_hash="")


def differences(one: Outcome, other: Outcome) -> list[str]:
    """What is not the same, a line each; empty when all is."""
    said: list[str] = []
    for name in Outcome.__slots__:
        here, there = getattr(one, name), getattr(other, name)
        if isinstance(here, Mapping):
            said += [f"{name} {key}: {_parts(here.get(key), there.get(key))}" for key in _keys(here, there)]
        elif here != there:
            said += [f"{name}: {sorted(map(repr, here ^ there))}"]
    return said


def _keys(here: Mapping[Any, Any], there: Mapping[Any, Any]) -> list[Any]:
    return [key for key in {**here, **there} if here.get(key) != there.get(key)]


def _parts(here: object, there: object) -> str:
    """The parts of a value that differ, where it has any."""
    if here is None or there is None or not hasattr(here, "__slots__"):
        return f"{here!r} and {there!r}"
    names = [name for name in here.__slots__ if getattr(here, name) != getattr(there, name)]
    return "; ".join(f"{name} {getattr(here, name)!r} and {getattr(there, name)!r}" for name in names)
