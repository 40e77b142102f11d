"""The Event Hubs door, indexed and invoked by Microsoft's worker library: there only where it is the transport."""

import json
import sqlite3
from datetime import timedelta

import pytest

from local.host.host import FunctionSummary
from local.host.worker import Worker
from shared.adapters.queues.sqlite import SqliteQueues
from shared.domain.notifications import Transport
from tests.functions.batches import CONTENT, batch, item
from tests.functions.conftest import ROOT, START, Open

DOOR = FunctionSummary(name="event_hub", trigger="eventHubTrigger", at="graph", driven=True)


async def test_the_door_is_there_only_where_event_hubs_is_the_transport(open_doors: Open) -> None:
    async with open_doors("event_hubs") as doors:
        assert DOOR in doors.host.functions
    async with open_doors("webhook") as doors:
        assert not [each for each in doors.host.functions if each.trigger == "eventHubTrigger"]


async def test_azure_is_told_of_batches_of_bytes_an_identity_and_a_policy_that_never_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAIRN_TRANSPORT", "event_hubs")
    worker = Worker(ROOT)
    try:
        (metadata,) = (each for each in await worker.load() if each.name == "event_hub")
    finally:
        worker.unload()
    bindings = {binding["type"]: binding for binding in map(json.loads, metadata.raw_bindings)}
    assert bindings["eventHubTrigger"] == {
        "type": "eventHubTrigger",
        "direction": "IN",
        "name": "events",
        "connection": "CairnEventHub",
        "eventHubName": "%CAIRN_EVENT_HUB_NAME%",
        "cardinality": "MANY",
        "dataType": "BINARY",
    }
    assert bindings["queue"]["queueName"] == "notifications"
    policy = metadata.retry_options
    assert policy is not None
    assert (policy.max_retry_count, policy.maximum_interval) == (-1, timedelta(minutes=5))


async def test_events_are_queued_as_the_webhook_does_marked_as_the_hubs(open_doors: Open) -> None:
    async with open_doors("event_hubs") as doors:
        await doors.hub.send(batch(item(1, encryptedContent=CONTENT), 7, item(2)))
        await doors.hub.send(b"no batch")
        await doors.hub.send(batch(item(3, resource=None, lifecycleEvent="reauthorizationRequired")))
        await doors.host.idle()
        queued = doors.queued()
        assert [dict(one.item) for one in queued[:2]] == [item(1, encryptedContent=CONTENT), item(2)]
        assert queued[2].item["lifecycleEvent"] == "reauthorizationRequired"
        assert {(one.transport, one.validation_tokens, one.received_at) for one in queued} == {
            (Transport.EVENT_HUBS, (), START)
        }
        assert doors.hub.is_empty()
        assert doors.host.statistics.failures == {}


async def test_a_message_that_only_tries_the_hub_is_ignored_in_silence(
    open_doors: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_doors("event_hubs") as doors:
        await doors.hub.send(batch({"subscriptionId": "NA", "clientState": "NA", "resource": "NA", "changeType": "V"}))
        await doors.host.idle()
        assert doors.queued() == []
        assert "items_refused" not in caplog.text


async def test_what_is_refused_is_counted_in_the_log_and_not_quoted(
    open_doors: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_doors("event_hubs") as doors:
        await doors.hub.send(batch(item(clientState="private words"), item()))
        await doors.hub.send(b"private bytes")
        await doors.host.idle()
        assert "items_refused accepted=1 refused=2" in caplog.text
        assert "private" not in caplog.text


async def test_while_the_queue_is_away_nothing_is_lost_and_nothing_overtakes(
    open_doors: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    async with open_doors("event_hubs") as doors:
        with monkeypatch.context() as broken:
            broken.setattr(SqliteQueues, "send_many", away)
            await doors.hub.send(batch(item(1)))
            for _ in range(5):
                await doors.host.idle()
                doors.clock.advance(timedelta(minutes=5))
            await doors.host.idle()
            assert not doors.hub.is_empty()
        await doors.hub.send(batch(item(2)))
        doors.clock.advance(timedelta(minutes=5))
        await doors.host.idle()
        assert [one.item["resource"] for one in doors.queued()] == [item(1)["resource"], item(2)["resource"]]
        assert doors.hub.is_empty()


async def test_without_a_secret_events_wait_until_it_is_set(open_doors: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_CLIENT_STATE_SECRET", "")
    async with open_doors("event_hubs") as doors:
        await doors.hub.send(batch(item()))
        await doors.host.idle()
        assert (doors.queued(), doors.hub.is_empty()) == ([], False)
        monkeypatch.setenv("CAIRN_CLIENT_STATE_SECRET", "a secret of sixteen")
        doors.clock.advance(timedelta(minutes=1))
        await doors.host.idle()
        assert len(doors.queued()) == 1


async def test_the_same_event_twice_is_queued_twice_alike(open_doors: Open) -> None:
    """A hub delivers at least once; what a notification does, it does once however often it comes."""
    async with open_doors("event_hubs") as doors:
        for _ in range(2):
            await doors.hub.send(batch(item(1, encryptedContent=CONTENT)))
        await doors.host.idle()
        first, second = doors.queued()
        assert first == second
