"""Whatever is asked for, no span of time holds as many sends as Teams forbids."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.teams.send_limits import SendLimits

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
FORBIDDEN = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
ANY_WAIT = timedelta(days=1)


def _sent(gaps: list[float]) -> list[float]:
    """When each of these sends goes out, in seconds."""
    limits, now, moments = SendLimits(), NOON, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        now += limits.wait("c", now, at_most=ANY_WAIT)
        moments.append((now - NOON).total_seconds())
    return moments


def _most_within(moments: list[float], span: float) -> int:
    return max(sum(1 for other in moments if 0 <= other - one < span) for one in moments)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=90))
def test_no_span_holds_too_many(gaps: list[float]) -> None:
    moments = _sent(gaps)
    assert all(_most_within(moments, span) < most for most, span in FORBIDDEN)


def test_an_hour_holds_fewer_than_eighteen_hundred() -> None:
    moments = _sent([1.9] * 2000)
    assert _most_within(moments, 3600) == 1799


def test_sends_wait_no_longer_than_they_must() -> None:
    assert _sent([0] * 8) == [0, 0, 0, 0, 0, 0, 1, 2]


def test_a_wait_that_is_too_long_takes_no_turn() -> None:
    limits = SendLimits()
    for _ in range(59):
        limits.wait("c", NOON, at_most=ANY_WAIT)
    first = limits.wait("c", NOON, at_most=timedelta(seconds=2))
    assert first > timedelta(seconds=2)
    assert {limits.wait("c", NOON, at_most=timedelta(seconds=2)) for _ in range(20)} == {first}


def test_conversations_do_not_wait_for_each_other_and_threads_of_a_channel_do() -> None:
    limits = SendLimits()
    for _ in range(6):
        limits.wait("channel;messageid=1", NOON, at_most=ANY_WAIT)
    assert limits.wait("other", NOON, at_most=ANY_WAIT) == timedelta(0)
    assert limits.wait("channel;messageid=2", NOON, at_most=ANY_WAIT) == timedelta(seconds=1)


def test_quiet_conversations_are_forgotten() -> None:
    limits = SendLimits()
    for number in range(3000):
        limits.wait(f"c{number}", NOON + timedelta(hours=2 * number), at_most=ANY_WAIT)
    assert len(limits._moments) <= 1001
