"""What is so of queues in a file alone: their order, exact times and totals, one transaction, one consumer."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from shared.adapters.queues.messages import Outgoing, QueuedMessage, QueueTotals
from shared.adapters.queues.sqlite import SqliteQueues
from shared.errors import Misconfigured, Refused
from shared.ports import QueueLength

MINUTE = timedelta(minutes=1)


def _bodies(messages: Sequence[QueuedMessage]) -> list[str]:
    return [message.body for message in messages]


async def test_messages_come_in_the_order_in_which_they_became_visible(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    await queues.send("work", "a", delay=2 * MINUTE)
    await queues.send("work", "b")
    await queues.send("work", "c")
    await queues.send("other", "d")
    assert _bodies(queues.receive("work", 32, MINUTE)) == ["b", "c"]
    assert queues.receive("work", 32, MINUTE) == ()
    clock.advance(2 * MINUTE)
    assert _bodies(queues.receive("work", 32, MINUTE)) == ["b", "c", "a"]
    assert _bodies(queues.receive("other", 1, MINUTE)) == ["d"]


async def test_the_holder_of_an_ended_lease_may_still_delete_while_nobody_else_has_taken_it(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    await queues.send("work", "a")
    [leased] = queues.receive("work", 1, MINUTE)
    clock.advance(2 * MINUTE)
    assert queues.delete(leased)


async def test_a_released_message_comes_back_after_its_delay_and_is_a_retry(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    await queues.send("work", "a")
    [leased] = queues.receive("work", 1, MINUTE)
    assert queues.release(leased, 5 * MINUTE)
    assert await queues.length("work") == QueueLength(visible=0, delayed=1, leased=0)
    clock.advance(5 * MINUTE)
    [again] = queues.receive("work", 1, MINUTE)
    assert again.dequeue_count == 2
    assert queues.totals()["work"].retried == 1


async def test_a_poisoned_message_is_kept_and_can_be_replayed_days_later(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    for body in ("a", "b", "c"):
        await queues.send("work", body)
    for message in queues.receive("work", 2, MINUTE):
        assert queues.poison(message)
    assert _bodies(queues.peek("work-poison")) == ["a", "b"]
    assert (await queues.length("work")).visible == 1
    clock.advance(timedelta(days=30))
    assert await queues.replay_poison("work") == 2
    assert await queues.replay_poison("work") == 0
    assert await queues.replay_poison("unused") == 0
    assert "unused" not in queues.totals()
    replayed = queues.receive("work", 32, MINUTE)
    assert _bodies(replayed) == ["c", "a", "b"]
    assert [message.dequeue_count for message in replayed] == [1, 1, 1]
    assert queues.totals()["work"] == QueueTotals(sent=3, replayed=2, completed=0, retried=0, poisoned=2)


@pytest.mark.parametrize(
    ("queue", "body", "delay", "code"),
    [
        ("work", "x" * 49153, timedelta(0), "too_large"),
        ("work", "€" * 16385, timedelta(0), "too_large"),
        ("work", "x", timedelta(days=7, seconds=1), "bad_delay"),
        ("Work", "x", timedelta(0), "bad_queue"),
    ],
)
async def test_what_a_storage_queue_would_not_take_is_refused_and_nothing_is_sent(
    queues: SqliteQueues, queue: str, body: str, delay: timedelta, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await queues.send_many([Outgoing(queue="work", body="fine"), Outgoing(queue=queue, body=body, delay=delay)])
    assert refused.value.code == code
    assert await queues.lengths() == {}


async def test_the_largest_message_and_the_longest_delay_are_taken(queues: SqliteQueues, clock: SimulatedClock) -> None:
    await queues.send("work", "€" * 16384, delay=timedelta(days=7))
    clock.advance(timedelta(days=7))
    [message] = queues.receive("work", 1, MINUTE)
    assert message.body == "€" * 16384


async def test_many_messages_are_written_in_one_transaction(queues: SqliteQueues) -> None:
    """Seen by another connection: never a part of them, whatever breaks between two of them."""
    other = sqlite3.connect(queues.path)
    queues._connection.execute(
        "CREATE TEMP TRIGGER breaks BEFORE INSERT ON main.queue_messages WHEN NEW.body = 'bad' "
        "BEGIN SELECT raise(ABORT, 'disk on fire'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="disk on fire"):
        await queues.send_many([Outgoing(queue="work", body=body) for body in ("a", "bad", "c")])
    assert other.execute("SELECT count(*) FROM queue_messages").fetchone() == (0,)
    await queues.send_many([Outgoing(queue="work", body=body) for body in ("a", "b")])
    assert other.execute("SELECT count(*) FROM queue_messages").fetchone() == (2,)
    other.close()


async def test_lengths_name_every_queue_ever_used(queues: SqliteQueues, clock: SimulatedClock) -> None:
    await queues.send_many([Outgoing(queue="work", body=str(number)) for number in range(4)])
    await queues.send("work", "later", delay=MINUTE)
    await queues.send("done", "x")
    [done] = queues.receive("done", 1, MINUTE)
    assert queues.delete(done)
    [poisoned, *_leased] = queues.receive("work", 3, MINUTE)
    assert queues.poison(poisoned)
    assert await queues.lengths() == {
        "done": QueueLength(visible=0, delayed=0, leased=0),
        "work": QueueLength(visible=1, delayed=1, leased=2),
        "work-poison": QueueLength(visible=1, delayed=0, leased=0),
    }


async def test_the_next_moment_is_that_of_the_first_message_or_lease(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    assert queues.next_visible_at() is None
    await queues.send("work", "a", delay=3 * MINUTE)
    await queues.send("other", "b", delay=2 * MINUTE)
    assert queues.next_visible_at("work") == clock.now() + 3 * MINUTE
    assert queues.next_visible_at() == clock.now() + 2 * MINUTE
    clock.advance(2 * MINUTE)
    queues.receive("other", 1, 10 * MINUTE)
    assert queues.next_visible_at("other") == clock.now() + 10 * MINUTE


async def test_everybody_with_the_file_open_in_this_process_can_be_told_of_a_message(
    queues: SqliteQueues, clock: SimulatedClock
) -> None:
    told: list[str] = []
    elsewhere = SqliteQueues(queues.path, clock.now)
    stop = queues.when_enqueued(told.append)
    await elsewhere.send_many([Outgoing(queue="work", body="a"), Outgoing(queue="work", body="b")])
    await queues.send("other", "c")
    assert told == ["work", "other"]
    stop()
    stop()
    await queues.send("work", "d")
    assert told == ["work", "other"]
    elsewhere.close()


async def test_what_a_dead_consumer_had_leased_comes_back_at_once_in_its_old_place(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    path = tmp_path / "queues.sqlite"
    dead = SqliteQueues(path, clock.now)
    dead.recover()
    for body in ("a", "b", "c"):
        await dead.send("work", body)
        clock.advance(MINUTE)
    dead.receive("work", 2, 10 * MINUTE)
    dead.close()

    heir = SqliteQueues(path, clock.now)
    assert heir.recover() == 2
    received = heir.receive("work", 3, MINUTE)
    assert _bodies(received) == ["a", "b", "c"]
    assert [message.dequeue_count for message in received] == [2, 2, 1]
    assert heir.totals()["work"] == QueueTotals(sent=3, replayed=0, completed=0, retried=2, poisoned=0)
    heir.close()


async def test_a_file_has_one_consumer_at_a_time(queues: SqliteQueues, clock: SimulatedClock) -> None:
    second = SqliteQueues(queues.path, clock.now)
    queues.recover()
    assert queues.recover() == 0
    with pytest.raises(Misconfigured, match=r"queues\.sqlite"):
        second.recover()
    await second.send("work", "sending is free")
    queues.close()
    assert second.recover() == 0
    second.close()


async def test_totals_survive_a_restart(tmp_path: Path, clock: SimulatedClock) -> None:
    path = tmp_path / "queues.sqlite"
    first = SqliteQueues(path, clock.now)
    await first.send_many([Outgoing(queue="work", body=str(number)) for number in range(3)])
    done, failed, bad = first.receive("work", 3, MINUTE)
    assert first.delete(done)
    assert first.release(failed)
    assert first.poison(bad)
    before = first.totals()
    first.close()
    second = SqliteQueues(path, clock.now)
    assert second.totals() == before
    assert before["work"] == QueueTotals(sent=3, replayed=0, completed=1, retried=1, poisoned=1)
    second.close()
