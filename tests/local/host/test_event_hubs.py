"""Event hubs: batches in order, tried again as the function's policy says, passed only when dealt with."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.host.errors import HostError
from local.host.event_hub import LARGEST, LocalEventHub
from local.host.host import FunctionSummary, Host
from shared.adapters.queues.sqlite import SqliteQueues
from shared.errors import Refused
from tests.local.host.apps import RunHost, TheApp, WriteApp

_TRIGGER = (
    '@app.event_hub_message_trigger(arg_name="events", event_hub_name="%HUB%", connection="C", '
    "cardinality=func.Cardinality.MANY, data_type=func.DataType.{kind})\n"
)
LISTENS = f"""
failing = [0]

{_TRIGGER.format(kind="BINARY")}
@app.queue_output(arg_name="out", queue_name="told", connection="C")
{{policy}}
async def listen(events: typing.List[func.EventHubEvent], out: func.Out[typing.List[str]]) -> None:
    seen.append([(e.get_body(), e.sequence_number, e.enqueued_time) for e in events])
    if failing[0]:
        failing[0] -= 1
        raise RuntimeError
    out.set([e.get_body().decode() for e in events])
"""
FOR_EVER = (
    '@app.retry(strategy="exponential_backoff", max_retry_count="-1", '
    'minimum_interval="00:00:02", maximum_interval="00:01:00")'
)
TWICE = '@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:10")'


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB", "graph")


@pytest.fixture
def hub(tmp_path: Path, clock: SimulatedClock) -> Iterator[LocalEventHub]:
    opened = LocalEventHub(tmp_path / "hub.sqlite", clock.now)
    yield opened
    opened.close()


async def _told(queues: SqliteQueues) -> list[str]:
    return [message.body for message in queues.peek("told", 1000)]


@asynccontextmanager
async def _running(run_host: RunHost, hub: LocalEventHub, policy: str = "", **host_json: object) -> AsyncIterator[Host]:
    settings = {"version": "2.0", "extensions": {"eventHubs": host_json}}
    async with run_host(LISTENS.format(policy=policy), settings, event_hubs={"graph": hub}) as host:
        yield host


async def test_events_come_in_order_in_batches_and_are_then_gone(
    run_host: RunHost, hub: LocalEventHub, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    for number in range(5):
        await hub.send(f"{number}".encode())
    async with _running(run_host, hub, maxEventBatchSize=2) as host:
        assert host.functions == [FunctionSummary(name="listen", trigger="eventHubTrigger", at="graph", driven=True)]
        await host.idle()
        assert [[body for body, _, _ in batch] for batch in the_app().seen] == [[b"0", b"1"], [b"2", b"3"], [b"4"]]
        assert {enqueued.replace(tzinfo=None) for batch in the_app().seen for _, _, enqueued in batch} == {
            clock.now().replace(tzinfo=None)
        }
        assert [number for batch in the_app().seen for _, number, _ in batch] == [1, 2, 3, 4, 5]
        assert await _told(queues) == ["0", "1", "2", "3", "4"]
        assert hub.is_empty()
        await hub.send(b"\xff\x00 any bytes")
        await hub.send(b"5")
        await host.idle()
        assert the_app().seen[3][0][0] == b"\xff\x00 any bytes"


async def test_a_function_that_takes_no_bytes_gets_text(run_host: RunHost, hub: LocalEventHub, the_app: TheApp) -> None:
    source = (
        f"{_TRIGGER.format(kind='STRING')}"
        "async def listen(events: typing.List[func.EventHubEvent]) -> None: seen.extend(e.get_body() for e in events)\n"
    )
    await hub.send("ä".encode())
    async with run_host(source, event_hubs={"graph": hub}) as host:
        await host.idle()
        assert the_app().seen == ["ä".encode()]


async def test_a_failed_batch_is_tried_again_further_and_further_apart_and_nothing_passes_it(
    run_host: RunHost, hub: LocalEventHub, queues: SqliteQueues, clock: SimulatedClock, the_app: TheApp
) -> None:
    async with _running(run_host, hub, FOR_EVER) as host:
        the_app().failing[0] = 12
        await hub.send(b"first")
        await host.idle()
        await hub.send(b"second")
        waits = []
        while not hub.is_empty():
            await host.idle()
            due = await host.next_due()
            assert due is not None
            waits.append((due - clock.now()).total_seconds())
            clock.advance_to(due)
            await host.idle()
        assert len(waits) == 12
        assert 2 <= waits[0] < waits[1] < waits[2]
        assert waits[-1] == 60
        assert await _told(queues) == ["first", "second"]
        assert (host.statistics.retries, await host.next_due()) == (12, None)
        the_app().failing[0] = 1
        await hub.send(b"third")
        await host.idle()
        due = await host.next_due()
        assert due is not None
        assert due - clock.now() < timedelta(seconds=3), "after a success the waits begin anew"


async def test_a_policy_that_is_exhausted_lets_the_events_pass(
    run_host: RunHost,
    hub: LocalEventHub,
    queues: SqliteQueues,
    clock: SimulatedClock,
    the_app: TheApp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _running(run_host, hub, TWICE) as host:
        the_app().failing[0] = 3
        await hub.send(b"lost")
        for _ in range(3):
            await host.idle()
            clock.advance(timedelta(seconds=10))
        await hub.send(b"next")
        await host.idle()
        assert await _told(queues) == ["next"]
        assert "events_passed_unhandled function=listen count=1" in caplog.text


async def test_without_a_policy_a_failed_batch_is_passed_as_in_azure(
    run_host: RunHost, hub: LocalEventHub, queues: SqliteQueues, the_app: TheApp
) -> None:
    async with _running(run_host, hub) as host:
        the_app().failing[0] = 1
        await hub.send(b"lost")
        await host.idle()
        await hub.send(b"next")
        await host.idle()
        assert await _told(queues) == ["next"]


async def test_outputs_that_cannot_be_written_fail_the_batch(
    run_host: RunHost, hub: LocalEventHub, queues: SqliteQueues, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    async with _running(run_host, hub, FOR_EVER) as host:
        await hub.send(b"x" * 60_000)
        await host.idle()
        assert not hub.is_empty()
        assert "output_failed function=listen" in caplog.text


async def test_events_that_were_not_dealt_with_are_there_for_the_next_host(
    run_host: RunHost, tmp_path: Path, clock: SimulatedClock, queues: SqliteQueues, the_app: TheApp
) -> None:
    first = LocalEventHub(tmp_path / "kept.sqlite", clock.now)
    async with _running(run_host, first, FOR_EVER) as host:
        the_app().failing[0] = 1
        await first.send(b"kept")
        await host.idle()
        assert not first.is_empty()
    first.close()
    second = LocalEventHub(tmp_path / "kept.sqlite", clock.now)
    async with _running(run_host, second, FOR_EVER) as host:
        await host.idle()
        assert await _told(queues) == ["kept"]
    second.close()


async def test_what_another_process_sends_is_found(
    run_host: RunHost, hub: LocalEventHub, tmp_path: Path, clock: SimulatedClock, queues: SqliteQueues
) -> None:
    elsewhere = LocalEventHub(tmp_path / "hub.sqlite", clock.now)
    async with _running(run_host, hub) as host:
        await host.idle()
        await elsewhere.send(b"from elsewhere")
        await host.idle()
        assert await _told(queues) == ["from elsewhere"]
    elsewhere.close()


async def test_an_event_larger_than_a_hub_takes_is_refused(hub: LocalEventHub) -> None:
    await hub.send(b"x" * LARGEST)
    with pytest.raises(Refused):
        await hub.send(b"x" * (LARGEST + 1))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (LISTENS.format(policy="").replace("%HUB%", "other"), "listen listens to the event hub other, which is not"),
        (LISTENS.format(policy="").replace("%HUB%", "%UNSET%"), "listen names the setting UNSET, which is not set"),
        (
            LISTENS.format(policy="")
            .replace(".MANY", ".ONE")
            .replace("typing.List[func.EventHubEvent]", "func.EventHubEvent"),
            "one by one",
        ),
    ],
)
async def test_a_hub_that_cannot_be_driven_is_said_at_start(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock, hub: LocalEventHub, source: str, said: str
) -> None:
    with pytest.raises(HostError, match=said):
        await Host(write_app(source), queues, clock, event_hubs={"graph": hub}).start()


@pytest.mark.parametrize("wrong", [{"maxEventBatchSize": 0}, {"maxBatchSize": 10}, {"maxWaitTime": 3}])
async def test_wrong_settings_of_event_hubs_are_refused(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock, wrong: dict[str, object]
) -> None:
    text = json.dumps({"version": "2.0", "extensions": {"eventHubs": wrong}})
    with pytest.raises(HostError, match=r"host\.json is wrong"):
        await Host(write_app("", text), queues, clock).start()
