"""How a queue message is written in SQLite: the tables, and the statements on single rows."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from shared.adapters.queues.messages import QueuedMessage

# Moments are microseconds since 1970. `ready_at` is when a message would have been visible had nobody
# leased it, so that a message returned by a dead consumer keeps its place in the queue.
SCHEMA = """
CREATE TABLE IF NOT EXISTS queue_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    inserted_at INTEGER NOT NULL,
    ready_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    dequeue_count INTEGER NOT NULL DEFAULT 0,
    pop_receipt TEXT
);
CREATE INDEX IF NOT EXISTS queue_messages_in_order ON queue_messages (queue, visible_at, id);
CREATE TABLE IF NOT EXISTS queue_totals (
    queue TEXT PRIMARY KEY,
    sent INTEGER NOT NULL DEFAULT 0,
    replayed INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    retried INTEGER NOT NULL DEFAULT 0,
    poisoned INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""

Fate = Literal["sent", "replayed", "completed", "retried", "poisoned"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SELECT = "SELECT id, queue, body, inserted_at, visible_at, dequeue_count, pop_receipt FROM queue_messages"


def stamp(moment: datetime) -> int:
    """A moment as the tables hold it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """What `stamp` was given."""
    return _EPOCH + timedelta(microseconds=microseconds)


def visible(connection: sqlite3.Connection, queue: str, now: datetime, count: int) -> list[QueuedMessage]:
    """The first `count` visible messages of a queue, those first that became visible first."""
    rows = connection.execute(
        f"{_SELECT} WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?",
        (queue, stamp(now), count),
    )
    return [_message(row) for row in rows]


def all_of(connection: sqlite3.Connection, queue: str) -> list[QueuedMessage]:
    """Every message of a queue, in the order they were sent."""
    return [_message(row) for row in connection.execute(f"{_SELECT} WHERE queue = ? ORDER BY id", (queue,))]


def first_visible_at(connection: sqlite3.Connection, queue: str | None) -> datetime | None:
    """When the next message of a queue (None: of any) is or was to be seen; None without messages."""
    if queue is None:
        found = connection.execute("SELECT min(visible_at) FROM queue_messages")
    else:
        found = connection.execute("SELECT min(visible_at) FROM queue_messages WHERE queue = ?", (queue,))
    (first,) = found.fetchone()
    return None if first is None else moment(first)


def insert(connection: sqlite3.Connection, queue: str, body: str, now: datetime, visible_at: datetime) -> None:
    """Write a new message."""
    connection.execute(
        "INSERT INTO queue_messages (queue, body, inserted_at, ready_at, visible_at) VALUES (?, ?, ?, ?, ?)",
        (queue, body, stamp(now), stamp(visible_at), stamp(visible_at)),
    )


def remove(connection: sqlite3.Connection, message: QueuedMessage) -> bool:
    """Delete a leased message; False when the lease is no longer the one it was received under."""
    removed = connection.execute(
        "DELETE FROM queue_messages WHERE id = ? AND pop_receipt = ?", (message.id, message.pop_receipt)
    )
    return removed.rowcount == 1


def count(connection: sqlite3.Connection, queue: str, fate: Fate, number: int = 1) -> None:
    """Add to a queue's totals, in the transaction of what is counted."""
    connection.execute(
        f"INSERT INTO queue_totals (queue, {fate}) VALUES (?, ?) "  # noqa: S608  (one of five words)
        f"ON CONFLICT (queue) DO UPDATE SET {fate} = {fate} + excluded.{fate}",
        (queue, number),
    )


def _message(row: tuple[Any, ...]) -> QueuedMessage:
    message_id, queue, body, inserted_at, visible_at, dequeue_count, pop_receipt = row
    return QueuedMessage(
        id=message_id,
        queue=queue,
        body=body,
        inserted_at=moment(inserted_at),
        visible_at=moment(visible_at),
        dequeue_count=dequeue_count,
        pop_receipt=pop_receipt,
    )
