"""What steps cost: each counts its own, whatever else runs, and what nobody said is None rather than nothing."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import azure.functions as func
import pytest

from functions.steps import run_step
from shared import wiring
from shared.adapters.cosmos.calls import Calls
from shared.domain.audiences import audience_of_space
from shared.domain.spaces import Space
from shared.errors import Refused
from shared.meter import metered, note
from shared.usecases.context import Context
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import HELP, a_message, a_person, a_profile
from tests.usecases.test_exchange import AGAIN, answered
from tests.usecases.world import DAN, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.store.close()


async def opened() -> None:
    return


def calls(*, charged: bool) -> Calls:
    return Calls(opened, charged=charged)


async def test_outside_of_a_block_nothing_is_kept_and_inside_everything_of_every_task() -> None:
    note("read")
    with metered("step") as spent:
        await asyncio.gather(*(asyncio.create_task(_asks(3)) for _ in range(4)))
    note("read")
    assert spent.operations == Counter(read=12)


async def _asks(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
        note("read")


async def test_steps_that_run_at_once_count_their_own() -> None:
    async def step(times: int) -> int:
        with metered("step") as spent:
            await _asks(times)
            return spent.operations.total()

    assert list(await asyncio.gather(step(1), step(5), step(9))) == [1, 5, 9]


def test_a_part_is_counted_by_itself_and_in_the_whole_each_time_that_it_comes() -> None:
    with metered("step") as spent:
        note("write")
        for _ in range(2):
            with metered("suggestion"), metered("search"):
                note("changed", 2.5)
    assert spent.operations == Counter(write=1, changed=2)
    part = spent.parts["suggestion"]
    assert (part.times, part.operations, part.request_units) == (2, Counter(changed=2), 5.0)
    assert part.parts["search"].operations == Counter(changed=2)
    assert part.facts() == {
        "times": 2, "operations": 2, "reads": 0, "writes": 0, "queries": 2, "request_units": 5.0,
    }  # fmt: skip


def test_what_the_database_charges_is_added_up() -> None:
    account = calls(charged=True)
    with metered("step") as spent:
        account.count("read", {"x-ms-request-charge": "1"})
        account.count("create", {"x-ms-request-charge": "6.29"})
        account.count("create", {})
    assert spent.request_units == pytest.approx(7.29)
    assert spent.operations == Counter(read=1, create=2)


def test_where_nobody_says_what_it_cost_it_is_not_known() -> None:
    stand_in = calls(charged=False)
    with metered("step") as spent:
        stand_in.count("read", {"x-ms-request-charge": "1"})
    assert spent.request_units is None
    assert spent.facts()["request_units"] is None


async def test_on_the_test_server_operations_are_counted_and_its_charges_are_not_believed(tmp_path: Path) -> None:
    store = await cosmos_store(tmp_path)
    with metered("step") as spent:
        etag = await store.put_profile(a_profile(), etag=None)
        await store.put_profile(a_profile(), etag=etag)
        await store.profile(a_person().key)
        await store.profile(a_person("Nobody").key)
        await store.experts(audience_of_space(HELP))
        await store.put_message(a_message(), etag=None)
        await store.drop_author(HELP, a_person().key)
    await store.close()
    assert spent.operations == Counter(
        create=2, replace=1, read=1, unsuccessful=1, experts=1, of_author_here=1, delete=1
    )
    assert spent.facts()["writes"] == 4
    assert spent.request_units is None


async def test_sqlite_counts_operations(world: World) -> None:
    with metered("step") as spent:
        await world.store.put_profile(a_profile(), etag=None)
        await world.store.profile(a_person().key)
        await world.store.experts(audience_of_space(HELP))
    assert spent.operations == Counter(write=1, read=1, select=1)
    assert spent.request_units is None


def costs(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.message.startswith("cost ")]


async def step_of(world: World, monkeypatch: pytest.MonkeyPatch, *, refuses: bool = False) -> None:
    """Run one queued step that takes in a message, as the functions do."""

    async def context() -> Context:
        return world.context

    async def work(context: Context, body: str) -> dict[str, object]:
        if refuses:
            note("read")
            raise Refused("never right", code="wrong")
        await world.say(await _there(world), DAN, AGAIN)
        return {}

    monkeypatch.setattr(wiring, "context", context)
    await run_step("notifications", func.QueueMessage(id="m1", body=b"{}"), work)


async def _there(world: World) -> Space:
    stored = await world.store.space(HELP)
    assert stored is not None
    return stored.value


async def test_each_step_says_what_it_cost_and_what_its_suggestion_and_search_did_of_that(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await answered(world, await world.space())
    with caplog.at_level(logging.INFO, logger="cairn.steps"):
        await step_of(world, monkeypatch)
    whole, suggestion, search = costs(caplog)
    assert "step=notifications correlation=m1 times=1 operations=" in whole
    assert "part=" not in whole
    assert "part=suggestion" in suggestion
    assert "part=search correlation=m1 times=1 operations=1 reads=0 writes=0 queries=1" in search
    assert "request_units" not in whole, "SQLite charges nothing, which is not the same as 0"


async def test_a_step_that_is_refused_says_what_it_cost_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="cairn.steps"):
        await step_of(world, monkeypatch, refuses=True)
    assert costs(caplog) == ["cost step=notifications correlation=m1 times=1 operations=1 reads=1 writes=0 queries=0"]
