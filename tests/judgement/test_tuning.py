"""Thresholds refitted from what people said: stricter where claims were too sure, never on thin ground."""

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.labels import Claim, Feedback, Label, log_odds
from shared.domain.messages import Message
from shared.domain.tuning import STRICTEST, Finding, Tuning
from shared.judgement.answers import assess
from shared.judgement.models import probability
from shared.judgement.similar import claim_of, rank
from shared.judgement.tuning import LEAST_KEPT, Example, examples, fit, precision
from shared.judgement.verdicts import Candidate, Role, Verdict
from tests.builders import a_label, a_person, at
from tests.judgement.talk import talk

ANN, BOB, CLEO = (a_person(name) for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"


def found(*labels: Label) -> list[bool]:
    return [one.right for one in examples(labels, "a model")]


def test_each_claim_counts_once_however_many_people_pressed() -> None:
    assert found(*(a_label("one", by=by) for by in (ANN, BOB, CLEO)), a_label("two", by=ANN)) == [True, True]


def test_one_right_part_makes_what_was_shown_right_for_who_said_so() -> None:
    wrong = a_label(by=ANN, feedback=Feedback.NOT_THIS, part="first way", moment=at(2))
    assert found(wrong, a_label(by=ANN, part="second way")) == [True]


def test_most_people_decide_and_a_tie_counts_as_wrong() -> None:
    no, yes, yes_too = a_label(by=ANN, feedback=Feedback.NOT_THIS), a_label(by=BOB), a_label(by=CLEO)
    assert found(no, yes) == [False]
    assert found(no, yes, yes_too) == [True]


def test_merges_and_claims_of_other_models_are_no_examples() -> None:
    assert found(a_label(feedback=Feedback.MERGED), a_label("two", model="an earlier model")) == []


def claims(count: int, *, right: int, sure: float = 0.9) -> list[Example]:
    claim = Claim(probability=sure, bar=0.7, model="m")
    return [Example(claim=claim, right=number < right) for number in range(count)]


def test_with_fewer_than_thirty_nothing_is_fitted_however_bad_they_are() -> None:
    few = fit(claims(29, right=0), 0.9)
    assert (few.finding, few.stricter) == (Finding.TOO_FEW, 0.0)


def test_what_is_right_often_enough_is_left_as_delivered() -> None:
    fitted = fit(claims(30, right=28), 0.9)
    assert (fitted.finding, fitted.stricter) == (Finding.FITS, 0.0)


def test_the_threshold_goes_just_above_where_the_wrong_ones_are() -> None:
    fitted = fit([*claims(10, right=0, sure=0.75), *claims(40, right=40, sure=0.9)], 0.9)
    assert fitted.finding is Finding.RAISE
    assert log_odds(0.75) - log_odds(0.7) < fitted.stricter <= log_odds(0.75) - log_odds(0.7) + 0.11
    assert (fitted.delivered.right, fitted.delivered.count) == (40, 50)
    assert (fitted.fitted.right, fitted.fitted.count) == (40, 40)


def test_where_too_few_are_left_to_be_sure_the_best_supported_threshold_is_taken() -> None:
    fitted = fit([*claims(20, right=10, sure=0.75), *claims(15, right=15, sure=0.9)], 0.9)
    assert fitted.finding is Finding.RAISE_AS_FAR_AS_KNOWN
    assert fitted.fitted.count == 15
    assert fitted.fitted.at_least < 0.9


def test_where_being_surer_does_not_help_nothing_changes_and_where_all_is_wrong_silence_follows() -> None:
    level = fit(claims(40, right=34), 0.9)
    assert (level.finding, level.stricter) == (Finding.NO_BETTER, 0.0)
    hopeless = fit(claims(60, right=12), 0.9)
    assert (hopeless.finding, hopeless.stricter) == (Finding.SILENCE, STRICTEST)
    assert precision(claims(60, right=60, sure=0.999), STRICTEST).count == 0


@given(st.lists(st.tuples(st.floats(0.7, 1), st.booleans()), max_size=120), st.floats(0.5, 0.95))
def test_a_fit_is_never_looser_and_never_rests_on_a_handful(said: list[tuple[float, bool]], target: float) -> None:
    all_of_them = [Example(claim=Claim(probability=p, bar=0.7, model="m"), right=right) for p, right in said]
    fitted = fit(all_of_them, target)
    assert 0 <= fitted.stricter <= STRICTEST
    assert fitted == fit(all_of_them[::-1], target), "the order in which people spoke says nothing"
    if fitted.stricter and fitted.finding is not Finding.SILENCE:
        assert fitted.fitted.count >= LEAST_KEPT
        assert fitted.fitted.at_least > fitted.delivered.at_least or fitted.fitted.at_least >= target
        assert fitted.fitted == precision(all_of_them, fitted.stricter)


def heard(random: Random, count: int, *, too_sure: float) -> list[Example]:
    """What people would say of so many claims, each of which is so many log-odds surer than it should be."""
    made = [Claim(probability=random.uniform(0.8, 0.999), bar=0.8, model="m") for _ in range(count)]
    return [Example(claim=c, right=random.random() < probability(log_odds(c.probability) - too_sure)) for c in made]


@pytest.mark.parametrize("too_sure", [1.0, 1.5, 2.0])
def test_claims_that_are_too_sure_raise_the_threshold_and_what_is_shown_next_is_right_more_often(
    too_sure: float,
) -> None:
    random = Random(11)
    before, after, raised = [], [], 0
    for _ in range(40):
        stricter = fit(heard(random, 200, too_sure=too_sure), 0.9).stricter
        raised += stricter > 0
        shown_next = heard(random, 2000, too_sure=too_sure)
        before.append(precision(shown_next).share)
        after.append(precision(shown_next, stricter).share)
    assert raised >= 36
    assert math.fsum(after) / 40 >= 0.88
    assert math.fsum(after) / 40 > math.fsum(before) / 40 + 0.05


def test_claims_that_mean_what_they_say_hardly_ever_raise_it() -> None:
    random = Random(12)
    fits = [fit(heard(random, 100, too_sure=-1.0), 0.9) for _ in range(100)]
    assert sum(one.stricter > 0 for one in fits) <= 5


def same(tuning: Tuning) -> tuple[Verdict, float]:
    (match,) = rank(AGAIN, [Candidate(id="known", question=QUESTION, answers="")], tuning=tuning)
    return match.same, match.probability


def test_a_stricter_threshold_unsays_a_match_and_leaves_its_probability() -> None:
    verdict, sure = same(Tuning())
    assert verdict is Verdict.YES
    needed = log_odds(sure) - log_odds(0.7)
    assert same(Tuning(seen_before=needed - 0.01)) == (Verdict.YES, sure)
    assert same(Tuning(seen_before=needed + 0.01)) == (Verdict.UNSURE, sure)
    assert same(Tuning(answer=STRICTEST)) == (Verdict.YES, sure)


def test_a_match_claims_what_it_said_and_what_was_needed() -> None:
    candidate = Candidate(id="known", question=QUESTION, answers="")
    (match,) = rank(AGAIN, [candidate])
    claim = claim_of(AGAIN, candidate, match, {})
    assert (claim.probability, claim.bar) == (round(match.probability, 6), 0.7)
    assert claim.model


def roles(messages: Sequence[Message], tuning: Tuning) -> list[Role]:
    return [reply.role for reply in assess(messages[:1], messages[1:], tuning=tuning).replies]


@pytest.mark.parametrize(
    "reply", ["ben: Hold the green button for ten seconds.", "ann: Found it: hold the green button for ten seconds."]
)
def test_a_stricter_threshold_lets_an_answer_help_only_and_nothing_is_kept_of_it(reply: str) -> None:
    messages = talk("ann: How do I reset the badge printer? It says E-17.", reply)
    assert roles(messages, Tuning()) == [Role.ANSWER]
    assert roles(messages, Tuning(answer=STRICTEST)) == [Role.HELP]
    assert assess(messages[:1], messages[1:], tuning=Tuning(answer=STRICTEST)).approaches == ()
    assert roles(messages, Tuning(seen_before=STRICTEST)) == [Role.ANSWER]
