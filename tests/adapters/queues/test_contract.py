"""What every kind of queues keeps to, tested on each: at least once, in no certain order, nothing lost."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest

from shared.adapters.queues.messages import QueuedMessage
from shared.errors import Refused
from shared.ports import QueueLength
from tests.adapters.queues.kinds import LEASE, Kind

SECOND = timedelta(seconds=1)
NOTHING = QueueLength(visible=0, delayed=0, leased=0)


def _bodies(messages: Iterable[QueuedMessage]) -> list[str]:
    return sorted(message.body for message in messages)


async def _total(kind: Kind, queue: str) -> int:
    length = (await kind.port.lengths()).get(queue, NOTHING)
    return length.visible + length.delayed + length.leased


async def test_what_is_sent_is_received_from_its_queue_and_counted_as_tried_once(kind: Kind) -> None:
    for body in ("a", "b", "c"):
        await kind.port.send("work", body)
    await kind.port.send("other", "d")
    received = await kind.receive("work")
    assert _bodies(received) == ["a", "b", "c"]
    assert {message.dequeue_count for message in received} == {1}
    assert _bodies(await kind.receive("other")) == ["d"]
    assert not await kind.receive("work")


async def test_a_queue_that_was_never_used_is_empty(kind: Kind) -> None:
    assert list(await kind.receive("unused")) == []
    assert list(await kind.peek("unused")) == []
    assert await kind.port.lengths() == {}


@pytest.mark.parametrize("body", ["", " ", "ü€😀", '{"a": "<&>]]>"}', "\x00\x01\r\n\ufffe", "€" * 16384])
async def test_a_body_arrives_as_it_was_sent(kind: Kind, body: str) -> None:
    await kind.port.send("work", body)
    [message] = await kind.receive("work")
    assert message.body == body


async def test_what_is_larger_than_a_storage_message_arrives_whole(kind: Kind) -> None:
    body = "€" * 16_385
    await kind.port.send("work", body)
    [message] = await kind.receive("work")
    async with kind.port.opened(message.body) as opened:
        assert opened == body


async def test_no_more_are_leased_than_were_asked_for_and_none_twice(kind: Kind) -> None:
    for number in range(5):
        await kind.port.send("work", str(number))
    parts = await asyncio.gather(*(kind.receive("work", 2) for _ in range(4)))
    assert max(len(part) for part in parts) == 2
    assert _bodies(message for part in parts for message in part) == ["0", "1", "2", "3", "4"]


async def test_a_lease_hides_a_message_and_its_end_shows_it_again_with_a_higher_count(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [first] = await kind.receive("work", 1, SECOND)
    assert not await kind.receive("work")
    [second] = await kind.receive_after(SECOND, "work")
    assert (second.id, second.body, second.dequeue_count) == (first.id, "a", 2)
    assert second.pop_receipt != first.pop_receipt
    assert second.inserted_at == first.inserted_at


async def test_a_lost_lease_deletes_releases_extends_and_poisons_nothing(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [stale] = await kind.receive("work", 1, SECOND)
    [valid] = await kind.receive_after(SECOND, "work")
    assert not await kind.delete(stale)
    assert not await kind.release(stale)
    assert not await kind.poison(stale)
    assert await kind.extend(stale, LEASE) is None
    assert await _total(kind, "work") == 1
    assert await _total(kind, "work-poison") == 0
    assert await kind.delete(valid)
    assert not await kind.delete(valid)
    assert await _total(kind, "work") == 0


async def test_extending_a_lease_keeps_the_message_hidden_under_a_new_receipt(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [leased] = await kind.receive("work")
    extended = await kind.extend(leased, 2 * LEASE)
    assert extended is not None
    assert (extended.id, extended.body, extended.dequeue_count) == (leased.id, "a", 1)
    assert extended.visible_at > leased.visible_at
    assert not await kind.receive("work")
    assert not await kind.delete(leased)
    assert await kind.delete(extended)


async def test_a_released_message_comes_back_with_a_higher_count(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [leased] = await kind.receive("work")
    assert await kind.release(leased)
    [again] = await kind.receive("work")
    assert (again.body, again.dequeue_count) == ("a", 2)
    assert await kind.release(again, LEASE)
    assert not await kind.receive("work")
    assert await _total(kind, "work") == 1


async def test_a_message_that_is_only_peeked_at_stays_as_it_is(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [peeked] = await kind.peek("work")
    assert (peeked.body, peeked.dequeue_count, peeked.pop_receipt) == ("a", 0, None)
    [received] = await kind.receive("work")
    assert received.dequeue_count == 1


async def test_a_delayed_message_waits_for_its_time(kind: Kind) -> None:
    await kind.port.send("work", "later", delay=SECOND)
    assert not await kind.receive("work")
    assert (await kind.port.lengths())["work"] == QueueLength(visible=0, delayed=1, leased=0)
    [message] = await kind.receive_after(SECOND, "work")
    assert (message.body, message.dequeue_count) == ("later", 1)


async def test_what_is_put_back_is_a_new_message_that_was_never_tried(kind: Kind) -> None:
    await kind.port.send("work", "a")
    [tried] = await kind.receive("work")
    await kind.port.put_back("work", tried.body, delay=timedelta(0))
    assert await kind.delete(tried)
    [again] = await kind.receive("work")
    assert (again.body, again.dequeue_count) == ("a", 1)


async def test_the_longest_delay_is_seven_days_and_putting_back_for_longer_means_seven(kind: Kind) -> None:
    await kind.port.send("work", "a", delay=timedelta(days=7))
    await kind.port.put_back("work", "b", delay=timedelta(days=30))
    assert (await kind.port.lengths())["work"] == QueueLength(visible=0, delayed=2, leased=0)


@pytest.mark.parametrize(
    ("queue", "body", "delay", "code"),
    [
        ("work", "\ud800", timedelta(0), "not_text"),
        ("work", "x", timedelta(days=7, seconds=1), "bad_delay"),
        ("work", "x", timedelta(seconds=-1), "bad_delay"),
        ("Work", "x", timedelta(0), "bad_queue"),
        ("wo", "x", timedelta(0), "bad_queue"),
        ("w" * 64, "x", timedelta(0), "bad_queue"),
        ("work--now", "x", timedelta(0), "bad_queue"),
        ("work", "x" * (4 * 1024 * 1024 + 1), timedelta(0), "too_large"),
    ],
)
async def test_what_no_queue_can_take_is_refused_and_nothing_is_sent(
    kind: Kind, queue: str, body: str, delay: timedelta, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await kind.port.send(queue, body, delay=delay)
    assert refused.value.code == code
    assert await kind.port.lengths() == {}


async def test_poison_is_kept_and_replayed_as_if_never_tried(kind: Kind) -> None:
    for body in ("a", "b", "c"):
        await kind.port.send("work", body)
    failed = [message for message in await kind.receive("work") if message.body != "c"]
    for message in failed:
        assert await kind.poison(message)
    assert _bodies(await kind.peek("work-poison")) == ["a", "b"]
    assert (await kind.port.lengths())["work-poison"].visible == 2
    assert await kind.replay_poison("work") == 2
    assert await kind.replay_poison("work") == 0
    assert await kind.replay_poison("unused") == 0
    replayed = await kind.receive("work")
    assert _bodies(replayed) == ["a", "b"]
    assert {message.dequeue_count for message in replayed} == {1}
    assert await _total(kind, "work-poison") == 0


async def test_lengths_tell_of_work_and_of_poison(kind: Kind) -> None:
    for number in range(4):
        await kind.port.send("work", str(number))
    await kind.port.send("work", "later", delay=LEASE)
    await kind.port.send("other", "x")
    [done] = await kind.receive("other")
    assert await kind.delete(done)
    poisoned, *_leased = await kind.receive("work", 3)
    assert await kind.poison(poisoned)
    lengths = await kind.port.lengths()
    assert lengths["other"] == NOTHING
    assert lengths["work-poison"] == QueueLength(visible=1, delayed=0, leased=0)
    assert lengths["work"].visible == 1
    assert lengths["work"].delayed + lengths["work"].leased == 3
