"""What Cairn knows now: its answers, and what people have shown."""

from collections.abc import Mapping
from datetime import datetime

from local.page.happenings import happenings
from local.page.sight import Sight, look, source_of
from local.page.views import Answer, Knower, Knowledge, Person, Shown, Spot, Way
from shared.adapters.teams.cards.wording import stated_by
from shared.domain.events import EventKind
from shared.domain.identity import UserKey
from shared.domain.people import CAPACITY_WINDOW, Evidence, Expertise, Profile
from shared.domain.snippets import Approach, Decision, Snippet, Trust, Verb
from shared.ports import Store


async def knowledge(store: Store, viewer: UserKey | None, people: Mapping[UserKey, Person], now: datetime) -> Knowledge:
    """What the viewer may see of it; all of it for None. `people` is everybody in the organisation."""
    sight = await look(store, viewer, {key: person.name for key, person in people.items()})
    told = await happenings(sight)
    return Knowledge(
        answers=tuple(_answer(snippet, sight) for snippet in sorted(sight.snippets, key=_trusted_first)),
        people=tuple(await _knowers(sight, people, now)),
        happenings=tuple(line for line, _ in told),
        brought_back=sum(1 for _, kind in told if kind is EventKind.SUGGESTED),
    )


def _trusted_first(snippet: Snippet) -> int:
    return (Trust.VERIFIED, Trust.PROPOSED, Trust.STALE, Trust.RETIRED).index(snippet.trust)


def _answer(snippet: Snippet, sight: Sight) -> Answer:
    return Answer(
        key=snippet.id,
        question=snippet.question,
        asker="" if snippet.from_file else sight.name(snippet.asker.key),
        where=sight.label(snippet.space_id),
        at=snippet.asked_at,
        spot=Spot(place=snippet.space_id, message=snippet.thread_id),
        trust=snippet.trust.value,
        reason=_trust(snippet, sight),
        removed=_removed(snippet.redactions),
        ways=tuple(_way(approach, sight) for approach in snippet.visible_approaches),
    )


def _trust(snippet: Snippet, sight: Sight) -> str:
    """How far it is trusted and why: `Checked by Dana Whitfield on 3 March`."""
    if snippet.trust is Trust.PROPOSED:
        return "Not checked yet" + (f": {snippet.trust_reason}" if snippet.trust_reason else "")
    checked = f"Checked{_by_and_when(snippet.history, sight)}"
    return checked if snippet.trust is Trust.VERIFIED else f"To be checked again: {snippet.trust_reason or checked}"


def _by_and_when(history: tuple[Decision, ...], sight: Sight) -> str:
    checks = [d for d in history if d.verb in (Verb.VERIFIED, Verb.EDITED) and d.by is not None]
    if not checks or checks[-1].by is None:
        return ""
    return f" by {sight.name(checks[-1].by.key)} on {checks[-1].at.day} {checks[-1].at:%B}"


def _removed(count: int) -> str:
    if not count:
        return ""
    return (
        "A secret or personal detail was taken out"
        if count == 1
        else f"{count} secrets or personal details were taken out"
    )


def _way(approach: Approach, sight: Sight) -> Way:
    return Way(
        text=approach.text,
        sources=tuple(source_of(source, sight) for source in approach.sources),
        file=stated_by(approach.imported) if approach.imported else "",
        conditions=approach.conditions,
        helped=len(approach.helped),
        not_helped=len(approach.not_helped),
        disputed_by=tuple(sight.name(person.key) for person in approach.disputed_by),
        edited_by=sight.name(approach.edited_by.key) if approach.edited_by else "",
    )


async def _knowers(sight: Sight, people: Mapping[UserKey, Person], now: datetime) -> list[Knower]:
    """Who has shown most first; at the end those who opted out, of whom a person sees themselves alone."""
    shown: dict[UserKey, list[Shown]] = {}
    for audience in sorted(sight.audiences):
        for expertise in await sight.store.experts(audience):
            shown.setdefault(expertise.person.key, []).extend(_shown(expertise, sight))
    found = [
        _knower(people[key], sight.profiles.get(key), shown[key], now)
        for key in sorted(shown, key=lambda key: (-len(shown[key]), sight.name(key)))
        if key in people and key not in sight.opted_out and shown[key]
    ]
    silent = sorted(key for key in sight.opted_out if sight.viewer in (None, key))
    return [*found, *(_opted_out(people[key]) for key in silent if key in people)]


def _knower(person: Person, profile: Profile | None, shown: list[Shown], now: datetime) -> Knower:
    calls = profile.calls if profile else ()
    return Knower(
        name=person.name,
        department=person.department,
        title=person.title,
        opted_out=False,
        shown=tuple(sorted(shown, key=lambda one: one.at, reverse=True)),
        named_this_week=sum(1 for call in calls if now - call.named_at < CAPACITY_WINDOW),
        capacity=profile.capacity if profile else 0,
    )


def _opted_out(person: Person) -> Knower:
    return Knower(name=person.name, department=person.department, title=person.title, opted_out=True)


def _shown(expertise: Expertise, sight: Sight) -> list[Shown]:
    snippets = {snippet.id: snippet for snippet in sight.snippets}
    return [
        _one_shown(evidence, expertise, snippets[evidence.snippet_id], sight)
        for evidence in expertise.evidence
        if evidence.snippet_id in snippets
    ]


def _one_shown(evidence: Evidence, expertise: Expertise, snippet: Snippet, sight: Sight) -> Shown:
    own = (source for source in snippet.sources if source.author.key == expertise.person.key)
    message = next((source.message_id for source in own), "")
    return Shown(
        question=evidence.question,
        where=sight.label(snippet.space_id),
        at=evidence.at,
        helped=evidence.helped,
        spot=Spot(place=snippet.space_id, message=message or snippet.thread_id),
    )
