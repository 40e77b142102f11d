"""Queue functions: taken, tried again, poisoned, several at once."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from local.clock import SimulatedClock
from local.host.queue_listener import LEASE
from shared.adapters.queues.messages import QueueTotals
from shared.adapters.queues.sqlite import SqliteQueues
from shared.ports import QueueLength
from tests.local.host.apps import RunHost, TheApp

EMPTY = QueueLength(visible=0, delayed=0, leased=0)

RELAY = """
@app.queue_trigger(arg_name="msg", queue_name="first", connection="C")
@app.queue_output(arg_name="out", queue_name="second", connection="C")
async def relay(msg: func.QueueMessage, out: func.Out[str]) -> None:
    out.set(msg.get_body().decode() + "!")

@app.queue_trigger(arg_name="msg", queue_name="second", connection="C")
async def arrive(msg: func.QueueMessage) -> None:
    seen.append(msg)
"""


async def test_a_message_passes_from_function_to_function(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with run_host(RELAY) as host:
        await queues.send("first", "hellö")
        await host.idle()
        [message] = the_app().seen
        assert message.get_body().decode() == "hellö!"
        assert (message.dequeue_count, message.id) == (1, "2")
        assert message.insertion_time == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
        assert message.time_next_visible == message.insertion_time + LEASE
        assert message.expiration_time.year == 9999
        assert len(message.pop_receipt) == 32
        assert set((await queues.lengths()).values()) == {EMPTY}
        assert host.statistics.invocations == {"relay": 1, "arrive": 1}
        assert host.statistics.failures == {}


async def test_what_was_waiting_before_the_host_started_is_taken(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    await queues.send("second", "early")
    async with run_host(RELAY) as host:
        await host.idle()
        assert [message.get_body() for message in the_app().seen] == [b"early"]


async def test_a_delayed_message_waits_for_its_moment_and_idle_does_not_wait_for_it(
    run_host: RunHost, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(RELAY) as host:
        await queues.send("second", "later", delay=timedelta(hours=3))
        await host.idle()
        assert the_app().seen == []
        assert await host.next_due() == clock.now() + timedelta(hours=3)
        clock.advance(timedelta(hours=2, minutes=59))
        await host.idle()
        assert the_app().seen == []
        clock.advance(timedelta(minutes=1))
        await host.idle()
        assert len(the_app().seen) == 1


FLAKY = """
@app.queue_trigger(arg_name="msg", queue_name="work", connection="C")
async def flaky(msg: func.QueueMessage) -> None:
    seen.append(msg.dequeue_count)
    if msg.get_body() == b"never" or msg.dequeue_count < 3:
        raise RuntimeError("not yet: " + msg.get_body().decode())
"""


async def test_a_failed_message_comes_back_with_its_dequeue_count(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with run_host(FLAKY) as host:
        await queues.send("work", "third time lucky")
        await host.idle()
        assert the_app().seen == [1, 2, 3]
        assert (host.statistics.retries, host.statistics.poison) == (2, 0)
        assert queues.totals()["work"] == QueueTotals(sent=1, replayed=0, completed=1, retried=2, poisoned=0)


async def test_a_message_that_always_fails_ends_in_the_poison_queue_with_a_line_in_the_log(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp, caplog: pytest.LogCaptureFixture
) -> None:
    async with run_host(FLAKY) as host:
        await queues.send("work", "never")
        await host.idle()
        assert the_app().seen == [1, 2, 3, 4, 5]
        assert host.statistics.poison == 1
        assert [message.body for message in queues.peek("work-poison")] == ["never"]
        assert "message_poisoned queue=work message=1 attempts=5" in caplog.text
        assert "never" not in caplog.text

        the_app().seen.clear()
        assert await queues.replay_poison("work") == 1
        await host.idle()
        assert the_app().seen == [1, 2, 3, 4, 5]
        assert queues.totals()["work"].poisoned == 2


async def test_host_json_says_when_and_how_often_a_message_is_tried_again(
    run_host: RunHost, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    settings = {"version": "2.0", "extensions": {"queues": {"visibilityTimeout": "00:00:30", "maxDequeueCount": 2}}}
    async with run_host(FLAKY, settings) as host:
        await queues.send("work", "never")
        await host.idle()
        assert the_app().seen == [1]
        assert await queues.length("work") == QueueLength(visible=0, delayed=1, leased=0)
        clock.advance(timedelta(seconds=30))
        await host.idle()
        assert the_app().seen == [1, 2]
        assert (await queues.length("work-poison")).visible == 1


async def test_a_message_whose_hosts_all_died_is_poisoned_without_another_run(
    run_host: RunHost, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    await queues.send("work", "kills its host")
    for _ in range(5):
        [leased] = queues.receive("work", 1, LEASE)
        clock.advance(LEASE)
    async with run_host(FLAKY) as host:
        await host.idle()
        assert the_app().seen == []
        assert (await queues.length("work-poison")).visible == 1
    assert leased.dequeue_count == 5


GATED = """
running = 0
most = 0
gate = asyncio.Event()
full = asyncio.Event()
expected = 24
broken_off = []

@app.queue_trigger(arg_name="msg", queue_name="work", connection="C")
async def gated(msg: func.QueueMessage) -> None:
    global running, most
    running += 1
    most = max(most, running)
    if running >= expected:
        full.set()
    try:
        await gate.wait()
    except asyncio.CancelledError:
        broken_off.append(msg.get_json())
        raise
    running -= 1
    seen.append(msg.get_json())
"""


async def _send_numbers(queues: SqliteQueues, count: int) -> None:
    for number in range(count):
        await queues.send("work", json.dumps(number))


async def test_a_batch_is_taken_while_few_are_at_work_as_azures_host_does(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    """16 at first; the next batch comes only when 8 or fewer are at work, so that 24 is the most there is."""
    async with run_host(GATED) as host:
        app = the_app()
        app.expected = 16
        await _send_numbers(queues, 60)
        await asyncio.wait_for(app.full.wait(), 5)
        assert await queues.length("work") == QueueLength(visible=44, delayed=0, leased=16)
        app.gate.set()
        await host.idle()
        assert sorted(app.seen) == list(range(60))
        assert app.most <= 24


async def test_with_concurrency_one_messages_are_dealt_with_one_by_one_in_order(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with run_host(GATED, concurrency={"work": 1}) as host:
        the_app().gate.set()
        await _send_numbers(queues, 40)
        await host.idle()
        assert the_app().seen == list(range(40))
        assert the_app().most == 1


async def test_a_lease_is_renewed_while_its_function_runs_even_when_the_clock_jumps(
    run_host: RunHost, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with run_host(GATED) as host:
        app = the_app()
        app.expected = 1
        await queues.send("work", "1")
        await app.full.wait()
        for jump in (timedelta(minutes=6), timedelta(days=2)):
            clock.advance(jump)
            await _settle()
            assert await queues.length("work") == QueueLength(visible=0, delayed=0, leased=1)
        app.gate.set()
        await host.idle()
        assert app.seen == [1]
        assert queues.totals()["work"].completed == 1
        assert host.statistics.invocations["gated"] == 1


async def _settle() -> None:
    """Let every task that can run come to a stop."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _http_has_ended() -> None:
    for task in asyncio.all_tasks():
        if task.get_name() == "host-http":
            await task


async def test_a_file_that_cannot_be_read_for_a_while_is_read_again(
    run_host: RunHost, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp, caplog: pytest.LogCaptureFixture
) -> None:
    async with run_host(RELAY) as host:
        await queues.send("second", "x", delay=timedelta(seconds=1))
        queues._connection.execute("ALTER TABLE queue_messages RENAME TO elsewhere")
        clock.advance(timedelta(seconds=1))
        await _settle()
        assert "queue_not_readable queue=second" in caplog.text
        queues._connection.execute("ALTER TABLE elsewhere RENAME TO queue_messages")
        clock.advance(timedelta(seconds=2))
        await host.idle()
        assert len(the_app().seen) == 1


async def test_idle_waits_for_what_runs(run_host: RunHost, queues: SqliteQueues, the_app: TheApp) -> None:
    async with run_host(GATED) as host:
        app = the_app()
        app.expected = 1
        await queues.send("work", "1")
        waiting = asyncio.create_task(host.idle())
        await app.full.wait()
        await _settle()
        assert not waiting.done()
        app.gate.set()
        await waiting
        assert app.seen == [1]


async def test_stopping_finishes_what_runs_and_leaves_the_rest(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with run_host(GATED, concurrency={"work": 3}) as host:
        app = the_app()
        app.expected = 3
        await _send_numbers(queues, 10)
        await app.full.wait()
        stopping = asyncio.create_task(host.stop())
        await _http_has_ended()
        await _settle()
        assert not stopping.done()
        app.gate.set()
        await stopping
        assert (app.seen, app.broken_off) == ([0, 1, 2], [])
    assert await queues.length("work") == QueueLength(visible=7, delayed=0, leased=0)


async def test_what_outlasts_the_grace_period_is_broken_off_and_comes_back_to_the_next_host(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with run_host(GATED) as host:
        app = the_app()
        app.expected = 1
        await queues.send("work", "1")
        await app.full.wait()
        await host.stop(timedelta(milliseconds=50))
        assert app.broken_off == [1]
        assert "function_app" not in sys.modules
    assert await queues.length("work") == QueueLength(visible=0, delayed=0, leased=1)
    async with run_host(GATED) as host:
        the_app().gate.set()
        await host.idle()
        assert the_app().seen == [1]
        assert queues.totals()["work"] == QueueTotals(sent=1, replayed=0, completed=1, retried=1, poisoned=0)
