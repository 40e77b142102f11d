"""The whole way through an event hub: Graph sends, the door queues, the message is kept, without a webhook."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.stage import Stage
from local.tenant.faults import TokenFault
from shared.adapters.queues.sqlite import SqliteQueues
from shared.domain.events import EventKind
from tests.e2e.conftest import Company
from tests.functions.conftest import START

HUB = {
    "CAIRN_TRANSPORT": "event_hubs",
    "CAIRN_EVENT_HUB_URL": "EventHub:https://cairn.servicebus.windows.net/eventhubname/graph?tenantId=example.com",
    "CAIRN_EVENT_HUB_NAME": "graph",
}


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """A company whose channel is read by way of an event hub."""
    async with Stage(tmp_path, SimulatedClock(START), settings=HUB) as built:
        tenant = built.tenant
        ann, bob, cleo = (tenant.add_user(name=name, department="IT") for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
        team = tenant.add_team("Operations", owners=[ann], members=[bob, cleo])
        channel = tenant.add_channel(team, "Help")
        await tenant.install(team, by=ann)
        await tenant.say(ann, channel, "capture on")
        await built.settle()
        yield Company(built, ann, bob, cleo, team=team, channel=channel)


async def test_a_message_comes_from_graph_into_the_store_through_the_hub(company: Company) -> None:
    statistics = company.stage.host.statistics
    assert {one.notification_url for one in company.stage.tenant.subscriptions()} == {HUB["CAIRN_EVENT_HUB_URL"]}
    assert statistics.invocations["event_hub"] > 0, "the message that only tries the hub has come"
    message = await company.ask("Where is the manual?")
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text == "Where is the manual?"
    assert (statistics.invocations["notifications"], statistics.failures) == (0, {})


async def test_edits_and_deletions_come_through_the_hub_too(company: Company) -> None:
    message = await company.ask("Where is the manual?")
    company.stage.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    await company.stage.tenant.edit(company.channel, message, "Where is the printer's manual?")
    await company.stage.settle()
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text == "Where is the printer's manual?"
    company.stage.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    await company.stage.tenant.delete(company.channel, message)
    await company.stage.settle()
    kept = await company.kept(message)
    assert kept is not None
    assert kept.deleted_at is not None


async def test_content_that_was_tampered_with_is_refused_also_without_tokens(company: Company) -> None:
    company.stage.tenant.faults.tampered = 1.0
    company.stage.tenant.faults.validation_token = TokenFault.MISSING
    message = await company.ask("Where is the manual?")
    assert await company.kept(message) is None
    assert (await (await company.store()).counts())[EventKind.REFUSED] == 1


async def test_content_too_large_for_a_queue_is_fetched(company: Company) -> None:
    message = await company.ask("<p>" + "many words " * 20_000 + "</p>")
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text.startswith("many words")


async def test_events_wait_in_the_hub_while_the_queue_is_away(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SqliteQueues.send_many
    failing = [3]

    async def sometimes(*arguments: object) -> None:
        if failing[0]:
            failing[0] -= 1
            raise sqlite3.OperationalError("database is locked")
        await whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteQueues, "send_many", sometimes)
    message = await company.ask("Where is the manual?")
    assert await company.kept(message) is None
    for _ in range(4):
        await company.later(minutes=1)
    assert await company.kept(message) is not None
