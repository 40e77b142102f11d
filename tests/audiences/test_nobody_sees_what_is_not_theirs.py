"""Whoever comes and goes, and whatever is written, copied, retired: no way to see shows what is not theirs.

Every version of every snippet carries a mark of its own. A plain model knows which marks a person may see.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.cards import Card, Recall
from shared.domain.identity import AudienceId, Person, SpaceId, ThreadId, UserKey
from shared.domain.people import Evidence, Expertise
from shared.domain.snippets import Snippet, Trust
from shared.domain.spaces import Member, Role, Space, SpaceKind
from shared.usecases.draft import after_change
from shared.usecases.suggest import suggest_answered_before, suggest_helpers
from tests.adapters.contract.conftest import ADAPTERS, Opener, examples
from tests.audiences.ways import WAYS, WORDS
from tests.builders import OTHER_TENANT, TENANT, a_person, a_snippet, a_space
from tests.usecases.world import FakeTeams, World

PEOPLE = (
    a_person("Ann Lee"),
    a_person("Bob Ray"),
    a_person("Gus Guest"),
    a_person("Pat Ner", tenant=OTHER_TENANT),
)
PLACES = (
    replace(a_space("Help"), installed_by=PEOPLE[0]),
    replace(a_space("Dock", kind=SpaceKind.CHAT), installed_by=PEOPLE[1]),
    replace(a_space("Board", kind=SpaceKind.PRIVATE), installed_by=PEOPLE[1]),
)
AUDIENCES = (*(audience_of_space(space.id) for space in PLACES), ORGANISATION)
MARK = re.compile(r"mark\d+x")

people = st.sampled_from(PEOPLE)
places = st.sampled_from([space.id for space in PLACES])
audiences = st.sampled_from(AUDIENCES)


@dataclass
class WatchedTeams(FakeTeams):
    """Remembers every card that was put up or changed, and where."""

    shown: list[tuple[str, Card]] = field(default_factory=list)

    async def post(self, conversation_id: str, card: Card, *, service_url: str) -> str:
        self.shown.append((conversation_id, card))
        return await super().post(conversation_id, card, service_url=service_url)

    async def update(self, conversation_id: str, activity_id: str, card: Card, *, service_url: str) -> None:
        self.shown.append((conversation_id, card))
        await super().update(conversation_id, activity_id, card, service_url=service_url)


class Company(RuleBasedStateMachine):
    """The world, and beside it the model: member lists, and the marks of what was written."""

    opener: Opener

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.world = World(Path(self.folder.name), self.run_(self.opener(Path(self.folder.name))))
        self.teams = self.world.teams = WatchedTeams(self.world.graph)
        self.spaces: dict[SpaceId, Space] = {}
        self.marks: dict[AudienceId, dict[str, set[str]]] = {}
        """The marks of the version of each snippet that stands in an audience, by its home space."""
        self.ever: dict[UserKey, set[str]] = {person.key: set() for person in PEOPLE}
        """Every mark that a person could see at some time: advice they were given is recalled from them."""
        self.written = self.looked = 0

    def run_[T](self, work: Awaitable[T]) -> T:

        async def working() -> T:
            return await work

        return self.runner.run(working())

    def teardown(self) -> None:
        self.run_(self.world.store.close())
        self.runner.close()
        self.folder.cleanup()

    # What happens.

    @initialize()
    def people_talk(self) -> None:
        ann, bob, gus, pat = PEOPLE
        there = {"Help": (ann, bob, pat), "Dock": (ann, gus, pat), "Board": (ann, bob)}
        for space in PLACES:
            members = [Member(person=p, role=Role.GUEST if p == gus else Role.MEMBER) for p in there[space.name]]
            self._write_space(replace(space, members=tuple(members)))
        for space in PLACES[1:]:
            self.something_is_answered(space.id)

    @rule(place=places, person=people, role=st.sampled_from(Role))
    def somebody_joins(self, place: SpaceId, person: Person, role: Role) -> None:
        space = self.spaces[place]
        others = tuple(m for m in space.members or () if m.person != person)
        self._write_space(replace(space, members=(*others, Member(person=person, role=role))))

    @rule(place=places, person=people)
    def somebody_leaves(self, place: SpaceId, person: Person) -> None:
        space = self.spaces[place]
        self._write_space(replace(space, members=tuple(m for m in space.members or () if m.person != person)))

    @rule(place=places)
    def a_member_list_is_lost(self, place: SpaceId) -> None:
        self._write_space(replace(self.spaces[place], members=None))

    @rule(place=places)
    def something_is_answered(self, place: SpaceId) -> None:
        self.written += 1
        mark = f"mark{self.written}x"
        snippet = a_snippet(
            place,
            space_id=place,
            question=f"{WORDS} {mark}",
            approaches=(f"Hold the green button for ten seconds, {mark}.",),
        )
        self._write(snippet, {mark})

    @rule(place=places, trust=st.sampled_from(Trust))
    def its_trust_changes(self, place: SpaceId, trust: Trust) -> None:
        known = self._known(place)
        if known is not None:
            self._write(replace(known, trust=trust), self.marks[known.audience_id][place])

    @rule(place=places, wider=audiences)
    def it_is_shown_to_others_too(self, place: SpaceId, wider: AudienceId) -> None:
        """A copy in another audience; it stays as it is until it is copied again."""
        known = self._known(place)
        if known is not None:
            self.marks.setdefault(wider, {})[place] = self.marks[known.audience_id][place]
            self._remember()
            self.run_(self._put(replace(known, audience_id=wider)))

    @rule(place=places, number=st.integers(0, 3))
    def somebody_asks_it_again(self, place: SpaceId, number: int) -> None:
        space = self.spaces[place]
        if not space.members:
            return
        asker = space.members[number % len(space.members)].person
        self.written += 1
        thread = ThreadId(f"17720000{self.written:05}")

        async def ask() -> None:
            await suggest_answered_before(WORDS, thread, asker, space, self.world.context)
            await self.world._deliver_all()

        self.run_(ask())

    @rule(place=places, asker=people, knower=people, audience=audiences)
    def somebody_who_knows_is_named(self, place: SpaceId, asker: Person, knower: Person, audience: AudienceId) -> None:
        space = self.spaces[place]
        self.written += 1
        mark = f"mark{self.written}x"
        evidence = Evidence(
            snippet_id=a_snippet(mark).id,
            question=f"{mark} {WORDS}",
            topics=("badge printer", "error e-17"),
            at=self.world.now,
            web_url="https://teams.microsoft.com/l/message/help/2",
        )
        self.marks.setdefault(audience, {})[mark] = {mark}
        self._remember()

        async def ask() -> None:
            known = await self.world.store.expertise(audience, knower.key)
            shown = Expertise(audience_id=audience, person=knower, evidence=(evidence,))
            await self.world.store.put_expertise(shown, etag=known.etag if known else None)
            thread = ThreadId(f"17720000{self.written:05}")
            await suggest_helpers(WORDS, thread, asker, frozenset(), space, self.world.context)
            await self.world._deliver_all()

        if space.member(asker.key) is not None:
            self.run_(ask())

    @rule()
    def time_passes(self) -> None:
        """Whatever waits is delivered, and every card is brought up to date."""
        self.world.now += timedelta(minutes=31)

        async def refresh() -> None:
            for posting in await self.world.store.all_postings():
                await self.world.context.queue_delivery(posting.id)
            await self.world._deliver_all()

        self.run_(refresh())

    # What must hold after each step.

    @invariant()
    def cards_are_shown_to_nobody_who_may_not_see_them(self) -> None:
        for conversation, card in self.teams.shown:
            for reader in self._readers(conversation):
                allowed = self.ever[reader] if isinstance(card, Recall) else self._may_see(reader)
                assert _marks(repr(card)) <= allowed, f"a card in {conversation}"
        self.teams.shown.clear()

    @invariant()
    def nobody_sees_what_is_not_theirs(self) -> None:
        self.looked += 1
        person = PEOPLE[self.looked % len(PEOPLE)]  # one of them at each step, in turn
        for name, way in WAYS.items():
            seen = _marks(self.run_(way(self.world, person)))
            assert seen <= self._may_see(person.key), f"{person.name} by {name}"
        self.teams.shown.clear()

    # The model.

    def _audiences(self, user: UserKey) -> set[AudienceId]:
        roles = {
            space.id: {m.role for m in space.members or () if m.person.key == user} for space in self.spaces.values()
        }
        colleague = user.startswith(TENANT) and any(r and Role.GUEST not in r for r in roles.values())
        spaces = {audience_of_space(space_id) for space_id, there in roles.items() if there}
        return spaces | ({ORGANISATION} if colleague else set())

    def _may_see(self, user: UserKey) -> set[str]:
        standing = [self.marks.get(audience, {}) for audience in self._audiences(user)]
        return {mark for snippets in standing for marks in snippets.values() for mark in marks}

    def _readers(self, conversation: str) -> list[UserKey]:
        if conversation.startswith("personal:"):
            return [UserKey(conversation.removeprefix("personal:"))]
        space = self.spaces[SpaceId(conversation.partition(";")[0])]
        return [member.person.key for member in space.members or ()]

    def _remember(self) -> None:
        for person in PEOPLE:
            self.ever[person.key] |= self._may_see(person.key)

    def _write_space(self, space: Space) -> None:
        known = self.run_(self.world.store.space(space.id))
        self.run_(self.world.store.put_space(space, etag=known.etag if known else None))
        self.spaces[space.id] = space
        self._remember()

    def _known(self, place: SpaceId) -> Snippet | None:
        stored = self.run_(self.world.store.snippet(audience_of_space(place), a_snippet(place).id))
        return stored.value if stored else None

    def _write(self, snippet: Snippet, marks: set[str]) -> None:
        self.world.now += timedelta(minutes=1)
        snippet = replace(snippet, updated_at=self.world.now)
        self.marks.setdefault(snippet.audience_id, {})[snippet.space_id] = marks
        self._remember()

        async def write() -> None:
            before = await self._put(snippet)
            await after_change(before, snippet, self.spaces[snippet.space_id], self.world.context)
            await self.world._deliver_all()

        self.run_(write())

    async def _put(self, snippet: Snippet) -> Snippet | None:
        """Write a snippet; returns what stood there."""
        known = await self.world.store.snippet(snippet.audience_id, snippet.id)
        await self.world.store.put_snippet(snippet, etag=known.etag if known else None)
        return known.value if known else None


def _marks(text: str) -> set[str]:
    return set(MARK.findall(text))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_nobody_sees_what_is_not_theirs(adapter: str) -> None:
    machine = type("CompanyOfThisAdapter", (Company,), {"opener": staticmethod(ADAPTERS[adapter])})
    number = examples(ADAPTERS[adapter], 18)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=number,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        ),
    )
