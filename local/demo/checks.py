"""What must be true when a scenario is over, looked up in the store and in Teams."""

from dataclasses import dataclass

from local.demo.player import Player
from local.scenarios.company import PersonId
from local.scenarios.expectations import (
    CardExpected,
    Expectation,
    HelpersExpected,
    NoCardExpected,
    NotStoredExpected,
    NotVisibleExpected,
    Place,
    SnippetExpected,
    Trust,
)
from shared.domain.audiences import audience_of_space
from shared.domain.identity import MessageId, SpaceId, UserKey, user_key
from shared.domain.postings import Posting, PostingKind, PostingState
from shared.domain.snippets import Snippet, snippet_id_of

EVERYTHING = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One expectation, and whether it holds; `why_not` is a sentence, empty when it holds."""

    says: str
    why_not: str

    @property
    def holds(self) -> bool:
        """Whether it is as expected."""
        return not self.why_not


async def check(player: Player) -> list[Checked]:
    """Check every expectation of the played scenario, and that every button that was to be pressed was there."""
    checker = _Checker(player)
    checked = [
        Checked(says=expectation.says, why_not=await checker.fault(expectation))
        for expectation in player.scenario.expectations
    ]
    missed = [Checked(says=f"The button of “{m.event}” could be pressed", why_not=m.why) for m in player.missed]
    return [*checked, *missed, await _nothing_left_over(player)]


async def _nothing_left_over(player: Player) -> Checked:
    lengths = await player.stage.queues.lengths()
    poison = {name: length.visible for name, length in lengths.items() if name.endswith("-poison") and length.visible}
    return Checked(says="Nothing was lost on the way", why_not=f"left in poison queues: {poison}" if poison else "")


class _Checker:
    def __init__(self, player: Player) -> None:
        self._player = player

    async def fault(self, expectation: Expectation) -> str:
        match expectation:
            case SnippetExpected():
                return await self._snippet(expectation)
            case CardExpected():
                return await self._card(expectation)
            case NoCardExpected():
                cards = [p for p in await self._player.postings_about(expectation.about) if _stands(p)]
                return f"there is a card: {cards[0].kind}" if cards else ""
            case HelpersExpected():
                return await self._helpers(expectation)
            case NotVisibleExpected():
                return await self._not_visible(expectation)
            case NotStoredExpected():
                return await self._not_stored(expectation)
        return "the checker does not know this kind of expectation"

    async def _snippet(self, expected: SnippetExpected) -> str:
        snippet = await self._find(expected.about)
        if snippet is None:
            optional = not expected.trust and expected.approaches is None and not expected.sources_include
            return "" if Trust.ABSENT in expected.trust or optional else "there is no such snippet"
        if expected.trust and snippet.trust.value not in [trust.value for trust in expected.trust]:
            return f"it is {snippet.trust}: {snippet.trust_reason or 'nobody has checked it'}"
        shown = snippet.visible_approaches
        if expected.approaches is not None and len(shown) != expected.approaches:
            return f"it has {len(shown)} approaches"
        kept = [approach.text for approach in snippet.approaches if not approach.struck]
        words = "\n".join((snippet.question, *kept))
        present = [text for text in expected.must_not_contain if text in words]
        if present:
            return f"it contains “{present[0]}”"
        sources = {source.message_id for approach in shown for source in approach.sources}
        absent = [e for e in expected.sources_include if self._player.cast.messages[e][1] not in sources]
        return f"“{absent[0]}” is not among its sources" if absent else ""

    async def _find(self, about: str) -> Snippet | None:
        thread = await self._player.thread_of(about)  # type: ignore[arg-type]
        if thread is None:
            return None
        space_id, thread_id = thread
        store = await self._player.store()
        snippet_id = snippet_id_of(space_id, thread_id)
        stored = await store.snippet(audience_of_space(space_id), snippet_id)
        while stored is not None and stored.value.merged_into is not None:
            stored = await store.snippet(audience_of_space(space_id), stored.value.merged_into)
        return stored.value if stored else None

    async def _card(self, expected: CardExpected) -> str:
        kind = PostingKind(expected.card.value)
        cards = [p for p in await self._player.postings_about(expected.about) if p.kind is kind and _stands(p)]
        if expected.place is Place.NOWHERE:
            return "there is such a card" if cards else ""
        if not cards:
            return "there is no such card"
        recipients = {p.recipient.key if p.recipient else None for p in cards}
        if expected.place is Place.THREAD:
            return "" if None in recipients else "it was shown to one person only"
        return "" if expected.person and self._key(expected.person) in recipients else "it was shown to others"

    async def _helpers(self, expected: HelpersExpected) -> str:
        cards = [p for p in await self._player.postings_about(expected.about) if p.kind is PostingKind.HELPERS]
        named = {suggested.person.key for card in cards for suggested in card.suggested}
        if not cards:
            return "nobody was named"
        missing = [person for person in expected.includes if self._key(person) not in named]
        wrong = [person for person in expected.excludes if self._key(person) in named]
        if missing:
            return f"{self._name(missing[0])} was not named"
        return f"{self._name(wrong[0])} was named" if wrong else ""

    async def _not_visible(self, expected: NotVisibleExpected) -> str:
        snippet = await self._find(expected.snippet_about)
        if snippet is None:
            return "there is no such snippet to hide"
        store = await self._player.store()
        audiences = await store.audiences_of(self._key(expected.to))
        seen = {s.id for s in await store.visible(audiences, limit=EVERYTHING)}
        found = {s.id for s in await store.search(audiences, snippet.question, limit=EVERYTHING)}
        return "it can be seen" if snippet.id in seen | found else ""

    async def _not_stored(self, expected: NotStoredExpected) -> str:
        after = self._player.scenario.event(expected.after).at
        store = await self._player.store()
        for event in self._player.scenario.messages():
            if event.who != expected.author or event.at <= after:
                continue
            space, message = self._player.cast.messages[event.id]
            stored = await store.message(SpaceId(space), MessageId(message))
            if stored is not None and stored.value.text:
                return f"“{event.id}” is kept"
        return ""

    def _key(self, person: PersonId) -> UserKey:
        return user_key(self._player.stage.tenant.id, self._player.cast.people[person])

    def _name(self, person: PersonId) -> str:
        return self._player.scenario.people[person].name


def _stands(posting: Posting) -> bool:
    return posting.state is PostingState.POSTED
