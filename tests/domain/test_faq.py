"""Rows of a file as questions, and what they change of a snippet: never what people did."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audiences import audience_of_space
from shared.domain.faq import Entry, Known, Row, brought_in, entries_of, normalised
from shared.domain.identity import SnippetId
from shared.domain.snippets import Imported, Snippet, Trust, Verb, edited, retired, struck, verified, with_outcome
from tests.builders import HELP, a_person, at

ANN = a_person()
HELPERS = audience_of_space(HELP)
LONG = "Hold the button at the back for ten seconds until the light turns amber."
OTHER = "Call the front desk; they have a spare one in the second drawer."


def a_row(
    question: str = "How do I reset the printer?",
    answer: str = LONG,
    *,
    number: int = 2,
    key: str = "",
    file: str = "faq.tsv",
) -> Row:
    return Row(
        question=question, answer=answer, source=Imported(file=file, row=number, at=at(0), by="Ann Lee", key=key)
    )


def bring(known: Snippet | None, *rows: Row, minute: float = 1) -> Snippet:
    name = SnippetId("x" * 32)
    return brought_in(known, Entry(rows), name, audience_id=HELPERS, space_id=HELP, topics=("printer",), now=at(minute))


def shown(snippet: Snippet) -> list[str]:
    return [approach.text for approach in snippet.visible_approaches]


def test_rows_of_one_id_or_one_question_are_one_question() -> None:
    rows = [
        a_row("How do I reset the printer?", number=2, key="1"),
        a_row("Printer broken", number=3, key="1"),
        a_row("how do i RESET the printer", OTHER, number=4, key="2"),
        a_row("Where is the canteen?", "Second floor.", number=5, key="3"),
    ]
    printer, canteen = entries_of(rows)
    assert printer.questions == ("How do I reset the printer?", "Printer broken")
    assert [row.answer for row in printer.answers] == [LONG, OTHER]
    assert canteen.rows == (rows[3],)


def test_without_ids_the_same_long_answer_joins_and_a_short_one_does_not() -> None:
    rows = [a_row("One?", LONG), a_row("Two?", LONG), a_row("Three?", "Yes."), a_row("Four?", "Yes.")]
    assert [entry.questions for entry in entries_of(rows)] == [("One?", "Two?"), ("Three?",), ("Four?",)]


def test_rows_that_meet_through_a_third_one_are_joined() -> None:
    rows = [a_row("One?", "a", number=2, key="1"), a_row("Two?", "b", number=3, key="2")]
    assert len(entries_of(rows)) == 2
    assert len(entries_of([*rows, a_row("two", "c", number=4, key="1")])) == 1


@given(
    st.lists(
        st.builds(
            a_row,
            question=st.sampled_from(["a", "b", "c", "d", "e"]),
            answer=st.sampled_from([LONG, OTHER, "Yes.", "No."]),
            key=st.sampled_from(["", "1", "2", "3"]),
        ),
        max_size=12,
    )
)
def test_every_row_is_in_one_question_and_no_two_questions_share_a_wording_or_an_id(rows: list[Row]) -> None:
    rows = [replace(row, source=replace(row.source, row=number)) for number, row in enumerate(rows, 2)]
    entries = entries_of(rows)
    assert sorted(row.source.row for entry in entries for row in entry.rows) == [row.source.row for row in rows]
    for names in (
        [{normalised(q) for q in entry.questions} for entry in entries],
        [{row.source.key for row in entry.rows} - {""} for entry in entries],
    ):
        assert sum(map(len, names)) == len(set[str]().union(*names))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How do I log in?", "how do I  LOG in", True),
        ("Straße?", "STRASSE", True),
        ("C++?", "C?", True),
        ("？？", "??", False),
        ("プリンター?", "プリンター", True),
    ],
)
def test_questions_are_the_same_by_their_words(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) == same


def test_what_a_file_brings_is_proposed_names_its_row_and_nobody() -> None:
    snippet = bring(None, a_row(key="7"), a_row("Printer broken", key="7", number=3))
    assert (snippet.trust, snippet.from_file, snippet.usable) == (Trust.PROPOSED, True, True)
    assert (snippet.question, snippet.wordings) == ("How do I reset the printer?", ("Printer broken",))
    assert snippet.trust_reason == "imported from faq.tsv by Ann Lee"
    assert snippet.asker.key == ""
    [approach] = snippet.approaches
    assert approach.imported == replace(a_row(key="7").source, origin=snippet.id)
    assert not approach.sources


def test_the_same_rows_again_change_nothing_even_from_another_row() -> None:
    known = bring(None, a_row())
    assert bring(known, a_row(number=9), minute=5) is known


def test_white_space_is_no_change_and_a_digit_is() -> None:
    known = bring(None, a_row(answer="Dial 12 34."))
    assert bring(known, a_row(answer="Dial  12\n34."), minute=5) is known
    assert shown(bring(known, a_row(answer="Dial 1 234."), minute=5)) == ["Dial 1 234."]


def test_a_changed_answer_replaces_what_nobody_has_touched() -> None:
    known = bring(None, a_row())
    after = bring(known, a_row(answer=OTHER), minute=5)
    assert shown(after) == [OTHER]
    assert (after.trust, after.updated_at) == (Trust.PROPOSED, at(5))
    back = bring(after, a_row(), minute=6)
    assert shown(back) == [LONG]
    assert bring(back, a_row(), minute=7) is back


def test_what_a_curator_edited_stays_beside_a_changed_answer_which_is_to_be_checked() -> None:
    known = bring(None, a_row())
    approach = known.approaches[0].id
    mine = edited(known, ANN, at(2), texts={approach: "My words"})
    after = bring(mine, a_row(answer=OTHER), minute=5)
    assert shown(after) == ["My words", OTHER]
    assert after.approaches[0].edited_by == ANN
    assert (after.trust, after.history[-1].verb) == (Trust.PROPOSED, Verb.REDRAFTED)
    again = bring(after, a_row(answer="A third one."), minute=6)
    assert shown(again) == ["My words", "A third one."], "nobody has touched the second one"
    assert bring(mine, a_row(), minute=6) is mine, "the same row again does not touch the curator's words"


def test_what_was_verified_stays_beside_a_changed_answer() -> None:
    known = verified(bring(None, a_row()), ANN, at(2))
    assert bring(known, a_row(), minute=4) is known
    after = bring(known, a_row(answer=OTHER), minute=5)
    assert (shown(after), after.trust) == ([LONG, OTHER], Trust.PROPOSED)


def test_what_helped_somebody_stays_beside_a_changed_answer() -> None:
    known = bring(None, a_row())
    known = with_outcome(known, known.approaches[0].id, ANN.key, helped=True)
    assert shown(bring(known, a_row(answer=OTHER))) == [LONG, OTHER]


def test_what_was_rejected_comes_back_with_a_changed_answer_only_and_alone() -> None:
    known = retired(bring(None, a_row()), at(2), verb=Verb.REJECTED, reason="wrong", by=ANN)
    assert bring(known, a_row(), minute=4) is known
    after = bring(known, a_row(answer=OTHER), minute=5)
    assert (shown(after), after.trust) == ([OTHER], Trust.PROPOSED)
    assert bring(after, a_row(), minute=6).visible_approaches == after.visible_approaches, "what was rejected stays out"


def test_an_approach_that_was_struck_stays_out() -> None:
    known = bring(None, a_row(), a_row(answer=OTHER, number=3))
    known = struck(known, known.approaches[0].id, ANN, at(2), "wrong")
    assert bring(known, a_row(), a_row(answer=OTHER, number=3), minute=4) is known


def test_an_answer_of_another_file_stands_beside() -> None:
    known = bring(None, a_row())
    assert shown(bring(known, a_row(answer=OTHER, file="other.csv"))) == [LONG, OTHER]


def test_a_new_wording_is_added_and_the_question_stays() -> None:
    known = edited(bring(None, a_row()), ANN, at(2), question="Mine?")
    after = bring(known, a_row(), a_row("Printer broken"), minute=3)
    assert (after.question, after.wordings) == ("Mine?", ("How do I reset the printer?", "Printer broken"))
    assert (after.trust, after.edited_by) == (Trust.VERIFIED, ANN)


def test_a_question_is_known_again_by_its_row_or_its_words() -> None:
    known = Known()
    snippet = bring(None, a_row(key="7"))
    known.note(snippet)
    assert known.id_of(Entry((a_row("Rewritten?", key="7"),)), HELPERS) == snippet.id
    assert known.id_of(Entry((a_row(key="9", file="renamed.tsv"),)), HELPERS) == snippet.id
    assert known.id_of(Entry((a_row("Rewritten?", key="7", file="other.tsv"),)), HELPERS) != snippet.id
    made = Known().id_of(Entry((a_row(key="7"),)), HELPERS)
    assert made == Known().id_of(Entry((a_row("Rewritten?", key="7"),)), HELPERS)
    assert made != Known().id_of(Entry((a_row(key="7"),)), audience_of_space(HELP[:-1]))  # type: ignore[arg-type]
