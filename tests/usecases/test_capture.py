"""Capture: who may switch it, and who loses access when."""

from datetime import timedelta

import pytest

from shared.domain.audiences import audience_of_space
from shared.domain.postings import PostingKind
from shared.domain.spaces import Space, SpaceKind
from shared.errors import NotAllowed, TryLater
from shared.usecases import capture, members
from shared.usecases.command import Command, obey
from tests.usecases.world import ANN, BOB, CLEO, World


async def fresh(world: World, kind: SpaceKind = SpaceKind.STANDARD) -> Space:
    """A space in which the app was just installed by its owner."""
    return await world.space("Fresh", kind=kind, capture=False)


async def current(world: World, space: Space) -> Space:
    stored = await world.store.space(space.id)
    assert stored is not None
    return stored.value


async def test_an_owner_switches_capture_on_and_the_space_is_told(world: World) -> None:
    space = await fresh(world)
    await capture.switch_on(space.id, ANN, world.context)
    now = await current(world, space)
    assert now.capture
    assert (now.capture_since, now.reads_from) == (world.now, world.now)
    assert f"/teams/team/channels/{space.id}/messages" in [s.resource for s in world.graph.subscribed.values()]
    (notice,) = await world.postings(PostingKind.NOTICE)
    assert "opt out" in notice.text


@pytest.mark.parametrize("kind", [SpaceKind.STANDARD, SpaceKind.CHAT])
async def test_nobody_else_switches_capture(world: World, kind: SpaceKind) -> None:
    space = await fresh(world, kind)
    with pytest.raises(NotAllowed):
        await capture.switch_on(space.id, BOB, world.context)
    assert not (await current(world, space)).capture
    assert world.graph.subscribed == {}


async def test_switching_off_ends_the_subscription(world: World) -> None:
    space = await fresh(world)
    await capture.switch_on(space.id, ANN, world.context)
    await capture.switch_off(space.id, ANN, world.context)
    assert world.graph.subscribed == {}
    assert await world.store.all_subscriptions() == []


async def test_who_leaves_loses_access_even_while_graph_is_busy(world: World) -> None:
    space = await world.space()
    world.graph.busy = True
    with pytest.raises(Exception, match="busy"):
        await members.members_changed(space.id, space.team_id, frozenset({CLEO.key}), world.context)
    assert await world.store.audiences_of(CLEO.key) == frozenset()


async def test_a_space_that_is_gone_has_no_readers(world: World) -> None:
    space = await world.space()
    world.graph.spaces.clear()
    await members.refresh_members(space.id, world.context)
    assert (await current(world, space)).members is None
    assert await world.store.audiences_of(ANN.key) == frozenset()


@pytest.mark.parametrize("words", ["", "hello", "capture", "opt-out please"])
async def test_what_is_not_understood_is_answered_with_help(world: World, words: str) -> None:
    answer = await obey(Command(text=words, by=BOB, space_id=None), world.context)
    assert "You can write to me" in answer


async def test_capture_in_private_is_answered_kindly(world: World) -> None:
    answer = await obey(Command(text="Capture on!", by=BOB, space_id=None), world.context)
    assert "in the channel or chat" in answer


async def test_who_leaves_a_team_leaves_its_private_channels_and_not_the_shared_ones(world: World) -> None:
    general = await world.space("General")
    private = await world.space("Private", kind=SpaceKind.PRIVATE)
    shared = await world.space("Shared", kind=SpaceKind.SHARED)
    world.graph.busy = True
    with pytest.raises(TryLater):
        await members.members_changed(general.id, general.team_id, frozenset({CLEO.key}), world.context)
    assert await world.store.audiences_of(CLEO.key) >= {audience_of_space(shared.id)}
    assert not await world.store.audiences_of(CLEO.key) & {audience_of_space(s.id) for s in (general, private)}


async def test_who_leaves_a_private_channel_stays_in_the_team(world: World) -> None:
    general = await world.space("General")
    private = await world.space("Private", kind=SpaceKind.PRIVATE)
    world.graph.busy = True
    with pytest.raises(TryLater):
        await members.members_changed(private.id, private.team_id, frozenset({CLEO.key}), world.context)
    audiences = await world.store.audiences_of(CLEO.key)
    assert audience_of_space(general.id) in audiences
    assert audience_of_space(private.id) not in audiences


async def test_capture_goes_on_where_graph_refuses_and_says_why(world: World) -> None:
    space = await fresh(world)
    world.graph.quota = 0
    answer = await obey(Command(text="capture on", by=ANN, space_id=space.id), world.context)
    assert "I read along" in answer
    assert "CAIRN_SUBSCRIPTIONS=tenant" in answer
    assert (await current(world, space)).capture


async def test_a_membership_notification_asks_once_for_what_it_tells(world: World) -> None:
    space = await world.space()
    world.now += timedelta(minutes=5)
    received = world.now
    world.now += timedelta(seconds=10)
    for _ in range(3):
        await members.members_notified(None, space.team_id, received, world.context)
    assert world.graph.space_calls == 1
    await members.members_notified(None, space.team_id, world.now + timedelta(seconds=1), world.context)
    assert world.graph.space_calls == 2
