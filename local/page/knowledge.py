"""What Cairn knows, and what it did and why, in words for the page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain.audiences import audience_of_space
from shared.domain.events import Event, EventKind
from shared.domain.identity import AudienceId, Person, SnippetId, ThreadId, UserKey
from shared.domain.people import CAPACITY_WINDOW
from shared.domain.postings import Posting
from shared.domain.snippets import Approach, Snippet, Trust, snippet_id_of
from shared.domain.spaces import Space
from shared.ports import Store

JsonObject = dict[str, Any]
MOST = 300
_TRUST = {Trust.PROPOSED: "Not checked yet", Trust.VERIFIED: "Checked", Trust.STALE: "To be checked again"}


async def knowledge(store: Store, viewer: UserKey | None, now: datetime) -> JsonObject:
    """Answers, people and what happened; as one person may see it, or all of it for None."""
    spaces = {space.id: space for space in await store.all_spaces()}
    if viewer is None:
        audiences = frozenset(audience_of_space(space_id) for space_id in spaces)
    else:
        audiences = await store.audiences_of(viewer)
    snippets = await store.visible(audiences, limit=MOST)
    return {
        "answers": [_answer(snippet, spaces) for snippet in snippets],
        "people": await _people(store, audiences, now),
        "log": await _log(store, spaces, audiences),
    }


def _answer(snippet: Snippet, spaces: Mapping[Any, Space]) -> JsonObject:
    home = spaces.get(snippet.space_id)
    reason = f"{_TRUST[snippet.trust]}" + (f": {snippet.trust_reason}" if snippet.trust_reason else "")
    return {
        "question": snippet.question,
        "asker": snippet.asker.name,
        "where": home.label if home else "",
        "at": snippet.asked_at.isoformat(),
        "trust": snippet.trust.value,
        "reason": reason,
        "topics": list(snippet.topics),
        "redactions": snippet.redactions,
        "approaches": [_approach(approach) for approach in snippet.visible_approaches],
        "struck": sum(1 for approach in snippet.approaches if approach.struck),
    }


def _approach(approach: Approach) -> JsonObject:
    return {
        "text": approach.text,
        "by": ", ".join(person.name for person in approach.authors),
        "at": approach.sources[0].said_at.isoformat(),
        "conditions": approach.conditions,
        "helped": len(approach.helped),
        "notHelped": len(approach.not_helped),
        "disputed": [person.name for person in approach.disputed_by],
        "editedBy": approach.edited_by.name if approach.edited_by else "",
    }


async def _people(store: Store, audiences: frozenset[AudienceId], now: datetime) -> list[JsonObject]:
    shown: dict[UserKey, tuple[Person, list[str]]] = {}
    for audience in sorted(audiences):
        for expertise in await store.experts(audience):
            _, questions = shown.setdefault(expertise.person.key, (expertise.person, []))
            questions.extend(evidence.question for evidence in expertise.evidence)
    found = []
    for key, (person, questions) in shown.items():
        stored = await store.profile(key)
        calls = stored.value.calls if stored else ()
        week = sum(1 for call in calls if now - call.named_at < CAPACITY_WINDOW)
        found.append({"name": person.name, "answered": list(dict.fromkeys(questions)), "namedThisWeek": week})
    return sorted(found, key=lambda one: (-len(one["answered"]), one["name"]))


async def _log(store: Store, spaces: Mapping[Any, Space], audiences: frozenset[AudienceId]) -> list[JsonObject]:
    """What happened in the spaces of these audiences, newest first."""
    postings = {p.id: p for p in await store.all_postings()}
    lines = []
    for event in await store.latest(limit=MOST):
        space = spaces.get(event.space_id)
        if space is not None and audience_of_space(space.id) not in audiences:
            continue
        said = await _sentence(event, space, postings, spaces, store)
        if said:
            lines.append({"at": event.at.isoformat(), "where": space.label if space else "", "text": said})
    return lines


_PLAIN = {
    EventKind.ASKED: "Somebody asked {question}. Cairn looked whether it was answered before.",
    EventKind.ANSWERED: "A colleague answered {question}.",
    EventKind.RESOLVED: "{question} was settled.",
    EventKind.DRAFTED: "Cairn drafted an answer to {question} and put it before a curator.",
    EventKind.HELPED: "{by} said that the answer to {question} helped.",
    EventKind.NOT_HELPED: "{by} said that the answer to {question} did not help.",
    EventKind.VERIFIED: "{by} checked the answer to {question}.",
    EventKind.EDITED: "{by} rewrote the answer to {question}.",
    EventKind.REJECTED: "{by} took out an answer to {question}.",
    EventKind.MERGED: "{by} joined two answers to {question}.",
    EventKind.HELPER_ASKED: "{by} asked somebody who may help.",
    EventKind.CAPTURE_ON: "{by} let Cairn read along.",
    EventKind.CAPTURE_OFF: "{by} stopped Cairn from reading along.",
    EventKind.OPTED_OUT: "Somebody opted out. What they had written is no longer kept.",
    EventKind.OPTED_IN: "Somebody opted in again.",
    EventKind.REFUSED: "A message was not kept, as its author opted out or it may not be kept.",
}


async def _sentence(
    event: Event, space: Space | None, postings: Mapping[Any, Posting], spaces: Mapping[Any, Space], store: Store
) -> str:
    posting = postings.get(event.subject)
    if event.kind is EventKind.SUGGESTED and posting is not None:
        return _suggested(posting)
    if event.kind is EventKind.HELPERS_NAMED and posting is not None:
        names = " and ".join(s.person.name for s in posting.suggested)
        return f"Nobody had answered for a while. Cairn named {names}, who answered something like it before."
    pattern = _PLAIN.get(event.kind, "")
    question = await _question(event, space, store) if "{question}" in pattern else ""
    return pattern.format(question=question, by=_name(event.by, spaces)).replace("  ", " ")


def _suggested(posting: Posting) -> str:
    asker = posting.asker.name if posting.asker else "Somebody"
    if posting.recipient is not None:
        return f"{asker} asked what was answered before. Only {asker} was shown it: not everybody there may see it."
    return f"{asker} asked what was answered before. Cairn showed the answer in the thread: everybody there may see it."


async def _question(event: Event, space: Space | None, store: Store) -> str:
    """The snippet's question, shortened; "a question" while there is no snippet."""
    if space is None:
        return "a question"
    for snippet_id in (SnippetId(event.subject), snippet_id_of(space.id, ThreadId(event.subject))):
        stored = await store.snippet(audience_of_space(space.id), snippet_id)
        if stored is not None and stored.value.question:
            return f"“{shortened(stored.value.question, 70)}”"
    return "a question"


def shortened(text: str, length: int) -> str:
    """One line of at most about `length` characters, never cut within a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + " …"


def _name(user: UserKey | None, spaces: Mapping[Any, Space]) -> str:
    members = (space.member(user) for space in spaces.values()) if user else ()
    return next((member.person.name for member in members if member is not None), "Somebody")


STEPS = {"minutes": timedelta(minutes=10), "hours": timedelta(hours=3), "day": timedelta(days=1)}
"""How far a visitor may let time pass at once."""
