"""How much a person can bear, and what they have shown they know."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity import ThreadId
from shared.domain.people import CAPACITY_WINDOW, Evidence, Expertise
from tests.builders import HELP, START, a_profile, an_expertise, at


def test_the_window_ends_to_the_second() -> None:
    profile = replace(a_profile(), capacity=1).named(HELP, ThreadId("1"), START)
    assert not profile.has_room(START + CAPACITY_WINDOW - timedelta(seconds=1))
    assert profile.has_room(START + CAPACITY_WINDOW)


def test_no_capacity_is_no_room() -> None:
    assert not replace(a_profile(), capacity=0).has_room(START)


def test_a_snooze_ends_when_it_says() -> None:
    snoozed = replace(a_profile(), snoozed_until=at(10))
    assert not snoozed.has_room(at(9))
    assert snoozed.has_room(at(10))


def test_asking_twice_keeps_the_first_time_and_marks_that_thread_alone() -> None:
    profile = a_profile().named(HELP, ThreadId("1"), START).named(HELP, ThreadId("2"), START)
    asked = profile.asked(HELP, ThreadId("1"), at(1)).asked(HELP, ThreadId("1"), at(2))
    assert [call.asked_at for call in asked.calls] == [at(1), None]
    assert profile.asked(HELP, ThreadId("9"), at(1)) == profile


@given(st.permutations(an_expertise(shown=4).evidence))
def test_evidence_counts_once_in_any_order(order: list[Evidence]) -> None:
    expertise: Expertise = an_expertise(shown=0)
    for evidence in [*order, *order]:
        expertise = expertise.with_evidence(evidence)
    assert expertise == an_expertise(shown=4)
    assert expertise.without_evidence(order[0].snippet_id).evidence == tuple(
        e for e in expertise.evidence if e != order[0]
    )
