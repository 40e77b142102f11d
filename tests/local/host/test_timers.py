"""Timer functions on a clock that the test moves, and the schedules they follow."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.clock import SimulatedClock
from local.host.errors import HostError
from local.host.host import Host
from local.host.schedule import Schedule
from shared.adapters.queues.sqlite import SqliteQueues
from tests.local.host.apps import RunHost, TheApp, WriteApp

HOURLY = """
@app.timer_trigger(arg_name="timer", schedule="0 0 * * * *")
async def hourly(timer: func.TimerRequest) -> None:
    seen.append(timer)
"""


async def test_a_timer_runs_at_its_moments_and_not_before(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(HOURLY) as host:
        await host.idle()
        assert the_app().seen == []
        assert await host.next_due() == datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
        for hour in range(1, 4):
            clock.advance(timedelta(minutes=59, seconds=59))
            await host.idle()
            assert len(the_app().seen) == hour - 1
            clock.advance(timedelta(seconds=1))
            await host.idle()
            assert len(the_app().seen) == hour
        assert not any(timer.past_due for timer in the_app().seen)


async def test_a_timer_is_told_what_azures_host_tells(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(HOURLY) as host:
        for _ in range(2):
            clock.advance(timedelta(hours=1))
            await host.idle()
        first, second = (timer.schedule_status for timer in the_app().seen)
        assert first["Last"] == "0001-01-01T00:00:00"
        assert first["Next"] == "2026-01-05T10:00:00+00:00"
        assert second["Last"] == "2026-01-05T10:00:00+00:00"
        assert second["Next"] == "2026-01-05T11:00:00+00:00"
        assert the_app().seen[0].schedule == {"AdjustForDST": True}


async def test_a_clock_that_jumps_over_many_moments_brings_one_run(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(HOURLY) as host:
        clock.advance(timedelta(days=3, minutes=10))
        await host.idle()
        assert len(the_app().seen) == 1
        assert await host.next_due() == datetime(2026, 1, 8, 10, 0, tzinfo=UTC)


async def test_a_run_that_was_missed_while_no_host_ran_is_made_once_and_is_past_due(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(HOURLY) as host:
        clock.advance(timedelta(hours=1))
        await host.idle()
    clock.advance(timedelta(hours=5, minutes=20))
    async with run_host(HOURLY) as host:
        await host.idle()
        assert [timer.past_due for timer in the_app().seen] == [True]
        clock.advance(timedelta(minutes=40))
        await host.idle()
        assert [timer.past_due for timer in the_app().seen] == [True, False]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('schedule="0 0 * * * *"', 'schedule="0 30 * * * *"'),
        ('schedule="0 0 * * * *"', 'schedule="0 0 * * * *", use_monitor=False'),
        ('schedule="*/10 * * * * *"', 'schedule="*/10 * * * * *"'),
    ],
    ids=["schedule changed", "no monitor", "more than once a minute"],
)
async def test_no_run_is_past_due_without_an_account_of_this_schedule(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp, before: str, after: str
) -> None:
    async with run_host(HOURLY.replace('schedule="0 0 * * * *"', before)) as host:
        await host.idle()
    clock.advance(timedelta(hours=5))
    async with run_host(HOURLY.replace('schedule="0 0 * * * *"', after)) as host:
        await host.idle()
        assert the_app().seen == []
        clock.advance(timedelta(hours=1))
        await host.idle()
        assert [timer.past_due for timer in the_app().seen] == [False]


async def test_run_on_startup_runs_once_at_start(run_host: RunHost, clock: SimulatedClock, the_app: TheApp) -> None:
    source = HOURLY.replace('* * *"', '* * *", run_on_startup=True')
    async with run_host(source) as host:
        await host.idle()
        assert [timer.past_due for timer in the_app().seen] == [False]
        clock.advance(timedelta(minutes=59))
        await host.idle()
        assert len(the_app().seen) == 1


SLOW = """
gate = asyncio.Event()
came = asyncio.Event()
running = 0
most = 0

@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
async def slow(timer: func.TimerRequest) -> None:
    global running, most
    running += 1
    most = max(most, running)
    came.set()
    await gate.wait()
    running -= 1
    seen.append(timer)
"""


async def test_a_timer_never_runs_twice_at_once_and_catches_up_with_one_run(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(SLOW) as host:
        app = the_app()
        clock.advance(timedelta(minutes=1))
        await app.came.wait()
        called = asyncio.create_task(host.call_timer("slow"))
        clock.advance(timedelta(minutes=10))
        await asyncio.sleep(0)
        app.gate.set()
        assert await called
        await host.idle()
        assert app.most == 1
        assert len(app.seen) == 3  # the one that was slow, the one that was asked for, and one for ten minutes


async def test_a_timer_can_be_run_now_and_its_schedule_stays(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(HOURLY) as host:
        assert await host.call_timer("hourly")
        assert len(the_app().seen) == 1
        assert await host.next_due() == datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
        with pytest.raises(HostError, match="no timer named daily"):
            await host.call_timer("daily")


async def test_a_failing_timer_is_reported_and_runs_again_at_its_next_moment(
    run_host: RunHost, clock: SimulatedClock, the_app: TheApp
) -> None:
    source = HOURLY + "    raise RuntimeError\n"
    async with run_host(source) as host:
        assert not await host.call_timer("hourly")
        clock.advance(timedelta(hours=1))
        await host.idle()
        clock.advance(timedelta(hours=1))
        await host.idle()
        assert host.statistics.failures == {"hourly": 3}


async def test_stopping_finishes_a_running_timer(run_host: RunHost, clock: SimulatedClock, the_app: TheApp) -> None:
    async with run_host(SLOW) as host:
        app = the_app()
        clock.advance(timedelta(minutes=1))
        await app.came.wait()
        stopping = asyncio.create_task(host.stop())
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "host-http"))
        await asyncio.sleep(0)
        assert not stopping.done()
        app.gate.set()
        await stopping
        assert len(app.seen) == 1


@pytest.mark.parametrize(
    "schedule",
    [
        "*/5 * * * *",
        "0 0 * * *  ",
        "00:05:00",
        "",
        "60 * * * * *",
        "0 60 * * * *",
        "0 0 24 * * *",
        "0 0 0 32 * *",
        "0 0 0 * 13 *",
        "0 0 0 * * 7",
        "0 0 0 * * 1-7",
        "0 0 0 * * 8",
        "0 0 0 L * *",
        "0 0 0 * * 5L",
        "0 0 0 * * 1#2",
        "0 0 0 31 2 *",
        "0 */0 * * * *",
        "0 a * * * *",
        "0 1-0 * * * *",
        "@daily",
    ],
)
async def test_what_is_no_ncrontab_schedule_is_refused_at_start_by_name(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock, schedule: str
) -> None:
    app = write_app(HOURLY.replace("0 0 * * * *", schedule))
    with pytest.raises(HostError, match="hourly"):
        await Host(app, queues, clock).start()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/15 * * * * *", ["09:00:15", "09:00:30", "09:00:45"]),
        ("0 */5 * * * *", ["09:05:00", "09:10:00", "09:15:00"]),
        ("30 5,10-12 9 * * *", ["09:05:30", "09:10:30", "09:11:30"]),
        ("0 0 12 * * mon-WED", ["05T12", "06T12", "07T12"]),
        ("0 0 0 1 JAN,jul *", ["2026-07-01", "2027-01-01", "2027-07-01"]),
        # Both the day of the month and the day of the week must fit: Friday the 13th.
        ("0 0 0 13 * 5", ["2026-02-13", "2026-03-13", "2026-11-13"]),
        ("0 0 0 * * 0", ["2026-01-11", "2026-01-18", "2026-01-25"]),
    ],
)
def test_schedules_come_as_ncrontab_says(schedule: str, expected: list[str]) -> None:
    moment = datetime(2026, 1, 5, 9, 0, 0, 500, tzinfo=UTC)
    followed = Schedule(schedule, "f")
    for part in expected:
        moment = followed.next_after(moment)
        assert part in moment.isoformat()


@given(
    st.timedeltas(timedelta(0), timedelta(days=7000)).map(lambda since: datetime(2020, 1, 1, tzinfo=UTC) + since),
    st.integers(0, 59),
    st.integers(0, 23),
)
def test_the_next_moment_is_later_and_fits(moment: datetime, minute: int, hour: int) -> None:
    following = Schedule(f"0 {minute} {hour} * * *", "f").next_after(moment)
    assert moment < following <= moment + timedelta(days=1)
    assert (following.second, following.minute, following.hour) == (0, minute, hour)
