"""Backfill: the past comes in when an administrator wants it, can be stopped, and is not posted about."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.identity import MessageId
from shared.domain.readings import Round
from shared.domain.spaces import Space, SpaceKind
from shared.errors import Refused, TryLater
from shared.usecases.backfill import backfill_page, begin_backfill
from shared.usecases.consent import opt_out
from shared.usecases.upkeep import purge
from tests.usecases.world import ANN, BOB, START, World

KINDS = [SpaceKind.STANDARD, SpaceKind.CHAT]


async def with_a_past(world: World, kind: SpaceKind, messages: int = 7) -> Space:
    """A space that people talked in for weeks before capture was switched on."""
    space = await world.space(kind=kind)
    for number in range(messages):
        world.written(space, BOB, f"Message {number}")
        world.now += timedelta(days=10)
    stored = await world.store.space(space.id)
    assert stored is not None
    space = replace(stored.value, reads_from=world.now)
    await world.store.put_space(space, etag=stored.etag)
    return space


async def run(world: World, space: Space, since: datetime) -> Round:
    at, done = await begin_backfill(space.id, since, world.context), False
    while not done:
        found, done = await backfill_page(space.id, world.context)
        at = found or at
    return at


@pytest.mark.parametrize("kind", KINDS)
async def test_the_past_comes_in_from_that_day_on(world: World, kind: SpaceKind) -> None:
    space = await with_a_past(world, kind)
    at = await run(world, space, START + timedelta(days=25))
    assert (at.seen, at.changed) == (4, 4)
    assert await world.store.count_messages() == 4
    assert (await run(world, space, START + timedelta(days=25))).changed == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_it_goes_on_where_it_was_stopped(world: World, kind: SpaceKind) -> None:
    space = await with_a_past(world, kind)
    world.graph.page = 2
    await begin_backfill(space.id, START, world.context)
    await backfill_page(space.id, world.context)
    world.graph.busy = True
    with pytest.raises(TryLater):
        await backfill_page(space.id, world.context)
    world.graph.busy = False
    again = await begin_backfill(space.id, START, world.context)
    assert (again.pages, again.seen) == (1, 2)
    assert (await run(world, space, START)).seen == 7
    assert await world.store.count_messages() == 7


async def test_a_channel_beyond_the_reach_of_delta_is_read_by_its_history(world: World) -> None:
    space = await with_a_past(world, SpaceKind.STANDARD)
    world.now += timedelta(days=300)
    world.graph.page = 2
    at = await run(world, space, START + timedelta(days=25))
    assert at.history
    assert await world.store.count_messages() >= 4
    assert at.pages < 4


async def test_a_link_that_expired_begins_afresh(world: World) -> None:
    space = await with_a_past(world, SpaceKind.STANDARD)
    world.graph.page = 2
    await begin_backfill(space.id, START, world.context)
    await backfill_page(space.id, world.context)
    world.graph.token_generation += 1
    await run(world, space, START)
    assert await world.store.count_messages() == 7


async def test_what_was_brought_in_is_kept_as_long_as_what_was_heard(world: World) -> None:
    space = await with_a_past(world, SpaceKind.CHAT)
    await run(world, space, START)
    assert await purge(world.context) == 0
    world.now += timedelta(days=31)
    assert await purge(world.context) == 7


async def test_nothing_comes_in_of_who_opted_out(world: World) -> None:
    space = await with_a_past(world, SpaceKind.CHAT)
    await opt_out(BOB, world.context)
    world.written(space, ANN, "Only mine")
    await run(world, space, START)
    assert await world.store.count_messages() == 1


async def test_nobody_is_written_to_about_the_past(world: World) -> None:
    space = await world.space()
    asked = world.written(space, BOB, "How do I reset the badge printer?")
    world.written(space, ANN, "Hold the green button for five seconds.", root=asked.id)
    world.now += timedelta(days=60)
    await run(world, space, START)
    await world.pass_time(timedelta(hours=5))
    kinds = {posting.kind for posting in await world.store.all_postings()}
    assert kinds <= {"review"}
    assert await world.store.message(space.id, MessageId(asked.id)) is not None


async def test_only_a_space_that_is_read_has_its_past_read(world: World) -> None:
    space = await world.space(capture=False)
    with pytest.raises(Refused, match="capture"):
        await begin_backfill(space.id, START, world.context)
    captured = await world.space("Dock")
    with pytest.raises(Refused, match="past"):
        await begin_backfill(captured.id, world.now + timedelta(days=1), world.context)
    with pytest.raises(Refused, match="CAIRN_PAUSED"):
        await begin_backfill(captured.id, START, replace(world.context, paused=True))
