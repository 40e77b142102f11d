"""What is due later than a queue can wait: it is sent for as long as that, and sends itself on."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from shared.domain.exchanges import ExchangeState
from shared.ports import QueueLength, QueueName
from shared.usecases.context import Context
from shared.usecases.judge import Judged, judge
from tests.adapters.queues.kinds import Kind, OnSqlite, on_sqlite
from tests.builders import HELP, START, a_thread
from tests.usecases.world import World

MONTH = timedelta(days=30)
THREADS = QueueName.THREADS


async def world_with(folder: Path, due_at: datetime) -> World:
    """A space and a thread of it that is due then."""
    world = World(folder)
    space = await world.space()
    await world.store.put_thread(replace(a_thread(space_id=space.id), due_at=due_at), etag=None)
    return world


async def hop(world: World, context: Context, body: str) -> Judged:
    told = json.loads(body)
    return await judge(told["space"], told["thread"], context)


async def test_either_queue_takes_what_is_due_in_a_month(kind: Kind, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = await world_with(tmp_path / "world", START + MONTH)
    context = replace(world.context, queue=kind.port)
    told = await judge(HELP, a_thread().id, context)
    assert told.state is None
    assert not await kind.receive(THREADS)
    assert (await kind.port.lengths())[THREADS] == QueueLength(visible=0, delayed=1, leased=0)
    await world.store.close()


async def test_it_hops_once_a_week_and_is_judged_when_its_time_has_come(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    clock = SimulatedClock(START)
    world = await world_with(tmp_path / "world", START + MONTH)
    async with on_sqlite(tmp_path, clock) as queues:
        context = replace(world.context, queue=queues.port, now=clock.now())
        await context.queue_thread(HELP, a_thread().id, START + MONTH)
        hops = [await _next(queues, clock, world) for _ in range(5)]
    assert [at - START for at, _ in hops] == [timedelta(days=days) for days in (7, 14, 21, 28, 30)]
    assert [judged.state for _, judged in hops[:4]] == [None] * 4
    assert hops[4][1].state is ExchangeState.TALK
    await world.store.close()


async def _next(queues: OnSqlite, clock: SimulatedClock, world: World) -> tuple[datetime, Judged]:
    """Wait until a message is seen, a day at a time, and work on it."""
    for _ in range(8):
        for message in await queues.receive_after(timedelta(days=1), THREADS):
            judged = await hop(world, replace(world.context, queue=queues.port, now=clock.now()), message.body)
            assert await queues.delete(message)
            return clock.now(), judged
    pytest.fail("no message within a week and a day")
