"""What people did to a snippet outlives every new draft of it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity import UserKey
from shared.domain.snippets import Snippet, Trust, edited, merged, redrafted, struck, with_outcome
from tests.builders import a_person, a_snippet, at

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
TEXTS = ("press green", "press red", "pull the plug")
drafts = st.lists(
    st.builds(
        lambda texts, minute: a_snippet(approaches=sorted(texts), updated_at=at(minute)),
        st.sets(st.sampled_from(TEXTS)),
        st.integers(1, 9),
    ),
    max_size=5,
)


@given(drafts)
def test_drafting_the_same_again_changes_nothing(later: list[Snippet]) -> None:
    known = a_snippet(approaches=TEXTS)
    for draft in later:
        known = redrafted(known, draft)
        assert redrafted(known, replace(draft, updated_at=at(60))) is known


@given(drafts)
def test_edits_outcomes_and_strikes_outlive_any_drafts(later: list[Snippet]) -> None:
    known = a_snippet(approaches=TEXTS)
    green, red, _ = (approach.id for approach in known.approaches)
    known = edited(known, ANN, at(1), texts={green: "Press the green one."}, conditions={green: "Not on Mondays."})
    known = struck(with_outcome(known, green, BOB.key, helped=True), red, ANN, at(1), "wrong")
    for draft in [*later, a_snippet(approaches=TEXTS)]:
        known = redrafted(known, draft)
    kept = known.approach(green)
    assert kept is not None
    assert (kept.text, kept.conditions, kept.helped) == ("Press the green one.", "Not on Mondays.", (BOB.key,))
    assert red not in [approach.id for approach in known.visible_approaches]
    assert known.usable


@given(drafts)
def test_what_is_shown_is_what_the_last_draft_holds(later: list[Snippet]) -> None:
    known = a_snippet(approaches=TEXTS)
    for draft in later:
        known = redrafted(known, draft)
        assert {a.text for a in known.visible_approaches} == {a.text for a in draft.approaches}
        assert known.usable is bool(draft.approaches)
        assert all(a.text == "" for a in known.approaches if a.withdrawn)


votes = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=8)


@given(votes)
def test_everybodys_latest_word_counts_once(said: list[tuple[str, bool]]) -> None:
    snippet = a_snippet()
    for user, helped in said:
        snippet = with_outcome(snippet, snippet.approaches[0].id, UserKey(user), helped=helped)
    latest = dict(said)
    assert sorted(snippet.approaches[0].helped) == sorted(user for user, helped in latest.items() if helped)
    assert sorted(snippet.approaches[0].not_helped) == sorted(user for user, helped in latest.items() if not helped)


def test_merging_loses_no_approach_and_the_other_is_shown_no_more() -> None:
    one, other = a_snippet("one", approaches=TEXTS[:2]), a_snippet("other", approaches=TEXTS[1:])
    both, gone = merged(one, other, ANN, at(1))
    assert [a.text for a in both.approaches] == list(TEXTS)
    assert (gone.merged_into, gone.usable, both.trust) == (one.id, False, Trust.PROPOSED)
