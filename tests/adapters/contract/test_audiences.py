"""Nobody is ever given what their audiences do not contain, whatever happened before.

People join, leave, become guests; member lists are lost; snippets are written, copied, retired, merged,
withdrawn and brought back. A plain model says after each step who may find what.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId
from shared.domain.snippets import Approach, Snippet, Trust
from shared.domain.spaces import Member, Role, Space
from shared.ports import Store
from tests.adapters.contract.conftest import Opener, examples
from tests.builders import OTHER_TENANT, TENANT, a_person, a_snippet, a_space, an_approach, at

PEOPLE = (
    a_person("Ann Lee"),
    a_person("Bob Ray"),
    a_person("Gus Guest"),
    a_person("Pat Ner", tenant=OTHER_TENANT),
)
SPACES = tuple(a_space(name).id for name in ("Help", "Dock", "Board"))
AUDIENCES = (*(audience_of_space(space_id) for space_id in SPACES), ORGANISATION)
WORDS = ("scanner", "invoice", "holiday", "toner")

people = st.sampled_from(PEOPLE)
audiences = st.sampled_from(AUDIENCES)
texts = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
names = st.sampled_from(["one", "two", "three"])
members = st.lists(st.builds(Member, person=people, role=st.sampled_from(Role)), max_size=4).map(tuple)


class Company(RuleBasedStateMachine):
    """The store, and beside it the model: member lists and snippets as they were last written."""

    opener: Opener

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.store: Store = self.runner.run(self.opener(Path(self.folder.name)))
        self.spaces: dict[str, Space] = {}
        self.snippets: dict[tuple[AudienceId, str], Snippet] = {}
        self.written = 0

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    # What happens.

    @initialize(everybody=members)
    def the_app_is_installed(self, everybody: tuple[Member, ...]) -> None:
        for space_id in SPACES:
            self._write_space(replace(a_space("Help"), id=space_id, members=everybody))

    @rule(space_id=st.sampled_from(SPACES), now_there=members | st.none())
    def members_change_or_are_lost(self, space_id: str, now_there: tuple[Member, ...] | None) -> None:
        self._write_space(replace(self.spaces[space_id], members=now_there))

    @rule(space_id=st.sampled_from(SPACES), person=people)
    def somebody_leaves(self, space_id: str, person: Any) -> None:
        space = self.spaces[space_id]
        if space.members is not None:
            self._write_space(replace(space, members=tuple(m for m in space.members if m.person != person)))

    @rule(audience=audiences, name=names, question=texts, answer=texts, topic=st.sampled_from(WORDS))
    def a_snippet_is_written(self, audience: AudienceId, name: str, question: str, answer: str, topic: str) -> None:
        self._write_snippet(
            a_snippet(name, audience_id=audience, question=question, approaches=[answer], topics=[topic])
        )

    @rule(audience=audiences, name=names, trust=st.sampled_from(Trust))
    def its_trust_changes(self, audience: AudienceId, name: str, trust: Trust) -> None:
        self._change(audience, name, trust=trust)

    @rule(audience=audiences, name=names, into=names | st.none())
    def it_is_merged_or_set_free(self, audience: AudienceId, name: str, into: str | None) -> None:
        self._change(audience, name, merged_into=None if into in (None, name) else a_snippet(into).id)

    @rule(
        audience=audiences,
        name=names,
        answer=texts,
        withdrawn=st.sampled_from(["", "its source is gone"]),
        struck=st.sampled_from(["", "unsafe"]),
        others=st.just(()) | st.just((an_approach("Ask."),)),
    )
    def its_answer_changes(
        self, audience: AudienceId, name: str, answer: str, withdrawn: str, struck: str, others: tuple[Approach, ...]
    ) -> None:
        approach = an_approach(answer, withdrawn=withdrawn, struck=struck)
        self._change(audience, name, approaches=(approach, *others))

    @rule()
    def the_process_starts_anew(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.runner.run(self.opener(Path(self.folder.name)))

    # What must hold after each step.

    @invariant()
    def everybody_has_exactly_their_audiences(self) -> None:
        for person in PEOPLE:
            assert self.runner.run(self.store.audiences_of(person.key)) == self._may_see(person.key)

    @invariant()
    def everybody_sees_exactly_what_their_audiences_hold(self) -> None:
        for person in PEOPLE:
            theirs = self.runner.run(self.store.audiences_of(person.key))
            expected = [s for s in self.snippets.values() if s.audience_id in self._may_see(person.key) and s.usable]
            assert _keys(self.runner.run(self.store.visible(theirs, limit=100))) == _keys(expected)
            for word in WORDS:
                found = self.runner.run(self.store.search(theirs, word, limit=100))
                assert _keys(found) == _keys(s for s in expected if word in _words(s))
                assert all(self.snippets[s.audience_id, s.id] == s for s in found), "in the version written last"

    @invariant()
    def the_count_adds_up(self) -> None:
        assert self.runner.run(self.store.count()) == sum(s.usable for s in self.snippets.values())

    # The model.

    def _may_see(self, user: str) -> frozenset[AudienceId]:
        roles: dict[str, set[Role]] = {}
        for space in self.spaces.values():
            for member in space.members or ():
                if member.person.key == user:
                    roles.setdefault(space.id, set()).add(member.role)
        colleague = user.startswith(TENANT) and any(Role.GUEST not in r for r in roles.values())
        spaces = {audience_of_space(space_id) for space_id in SPACES if space_id in roles}
        return frozenset(spaces | ({ORGANISATION} if colleague else set()))

    def _write_space(self, space: Space) -> None:
        known = self.runner.run(self.store.space(space.id))
        self.runner.run(self.store.put_space(space, etag=known.etag if known else None))
        self.spaces[space.id] = space

    def _write_snippet(self, snippet: Snippet) -> None:
        self.written += 1
        snippet = replace(snippet, updated_at=at(self.written))
        known = self.runner.run(self.store.snippet(snippet.audience_id, snippet.id))
        self.runner.run(self.store.put_snippet(snippet, etag=known.etag if known else None))
        self.snippets[snippet.audience_id, snippet.id] = snippet

    def _change(self, audience: AudienceId, name: str, **changes: Any) -> None:
        known = self.snippets.get((audience, a_snippet(name).id))
        if known is not None:
            self._write_snippet(replace(known, **changes))


def _keys(snippets: Iterable[Snippet]) -> set[tuple[str, str]]:
    return {(snippet.audience_id, snippet.id) for snippet in snippets}


def _words(snippet: Snippet) -> set[str]:
    texts = (snippet.question, *(a.text for a in snippet.visible_approaches), *snippet.topics)
    return set(" ".join(texts).split())


def test_nobody_is_given_what_their_audiences_do_not_contain(opener: Opener) -> None:
    machine = type("CompanyOfThisAdapter", (Company,), {"opener": staticmethod(opener)})
    number = examples(opener, 60)
    run_state_machine_as_test(machine, settings=settings(max_examples=number, stateful_step_count=25, deadline=None))
