"""Delivery: reserved, posted, recorded; a crash, a busy Teams and a deleted card are all survived without a double."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.postings import Posting, PostingKind, PostingState, posting_id_of
from shared.domain.spaces import Space
from shared.errors import TryLater
from shared.usecases.deliver import deliver
from shared.usecases.suggest import want
from shared.usecases.upkeep import sweep
from tests.usecases.world import BOB, World


async def wanted(world: World, space: Space, *, private: bool = False) -> Posting:
    posting = Posting(
        id=posting_id_of(PostingKind.NOTICE, space.id, about="test"),
        kind=PostingKind.NOTICE,
        space_id=space.id,
        recipient=BOB if private else None,
        text="Cairn reads along.",
        created_at=world.now,
    )
    await want(posting, world.context)
    return posting


async def state(world: World, posting: Posting) -> Posting:
    stored = await world.store.posting(posting.id)
    assert stored is not None
    return stored.value


async def test_a_wanted_card_is_posted_once_and_recorded(world: World) -> None:
    posting = await wanted(world, await world.space())
    await deliver(posting.id, world.context)
    await deliver(posting.id, world.context)
    assert world.teams.posts == 1
    assert (await state(world, posting)).state is PostingState.POSTED


async def test_a_crash_between_posting_and_recording_posts_nothing_twice(world: World) -> None:
    posting = await wanted(world, await world.space())
    world.teams.dies_after_posting = True
    with pytest.raises(asyncio.CancelledError):
        await deliver(posting.id, world.context)
    assert (await state(world, posting)).state is PostingState.RESERVED
    await deliver(posting.id, world.context)
    assert world.teams.posts == 1
    assert world.graph.looked_for == [posting.id]
    recorded = await state(world, posting)
    assert (recorded.state, recorded.activity_id) == (PostingState.POSTED, "activity-1")


async def test_a_reservation_that_was_never_posted_is_posted(world: World) -> None:
    posting = await wanted(world, await world.space())
    world.teams.busy = True
    with pytest.raises(TryLater) as raised:
        await deliver(posting.id, world.context)
    assert raised.value.after == timedelta(seconds=7)
    world.teams.busy = False
    await deliver(posting.id, world.context)
    assert (world.teams.posts, world.graph.looked_for) == (1, [posting.id])


async def test_a_changed_card_is_updated_and_an_unchanged_one_left_alone(world: World) -> None:
    posting = await wanted(world, await world.space())
    await deliver(posting.id, world.context)
    stored = await world.store.posting(posting.id)
    assert stored is not None
    changed = Posting(
        **{f: getattr(stored.value, f) for f in stored.value.__slots__} | {"text": "Cairn no longer reads."}
    )
    await world.store.put_posting(changed, etag=stored.etag)
    await deliver(posting.id, world.context)
    await deliver(posting.id, world.context)
    assert (world.teams.posts, world.teams.updates) == (1, 1)


async def test_a_card_that_somebody_deleted_is_not_put_up_again(world: World) -> None:
    space = await world.space()
    posting = await wanted(world, space)
    await deliver(posting.id, world.context)
    world.teams.cards[space.id].clear()
    stored = await world.store.posting(posting.id)
    assert stored is not None
    changed = Posting(**{f: getattr(stored.value, f) for f in stored.value.__slots__} | {"text": "Another text."})
    await world.store.put_posting(changed, etag=stored.etag)
    await deliver(posting.id, world.context)
    assert (await state(world, posting)).state is PostingState.WITHDRAWN
    assert world.teams.posts == 1


async def test_a_person_without_the_app_is_not_written_to(world: World) -> None:
    posting = await wanted(world, await world.space(), private=True)
    world.teams.not_installed_for.add(BOB.key)
    await deliver(posting.id, world.context)
    assert (await state(world, posting)).state is PostingState.WITHDRAWN
    assert world.teams.posts == 0


async def test_the_sweep_finds_a_delivery_whose_queue_message_was_lost(world: World) -> None:
    await wanted(world, await world.space())
    world.queue.messages.clear()
    world.now += timedelta(minutes=6)
    assert (await sweep(world.context)).postings == 1
    assert world.queue.count("deliveries") == 1


async def test_an_unknown_posting_is_no_error(world: World) -> None:
    posting_id = posting_id_of(PostingKind.NOTICE, (await world.space()).id, about="never made")
    assert (await deliver(posting_id, world.context)).state is None
