"""What Cairn knows, in words for the page: its answers and the people who gave them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.page.happened import happened
from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId, Person, SpaceId, UserKey
from shared.domain.people import CAPACITY_WINDOW
from shared.domain.snippets import Approach, Snippet, Trust
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
        "optedOut": await _opted_out(store, spaces, audiences),
        "log": await happened(store, spaces, audiences, viewer, limit=MOST),
    }


def _answer(snippet: Snippet, spaces: Mapping[SpaceId, Space]) -> JsonObject:
    home = spaces.get(snippet.space_id)
    return {
        "question": snippet.question,
        "asker": snippet.asker.name,
        "where": home.label if home else "",
        "at": snippet.asked_at.isoformat(),
        "jump": {"place": snippet.space_id, "message": snippet.thread_id},
        "trust": snippet.trust.value,
        "trustWord": _TRUST.get(snippet.trust, ""),
        "trustReason": _reason(snippet),
        "topics": list(snippet.topics),
        "redactions": snippet.redactions,
        "approaches": [_approach(approach) for approach in snippet.visible_approaches],
        "struck": sum(1 for approach in snippet.approaches if approach.struck),
    }


def _reason(snippet: Snippet) -> str:
    """Why it is trusted that far, without repeating the word that stands before it."""
    reason = snippet.trust_reason.removeprefix("checked ")
    if not reason or reason != snippet.trust_reason:
        return f" {reason}".rstrip()
    return f", {reason}"


def _approach(approach: Approach) -> JsonObject:
    source = approach.sources[0]
    return {
        "text": approach.text,
        "by": " and ".join(person.name for person in approach.authors),
        "at": source.said_at.isoformat(),
        "jump": {"place": source.space_id, "message": source.message_id},
        "conditions": approach.conditions,
        "helped": len(approach.helped),
        "notHelped": len(approach.not_helped),
        "disputed": [person.name for person in approach.disputed_by],
        "editedBy": approach.edited_by.name if approach.edited_by else "",
    }


async def _people(store: Store, audiences: frozenset[AudienceId], now: datetime) -> list[JsonObject]:
    """Who has shown something within these audiences, and how often they were named in the last seven days."""
    shown: dict[UserKey, tuple[Person, list[str]]] = {}
    for audience in sorted(audiences):
        for expertise in await store.experts(audience):
            _, questions = shown.setdefault(expertise.person.key, (expertise.person, []))
            questions.extend(evidence.question for evidence in expertise.evidence)
    found = []
    for key, (person, questions) in shown.items():
        stored = await store.profile(key)
        profile = stored.value if stored else None
        if not questions or (profile is not None and profile.opted_out):
            continue
        calls = profile.calls if profile else ()
        week = sum(1 for call in calls if now - call.named_at < CAPACITY_WINDOW)
        found.append({"name": person.name, "answered": list(dict.fromkeys(questions)), "namedThisWeek": week})
    return sorted(found, key=lambda one: (-len(one["answered"]), one["name"]))


async def _opted_out(store: Store, spaces: Mapping[SpaceId, Space], audiences: frozenset[AudienceId]) -> int:
    """How many members of these spaces have opted out; who they are is nobody's business."""
    members = {
        member.person.key
        for space in spaces.values()
        if audience_of_space(space.id) in audiences
        for member in space.members or ()
    }
    profiles = [await store.profile(key) for key in sorted(members)]
    return sum(1 for stored in profiles if stored is not None and stored.value.opted_out)
