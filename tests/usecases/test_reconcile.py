"""Reconciliation: what notifications never brought is found, whatever happens on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.identity import MessageId
from shared.domain.readings import Reading, Why, next_daily
from shared.domain.spaces import Space, SpaceKind
from shared.errors import TryLater
from shared.ports import QueueName
from shared.usecases import reconcile as reconciling
from shared.usecases.reading import ask_for_reading
from shared.usecases.reconcile import queue_due, reconcile
from tests.usecases.world import ANN, BOB, CLEO, World

KINDS = [SpaceKind.STANDARD, SpaceKind.CHAT]


async def read_all(world: World, space: Space) -> Reading:
    """Work off the queue of readings until it is empty; returns how far the space is read."""
    for _ in range(200):
        bodies = world.queue.take(QueueName.RECONCILIATIONS, world.now)
        if not bodies:
            break
        for _ in bodies:
            await reconcile(space.id, world.context)
    return await reading(world, space)


async def reading(world: World, space: Space) -> Reading:
    stored = await world.store.reading(space.id)
    assert stored is not None
    return stored.value


async def texts(world: World, space: Space) -> list[str]:
    found = [await world.store.message(space.id, MessageId(m)) for s, m in world.graph.messages if s == space.id]
    return [stored.value.text for stored in found if stored is not None]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_never_arrived_what_changed_and_what_was_deleted_is_found(world: World, kind: SpaceKind) -> None:
    space = await world.space(kind=kind)
    edited = await world.say(space, BOB, "Where is the manual?")
    deleted = await world.say(space, CLEO, "The code is in the safe.")
    lost = world.written(space, ANN, "On the shelf by the door.", root=edited.id if space.team_id else None)
    world.graph.messages[(space.id, edited.id)] = replace(
        edited, text="Where is the new manual?", body_hash="x", modified_at=world.now
    )
    world.graph.messages[(space.id, deleted.id)] = replace(
        deleted, text="", body_hash="", deleted_at=world.now, modified_at=world.now
    )
    await ask_for_reading(space.id, Why.MISSED, world.context)
    found = await read_all(world, space)
    assert sorted(await texts(world, space)) == ["", "On the shelf by the door.", "Where is the new manual?"]
    assert lost.id in {m for _, m in world.graph.messages}
    assert found.last_changed == 3
    assert (found.round, found.read_until, found.why) == (None, world.now, Why.DAILY)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_next_round_reads_only_what_is_new(world: World, kind: SpaceKind) -> None:
    space = await world.space(kind=kind)
    for number in range(5):
        world.written(space, BOB, f"Message {number}")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    assert (await read_all(world, space)).last_changed == 5
    world.now += timedelta(days=1)
    world.written(space, BOB, "Message 5")
    await queue_due(world.context)
    assert (await read_all(world, space)).last_changed == 1
    assert await world.store.count_messages() == 6


async def test_a_day_passes_between_rounds_and_spaces_are_spread_over_it(world: World) -> None:
    spaces = [await world.space(f"Space {number}") for number in range(12)]
    assert await queue_due(world.context) == 12
    for space in spaces:
        await reconcile(space.id, world.context)
    world.queue.take(QueueName.RECONCILIATIONS, world.now)
    assert await queue_due(world.context) == 0
    moments = {next_daily(space.id, world.now) for space in spaces}
    assert len(moments) == 12
    assert all(world.now < moment <= world.now + timedelta(days=1) for moment in moments)
    world.now += timedelta(days=1)
    assert await queue_due(world.context) == 12


@pytest.mark.parametrize("kind", KINDS)
async def test_it_goes_on_where_it_was_killed(world: World, kind: SpaceKind, monkeypatch: pytest.MonkeyPatch) -> None:
    space = await world.space(kind=kind)
    world.graph.page = 2
    monkeypatch.setattr(reconciling, "PAGES_AT_ONCE", 1)
    for number in range(9):
        world.written(space, BOB, f"Message {number}")
    await ask_for_reading(space.id, Why.MISSED, world.context)
    await reconcile(space.id, world.context)
    world.graph.busy = True
    with pytest.raises(TryLater):
        await reconcile(space.id, world.context)
    world.graph.busy = False
    half = await reading(world, space)
    assert half.round is not None
    assert half.round.pages == 1
    world.queue.messages.clear()  # the queue message is lost with the process
    world.now += timedelta(minutes=11)
    assert await queue_due(world.context) == 1
    found = await read_all(world, space)
    assert found.last_changed == 9
    assert await world.store.count_messages() == 9


async def test_an_expired_delta_token_begins_afresh_and_loses_nothing(world: World) -> None:
    space = await world.space()
    world.written(space, BOB, "Before")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    await read_all(world, space)
    world.now += timedelta(days=1)
    world.written(space, BOB, "After")
    world.graph.token_generation += 1
    await queue_due(world.context)
    found = await read_all(world, space)
    assert sorted(await texts(world, space)) == ["After", "Before"]
    assert found.delta_link.startswith("1|")


async def test_a_token_that_expires_between_two_pages_begins_afresh(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = await world.space()
    world.graph.page = 1
    monkeypatch.setattr(reconciling, "PAGES_AT_ONCE", 1)
    for number in range(3):
        world.written(space, BOB, f"Message {number}")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    await reconcile(space.id, world.context)
    world.graph.token_generation += 1
    await read_all(world, space)
    assert await world.store.count_messages() == 3


async def test_what_is_missed_during_a_round_is_read_by_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    space = await world.space(kind=SpaceKind.CHAT)
    world.graph.page = 1
    monkeypatch.setattr(reconciling, "PAGES_AT_ONCE", 1)
    for number in range(3):
        world.written(space, BOB, f"Message {number}")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    await reconcile(space.id, world.context)
    world.written(space, BOB, "Meanwhile")
    await ask_for_reading(space.id, Why.MISSED, world.context)
    found = await read_all(world, space)
    assert "Meanwhile" in await texts(world, space)
    assert found.rounds == 2


async def test_two_readers_of_one_space_end_in_the_same_state(world: World) -> None:
    space = await world.space()
    for number in range(4):
        world.written(space, BOB, f"Message {number}")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    await ask_for_reading(space.id, Why.FIRST, world.context)
    found = await read_all(world, space)
    assert await world.store.count_messages() == 4
    assert found.rounds == 1


async def test_a_space_without_capture_is_not_read(world: World) -> None:
    space = await world.space()
    world.written(space, BOB, "Nobody's business")
    await ask_for_reading(space.id, Why.MISSED, world.context)
    stored = await world.store.space(space.id)
    assert stored is not None
    await world.store.put_space(replace(stored.value, capture=False), etag=stored.etag)
    found = await read_all(world, space)
    assert await world.store.count_messages() == 0
    assert (found.due_at, found.round) == (None, None)


async def test_nothing_from_before_capture_comes_in(world: World) -> None:
    space = await world.space()
    world.written(space, BOB, "Before capture")
    stored = await world.store.space(space.id)
    assert stored is not None
    reads_from = world.now + timedelta(seconds=1)
    await world.store.put_space(replace(stored.value, reads_from=reads_from), etag=stored.etag)
    world.written(space, BOB, "Since capture")
    await ask_for_reading(space.id, Why.FIRST, world.context)
    await read_all(world, space)
    assert await texts(world, space) == ["Since capture"]


async def test_a_space_that_is_gone_ends_the_round_and_has_no_readers(world: World) -> None:
    space = await world.space()
    await ask_for_reading(space.id, Why.DAILY, world.context)
    world.graph.spaces.clear()
    found = await read_all(world, space)
    assert found.round is None
    stored = await world.store.space(space.id)
    assert stored is not None
    assert stored.value.members is None


async def test_members_are_asked_for_with_every_round(world: World) -> None:
    space = await world.space(members=(ANN, BOB))
    details = world.graph.spaces[space.id]
    world.graph.spaces[space.id] = replace(details, members=details.members[:1])
    await ask_for_reading(space.id, Why.DAILY, world.context)
    await read_all(world, space)
    assert await world.store.audiences_of(BOB.key) == frozenset()


async def test_paused_nothing_is_read(world: World) -> None:
    space = await world.space()
    world.written(space, BOB, "Hello")
    await ask_for_reading(space.id, Why.MISSED, world.context)
    await reconcile(space.id, replace(world.context, paused=True))
    assert await queue_due(replace(world.context, paused=True)) == 0
    assert await world.store.count_messages() == 0
