"""Labels and thresholds: one word a person and claim, and never less sure than as delivered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.labels import Claim, Task, label_id_of
from shared.domain.precision import Precision, wilson
from shared.domain.tuning import STRICTEST, UNTUNED, Tuning
from tests.builders import a_person

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")


def test_one_person_has_one_word_on_one_part_of_one_claim() -> None:
    ids = {
        label_id_of(task, subject, by.key, part=part)
        for task in Task
        for subject in ("a", "b")
        for by in (ANN, BOB)
        for part in ("", "x")
    }
    assert len(ids) == 16
    assert label_id_of(Task.ANSWER, "a", ANN.key) in ids


@given(probability=st.floats(0, 1), bar=st.floats(0.01, 0.99))
def test_a_claim_passes_its_own_bar_exactly_when_it_is_as_sure(probability: float, bar: float) -> None:
    margin = Claim(probability=probability, bar=bar, model="").margin
    assert (margin >= 0) == (probability >= bar) or abs(probability - bar) < 1e-9


@given(delivered=st.floats(0.01, 0.99), stricter=st.floats(allow_nan=False))
def test_a_threshold_is_never_lower_than_delivered_and_never_certainty(delivered: float, stricter: float) -> None:
    bar = Tuning(seen_before=stricter).bar(Task.SEEN_BEFORE, delivered)
    assert delivered - 1e-12 <= bar < 1
    assert bar == pytest.approx(Tuning(seen_before=min(max(stricter, 0), STRICTEST)).bar(Task.SEEN_BEFORE, delivered))


def test_untuned_leaves_every_threshold_to_the_last_digit_and_tuning_one_leaves_the_other() -> None:
    assert UNTUNED.bar(Task.ANSWER, 0.7) == 0.7
    assert Tuning(seen_before=2.0).bar(Task.ANSWER, 0.7) == 0.7
    assert Tuning(seen_before=2.0).bar(Task.SEEN_BEFORE, 0.0) == 0.0
    assert Tuning(seen_before=1.0).bar(Task.SEEN_BEFORE, 0.5) == pytest.approx(0.731, abs=0.001)


def test_an_interval_is_what_the_literature_says_and_everything_for_none() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)
    assert Precision(right=30, count=30).interval[1] == pytest.approx(1.0)


@given(count=st.integers(1, 500), data=st.data())
def test_an_interval_holds_the_share_and_narrows_with_more(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = wilson(right, count)
    assert low <= right / count + 1e-9
    assert right / count - 1e-9 <= high
    more = wilson(10 * right, 10 * count)
    assert more[1] - more[0] < high - low


def test_twenty_nine_tell_nothing_and_thirty_do() -> None:
    assert not Precision(right=29, count=29).tells
    assert Precision(right=0, count=30).tells
