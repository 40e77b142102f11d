"""Forgetting a person, document by document."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.erasure import (
    Forgetting,
    message_of_others,
    names_of,
    posting_without,
    quotes_of,
    space_without,
    tombstone_of,
    without_names,
    without_people,
)
from shared.domain.forgotten_authors import snippet_without
from shared.domain.identity import Person, UserKey
from shared.domain.messages import Message
from shared.domain.postings import Posting, PostingKind, Suggested
from shared.domain.snippets import Snippet, Trust, struck, verified, with_outcome
from shared.domain.spaces import Member, Role, Space, SpaceKind
from tests.adapters.contract.values import any_value
from tests.builders import a_message, a_person, a_posting, a_snippet, a_space, at

ANN, BOB, CLEO = (a_person(name) for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
BOB_GONE = Forgetting(user=BOB.key, names=("Bob Ray",))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thanks Bob Ray!", "Thanks a former colleague!"),
        ("@BOB  ray's way", "a former colleague's way"),
        ("bob\nray", "a former colleague"),
        ("Bobby Ray and Bob Rays", "Bobby Ray and Bob Rays"),
        ("Bob said so", "Bob said so"),
        ("", ""),
    ],
)
def test_a_full_name_leaves_a_text_as_whole_words_in_any_case(text: str, left: str) -> None:
    assert without_names(text, ["Bob Ray"]) == left


def test_names_with_signs_in_them_are_taken_as_they_are() -> None:
    assert without_names("Was it D'Arcy (x+) Ö. or not", ["D'Arcy (x+) Ö."]) == "Was it a former colleague or not"


def test_a_single_name_is_taken_out_only_where_the_person_is_mentioned() -> None:
    may = Person(key=BOB.key, name="May")
    who = Forgetting(user=BOB.key, names=("May",))
    written = a_message(author=ANN, text="May we close in May? May knows.")
    assert message_of_others(written, who) == written
    left = message_of_others(replace(written, mentions=(may,)), who)
    assert "May" not in left.text
    assert left.mentions == ()


def test_a_mention_by_first_name_is_taken_out_too() -> None:
    written = replace(a_message(author=ANN, text="Ask Bob, he knows"), mentions=(BOB,))
    left = without_people(written, frozenset({BOB.key}), frozenset({BOB.key}))
    assert left.text == "Ask a former colleague, he knows"


def test_a_tombstone_is_told_by_who_has_the_salt_alone() -> None:
    assert tombstone_of(BOB.key, "00" * 32) == tombstone_of(BOB.key, "00" * 32)
    assert tombstone_of(BOB.key, "00" * 32) != tombstone_of(BOB.key, "01" * 32)
    assert BOB.object_id not in tombstone_of(BOB.key, "00" * 32)


def test_names_are_gathered_from_wherever_somebody_stands() -> None:
    renamed = Person(key=BOB.key, name="Robert Ray")
    snippet = verified(replace(a_snippet(), asker=renamed), BOB, at(1))
    assert names_of(BOB.key, snippet) == {"Bob Ray", "Robert Ray"}
    assert names_of(BOB.key, replace(a_snippet(), asker=Person(key=BOB.key, name="A colleague"))) == {"Bob Ray"}
    assert names_of(CLEO.key, snippet) == frozenset()


def test_outcomes_still_count_when_nobody_knows_whose_they_are() -> None:
    snippet = a_snippet()
    approach = snippet.approaches[0].id
    for person in (ANN, CLEO):
        snippet = with_outcome(snippet, approach, person.key, helped=True)
    left = snippet_without(snippet, Forgetting(user=CLEO.key), at(9))
    assert left.approaches[0].helped == (ANN.key, "")
    again = with_outcome(left, approach, ANN.key, helped=False)
    assert (again.approaches[0].helped, again.approaches[0].not_helped) == (("",), (ANN.key,))


def test_who_disputed_and_who_decided_are_named_no_more_and_the_decision_stands() -> None:
    snippet = a_snippet(approaches=("One way", "Another way"))
    disputed = replace(snippet.approaches[0], disputed_by=(CLEO, ANN))
    snippet = replace(snippet, approaches=(disputed, snippet.approaches[1]))
    decided = verified(struck(snippet, snippet.approaches[1].id, CLEO, at(1), "struck by Cleo Fox"), CLEO, at(2))
    left = snippet_without(decided, Forgetting(user=CLEO.key, names=("Cleo Fox",)), at(9))
    assert (left.trust, left.trust_reason) == (Trust.VERIFIED, "checked by a former colleague")
    assert [p.name for p in left.approaches[0].disputed_by] == ["A former colleague", "Ann Lee"]
    assert left.approaches[1].struck == "struck by a former colleague"
    assert "Cleo" not in repr(left)
    assert CLEO.key not in repr(left)


def test_a_verified_answer_that_loses_one_way_of_two_is_to_be_checked_again() -> None:
    snippet = a_snippet(approaches=("One way", "Another way"))
    source = replace(snippet.approaches[0].sources[0], author=CLEO)
    both = replace(snippet, approaches=(replace(snippet.approaches[0], sources=(source,)), snippet.approaches[1]))
    left = snippet_without(verified(both, ANN, at(1)), Forgetting(user=CLEO.key), at(9))
    assert ([a.text for a in left.visible_approaches], left.trust) == (["Another way"], Trust.PROPOSED)


def test_an_approach_of_two_authors_loses_its_words_and_waits_for_the_others_own() -> None:
    snippet = a_snippet()
    (approach,) = snippet.approaches
    shared = replace(approach, sources=(*approach.sources, replace(approach.sources[0], author=CLEO)), conditions="x")
    left = snippet_without(replace(snippet, approaches=(shared,)), Forgetting(user=CLEO.key), at(9))
    (kept,) = left.approaches
    assert (kept.text, kept.conditions, bool(kept.withdrawn)) == ("", "", True)
    assert kept.sources == approach.sources
    assert left.trust is Trust.RETIRED


def test_a_card_to_somebody_holds_nothing_but_where_it_stands_once_they_are_forgotten() -> None:
    posting = replace(a_posting(), recipient=BOB, asker=BOB, text="Bob Ray asked", activity_id="7", conversation_id="c")
    left = posting_without(posting, BOB_GONE)
    assert (left.forget, left.wanted, left.unfinished) == (True, False, True)
    assert (left.activity_id, left.conversation_id) == ("7", "c")
    assert "Bob" not in repr(left)
    assert BOB.key not in repr(left)


def test_a_card_of_helpers_keeps_the_others_and_goes_when_nobody_is_left() -> None:
    suggested = tuple(Suggested(person=p, reasons=("answered “x”",)) for p in (BOB, CLEO))
    posting = replace(a_posting(), kind=PostingKind.HELPERS, asker=ANN, suggested=suggested, asked=(BOB.key,))
    left = posting_without(posting, BOB_GONE)
    assert ([s.person for s in left.suggested], left.asked, left.forget) == ([CLEO], (), False)
    assert posting_without(left, Forgetting(user=CLEO.key)).forget


def test_a_quoted_question_goes_however_it_was_cut() -> None:
    question = (
        "Where is the long ladder that we used last summer for the roof of the second hall, and who has the key to it?"
    )
    who = replace(BOB_GONE, quotes=quotes_of(question))
    for quoted in (f"answered “{question}” on 3 March", f"answered “{question[:100].rsplit(' ', 1)[0]} …” on 3 March"):
        assert "ladder" not in who.text(quoted)
    assert quotes_of("") == ()


def test_a_space_names_them_nowhere_and_knows_that_somebody_is_there() -> None:
    members = (Member(person=ANN, role=Role.OWNER), Member(person=BOB))
    space = replace(a_space(members=members), named_curators=(BOB.key, ANN.key), capture_by=BOB, installed_by=BOB)
    left = space_without(space, BOB_GONE)
    assert (left.unnamed, left.capture, left.named_curators) == (1, True, (ANN.key,))
    assert BOB.key not in repr(left)
    assert space_without(left, BOB_GONE) == left
    assert space_without(space, replace(BOB_GONE, whole=False)) == space


def test_a_chat_whose_installer_is_erased_is_read_no_more() -> None:
    chat = replace(a_space(kind=SpaceKind.CHAT, members=[BOB, ANN]), installed_by=BOB)
    assert not space_without(chat, BOB_GONE).capture
    assert space_without(chat, Forgetting(user=ANN.key)).capture


CLEANING: dict[type, Callable[[Any, Forgetting], object]] = {
    Message: message_of_others,
    Posting: posting_without,
    Space: space_without,
    Snippet: lambda value, who: snippet_without(value, who, at(9)),
}


@pytest.mark.parametrize("kind", CLEANING)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # any snippet is many draws
@given(data=st.data(), whole=st.booleans(), nameless=st.booleans())
def test_what_is_clean_already_stays_as_it_is(kind: type, data: st.DataObject, whole: bool, nameless: bool) -> None:
    who = Forgetting(user=UserKey("bob"), whole=whole, nameless=nameless, names=("Bob Ray",))
    once = CLEANING[kind](data.draw(_with_bob(kind)), who)
    assert CLEANING[kind](once, who) == once


def _with_bob(kind: type) -> st.SearchStrategy[object]:
    """Any value of a kind, in which Bob stands wherever a person may."""
    return st.tuples(any_value(kind), st.randoms(use_true_random=False)).map(lambda pair: _named(pair[0], pair[1]))


def _named(value: object, random: Random) -> object:
    if isinstance(value, Person):
        return Person(key=UserKey("bob"), name="Bob Ray") if random.random() < 0.5 else value
    if isinstance(value, tuple):
        return tuple(_named(part, random) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _named(getattr(value, f.name), random) for f in fields(value)})
    return value
