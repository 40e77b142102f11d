"""The host on Azure Storage's queues (Azurite), by the machine's clock and by one moved by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import LocalClock, SimulatedClock, SystemClock
from local.host.host import Host
from local.host.storage_source import LocalStorageQueues
from shared.adapters.queues.messages import QueueTotals
from shared.adapters.queues.storage import StorageQueues
from shared.adapters.queues.storage_service import StorageService
from tests.adapters.queues.faults import Broken, FaultyTransport
from tests.local.host.apps import TheApp, WriteApp
from tests.servers.azurite import Azurite, azurite, why_not

APP = """
@app.queue_trigger(arg_name="msg", queue_name="first", connection="C")
@app.queue_output(arg_name="out", queue_name="second", connection="C")
async def relay(msg: func.QueueMessage, out: func.Out[str]) -> None:
    out.set(msg.get_body().decode() + "!")

@app.queue_trigger(arg_name="msg", queue_name="second", connection="C")
async def arrive(msg: func.QueueMessage) -> None:
    seen.append((msg.get_body().decode(), msg.dequeue_count))
    if msg.get_body().startswith(b"bad"):
        raise ValueError("bad")
"""
RETRYING = {"version": "2.0", "extensions": {"queues": {"visibilityTimeout": "00:00:30", "maxDequeueCount": 3}}}
AT_ONCE = {"version": "2.0", "extensions": {"queues": {"visibilityTimeout": "00:00:00", "maxDequeueCount": 2}}}


@pytest.fixture(scope="module")
def server() -> Iterator[Azurite]:
    if reason := why_not():
        pytest.skip(reason)
    with azurite() as running:
        yield running


@pytest.fixture
def transport() -> FaultyTransport:
    return FaultyTransport()


@pytest.fixture(params=["by hand", "by the machine"])
def time(request: pytest.FixtureRequest, clock: SimulatedClock) -> LocalClock:
    return clock if request.param == "by hand" else SystemClock()


@pytest.fixture
async def stored(
    server: Azurite, tmp_path: Path, time: LocalClock, transport: FaultyTransport
) -> AsyncIterator[LocalStorageQueues]:
    service = StorageService(server.address, transport=transport)
    opened = LocalStorageQueues(service, path=tmp_path / "queues", clock=time)
    yield opened
    async for queue in service.queues.list_queues():
        await service.queues.delete_queue(queue.name)
    await opened.close()


async def test_a_message_passes_from_function_to_function(
    stored: LocalStorageQueues, time: LocalClock, write_app: WriteApp, the_app: TheApp
) -> None:
    async with Host(write_app(APP), stored, time) as host:
        for number in range(40):
            await stored.send("first", str(number))
        await host.idle()
        assert sorted(the_app().seen) == sorted((f"{number}!", 1) for number in range(40))
        assert host.statistics.failures == {}
    assert (await stored.length("first")).visible == (await stored.length("second")).visible == 0
    assert stored.totals()["first"] == QueueTotals(sent=40, replayed=0, completed=40, retried=0, poisoned=0)


async def test_what_fails_every_time_becomes_poison_and_can_be_replayed(
    stored: LocalStorageQueues, time: LocalClock, write_app: WriteApp, the_app: TheApp
) -> None:
    async with Host(write_app(APP, AT_ONCE), stored, time) as host:
        await stored.send("second", "bad")
        await stored.send("second", "good")
        await host.idle()
        assert sorted(the_app().seen) == [("bad", 1), ("bad", 2), ("good", 1)]
        assert (await stored.length("second-poison")).visible == 1
        assert await stored.replay_poison("second") == 1
        await host.idle()
        assert the_app().seen[-2:] == [("bad", 1), ("bad", 2)]
        assert host.statistics.poison == 2
    totals = stored.totals()["second"]
    assert totals == QueueTotals(sent=2, replayed=1, completed=1, retried=2, poisoned=2)


@pytest.mark.parametrize("time", ["by hand"], indirect=True)
async def test_by_hand_delays_and_retries_come_at_their_moments(
    stored: LocalStorageQueues, clock: SimulatedClock, write_app: WriteApp, the_app: TheApp
) -> None:
    async with Host(write_app(APP, RETRYING), stored, clock) as host:
        await stored.send("second", "in a day", delay=timedelta(days=1))
        await stored.send("second", "bad")
        await host.idle()
        assert the_app().seen == [("bad", 1)]
        assert await host.next_due() == clock.now() + timedelta(seconds=30)
        clock.advance(timedelta(seconds=29))
        await host.idle()
        assert len(the_app().seen) == 1
        for _ in range(5):
            clock.advance(timedelta(seconds=30))
            await host.idle()
        assert the_app().seen == [("bad", 1), ("bad", 2), ("bad", 3)]
        clock.advance(timedelta(days=1))
        await host.idle()
        assert the_app().seen[-1] == ("in a day", 1)
        assert await host.next_due() is None


@pytest.mark.parametrize("time", ["by hand"], indirect=True)
async def test_what_was_waiting_before_the_host_started_is_taken(
    server: Azurite, stored: LocalStorageQueues, clock: SimulatedClock, write_app: WriteApp, the_app: TheApp
) -> None:
    elsewhere = StorageQueues(StorageService(server.address))
    await elsewhere.send("threads", "early")
    await elsewhere.close()
    app = APP.replace('queue_name="second"', 'queue_name="threads"', 2)
    async with Host(write_app(app), stored, clock) as host:
        await host.idle()
        assert the_app().seen == [("early", 1)]


async def test_storage_that_is_away_for_a_while_stops_nothing_and_loses_nothing(
    stored: LocalStorageQueues, time: LocalClock, transport: FaultyTransport, write_app: WriteApp, the_app: TheApp
) -> None:
    async with Host(write_app(APP), stored, time) as host:
        for number in range(10):
            await stored.send("first", str(number))
        transport.faults.extend([Broken.AWAY, None, Broken.SILENT, None, None] * 4)
        await host.idle()
        assert {body for body, _ in the_app().seen} == {f"{number}!" for number in range(10)}


@pytest.mark.parametrize("time", ["by the machine"], indirect=True)
async def test_what_another_process_sends_is_found_by_looking(
    server: Azurite, stored: LocalStorageQueues, time: LocalClock, write_app: WriteApp, the_app: TheApp
) -> None:
    elsewhere = StorageQueues(StorageService(server.address))
    async with Host(write_app(APP), stored, time), asyncio.timeout(10):
        await elsewhere.send("second", "from afar")
        while not the_app().seen:  # noqa: ASYNC110 - the host looks every two seconds
            await asyncio.sleep(0.05)
    await elsewhere.close()
