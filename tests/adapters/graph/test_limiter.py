"""Who may call Graph when: never above its limits, people before the background, the background all the same."""

import asyncio
import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.graph.limiter import Limiter
from shared.adapters.graph.limits import CHANNEL_MESSAGES, MEMBERS, Limit, of_space, of_team
from shared.errors import TryLater
from shared.ports import Pace

START = datetime.fromtimestamp(1000, UTC)
"""A small number of seconds, so that `approx` means milliseconds."""


@dataclass
class Time:
    """Time that passes when everybody waits."""

    now_: float = START.timestamp()
    waiting: list[tuple[float, int, asyncio.Event]] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_, UTC)

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        heapq.heappush(self.waiting, (self.now_ + seconds, id(event), event))
        await event.wait()

    async def pass_until(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let time pass until all of them are done."""
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            if all(task.done() for task in tasks):
                return
            assert self.waiting, "somebody waits for nothing"
            due, _, event = heapq.heappop(self.waiting)
            self.now_ = max(self.now_, due)
            event.set()


@dataclass
class Seen:
    """What became of calls: when each went, and who was sent away for how long."""

    went: list[tuple[float, tuple[Limit, ...], Pace]] = field(default_factory=list)
    sent_away: list[tuple[float, float, Pace]] = field(default_factory=list)

    def times(self, limit: Limit) -> list[float]:
        return [moment for moment, limits, _ in self.went if limit in limits]


class Traffic:
    """Calls that come at their moments, to one limiter."""

    def __init__(self, share: float = 1) -> None:
        self.time = Time()
        self.limiter = Limiter(share=share, now=self.time.now, sleep=self.time.sleep)
        self.seen = Seen()
        self._tasks: list[asyncio.Task[None]] = []

    def comes(self, after: float, limits: tuple[Limit, ...], pace: Pace = Pace.PEOPLE, patience: float = 1000) -> None:
        self._tasks.append(asyncio.create_task(self._call(after, limits, pace, patience)))

    async def end(self) -> Seen:
        await self.time.pass_until(self._tasks)
        for task in self._tasks:
            task.result()
        await self.limiter.close()
        return self.seen

    async def _call(self, after: float, limits: tuple[Limit, ...], pace: Pace, patience: float) -> None:
        if after:
            await self.time.sleep(after)
        came = self.time.now_
        try:
            waited = await self.limiter.admit(limits, pace, patience=patience)
        except TryLater as later:
            self.seen.sent_away.append((self.time.now_ - came, later.after.total_seconds(), pace))
            return
        assert waited <= patience + 0.002
        self.seen.went.append((self.time.now_, limits, pace))


@pytest.fixture
async def traffic() -> Traffic:
    return Traffic()


CHANNELS = [(of_space(f"c{n}"), of_team(f"t{n % 2}"), CHANNEL_MESSAGES) for n in range(6)]
OTHERS = [(of_team("t0"), MEMBERS), (MEMBERS,), (of_space("chat"), Limit("chat messages", 20))]
arrivals = st.lists(
    st.tuples(
        st.floats(0, 6, allow_nan=False),
        st.sampled_from(CHANNELS + OTHERS),
        st.sampled_from(Pace),
        st.sampled_from([0.0, 2.0, 20.0]),
    ),
    max_size=60,
)


def most_in_any_window(times: list[float], seconds: float) -> int:
    """The most that fell into any window of that length, its end not counted."""
    ordered = sorted(times)
    return max((sum(start <= t < start + seconds - 1e-6 for t in ordered) for start in ordered), default=0)


@settings(max_examples=60, deadline=None)
@given(arrivals, st.sampled_from([1.0, 0.8, 0.3, 0.05]))
async def test_no_limit_is_exceeded_in_any_window_whoever_comes_when(
    calls: list[tuple[float, tuple[Limit, ...], Pace, float]], share: float
) -> None:
    traffic = Traffic(share)
    for after, limits, pace, patience in calls:
        traffic.comes(after, limits, pace, patience)
    seen = await traffic.end()
    assert len(seen.went) + len(seen.sent_away) == len(calls)
    for limit in {limit for _, limits, _ in seen.went for limit in limits}:
        allowed = limit.per_second * share
        for seconds in (max(1.0, 1 / allowed), 3 * max(1.0, 1 / allowed)):
            assert most_in_any_window(seen.times(limit), seconds) <= allowed * seconds + 1e-6


@settings(max_examples=40, deadline=None)
@given(arrivals)
async def test_who_is_sent_away_is_sent_away_in_time_and_told_for_how_long(
    calls: list[tuple[float, tuple[Limit, ...], Pace, float]],
) -> None:
    traffic = Traffic(0.3)
    for after, limits, pace, patience in calls:
        traffic.comes(after, limits, pace, patience)
    for waited, after, _ in (await traffic.end()).sent_away:
        assert waited <= 20.01
        assert 1 <= after <= 120


async def test_calls_go_at_once_while_there_is_room(traffic: Traffic) -> None:
    for _ in range(20):
        traffic.comes(0, (CHANNEL_MESSAGES,))
    assert {moment for moment, *_ in (await traffic.end()).went} == {START.timestamp()}


async def test_the_twenty_first_call_of_a_second_waits_for_the_next_one(traffic: Traffic) -> None:
    for _ in range(21):
        traffic.comes(0, (CHANNEL_MESSAGES,))
    assert max((await traffic.end()).times(CHANNEL_MESSAGES)) == pytest.approx(START.timestamp() + 1)


async def test_people_who_come_later_go_before_the_background(traffic: Traffic) -> None:
    for _ in range(12):
        traffic.comes(0, (of_team("t"),), Pace.BACKGROUND)
    traffic.comes(0.5, (of_team("t"),), Pace.PEOPLE)
    seen = await traffic.end()
    [person] = [moment for moment, _, pace in seen.went if pace is Pace.PEOPLE]
    assert person == pytest.approx(START.timestamp() + 1)
    assert len([moment for moment, *_ in seen.went if moment > person]) == 5


async def test_under_a_flood_of_people_every_fifth_call_is_the_backgrounds(traffic: Traffic) -> None:
    for _ in range(80):
        traffic.comes(0, (of_team("t"),), Pace.PEOPLE)
    for _ in range(10):
        traffic.comes(0, (of_team("t"),), Pace.BACKGROUND)
    paces = [pace for _, _, pace in (await traffic.end()).went]
    assert 9 <= paces[:50].count(Pace.BACKGROUND) <= 10
    assert all(Pace.PEOPLE in paces[n : n + 2] for n in range(48))


async def test_the_background_of_one_team_does_not_wait_for_people_of_another(traffic: Traffic) -> None:
    for _ in range(40):
        traffic.comes(0, (of_team("busy"), CHANNEL_MESSAGES), Pace.PEOPLE)
    traffic.comes(0, (of_team("quiet"), CHANNEL_MESSAGES), Pace.BACKGROUND)
    seen = await traffic.end()
    [quiet] = seen.times(of_team("quiet"))
    assert quiet == START.timestamp()


async def test_a_wait_that_would_be_too_long_is_not_begun_and_its_length_is_told(traffic: Traffic) -> None:
    for _ in range(41):
        traffic.comes(0, (of_team("t"),), Pace.BACKGROUND, patience=1000)
    traffic.comes(0.1, (of_team("t"),), Pace.BACKGROUND, patience=5)
    [(waited, after, _)] = (await traffic.end()).sent_away
    assert waited == 0
    assert after == pytest.approx(10, abs=1)


async def test_a_429_holds_back_what_is_under_the_narrowest_limit_and_nothing_else(traffic: Traffic) -> None:
    one, other = (of_team("one"), CHANNEL_MESSAGES), (of_team("other"), CHANNEL_MESSAGES)
    traffic.limiter.throttled(one, 30)
    traffic.comes(0, one, patience=60)
    traffic.comes(0, one, patience=5)
    traffic.comes(0, other)
    seen = await traffic.end()
    assert seen.times(of_team("one")) == [pytest.approx(START.timestamp() + 30)]
    assert seen.times(of_team("other")) == [START.timestamp()]
    [(waited, after, _)] = seen.sent_away
    assert waited == 0
    assert after == pytest.approx(30)


async def test_429s_for_two_teams_at_a_time_hold_back_all_of_their_kind(traffic: Traffic) -> None:
    for name in ("one", "two"):
        traffic.limiter.throttled((of_team(name), CHANNEL_MESSAGES), 30)
    traffic.comes(0, (of_team("three"), CHANNEL_MESSAGES))
    traffic.comes(0, (of_team("three"), MEMBERS))
    seen = await traffic.end()
    assert seen.times(CHANNEL_MESSAGES) == [pytest.approx(START.timestamp() + 30)]
    assert seen.times(MEMBERS) == [START.timestamp()]


async def test_a_pause_learned_while_calls_wait_sends_away_whose_patience_it_exceeds(traffic: Traffic) -> None:
    for _ in range(5):
        traffic.comes(0, (of_team("t"),), patience=5)
    await asyncio.sleep(0.001)
    traffic.limiter.throttled((of_team("t"),), 60)
    [(waited, after, _)] = (await traffic.end()).sent_away
    assert waited == pytest.approx(5, abs=0.1)
    assert after == pytest.approx(55, abs=1)


async def test_where_sleeping_takes_no_time_time_slept_counts_as_passed() -> None:
    async def at_once(_: float) -> None:
        return

    limiter = Limiter(share=1, now=lambda: START, sleep=at_once)
    waits = [await limiter.admit((of_team("t"),), Pace.PEOPLE, patience=5) for _ in range(9)]
    assert waits == [0, 0, 0, 0, 1, 0, 0, 0, 1]
    await limiter.close()


async def test_limits_of_places_that_nobody_asks_for_any_more_are_forgotten() -> None:
    now = START
    limiter = Limiter(share=1, now=lambda: now, sleep=asyncio.sleep)
    for n in range(5000):
        now += timedelta(seconds=1)
        await limiter.admit((of_team(str(n)),), Pace.PEOPLE, patience=0)
    assert len(limiter._buckets) < 4500
    await limiter.close()
