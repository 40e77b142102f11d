"""An event hub on one machine: one partition, one consumer group, in a SQLite file.

Events stay in their order until a checkpoint passes them; what was read but not passed is read again,
by this process or the next.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared.errors import Refused

LARGEST = 1_048_576
"""Bytes that an event may have."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hub_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    enqueued_at TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubEvent:
    """One event; `sequence` rises without end."""

    sequence: int
    body: bytes
    enqueued_at: datetime


class LocalEventHub:
    """Takes events and hands them to the function that listens."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """`now` is the clock that events are stamped by."""
        self._now = now
        self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(_SCHEMA)
        self._listeners: list[Callable[[], None]] = []

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    async def send(self, body: bytes) -> None:
        """Put an event behind the others. Raises `Refused` (`too_large`) for more bytes than an event may have."""
        if len(body) > LARGEST:
            raise Refused(f"an event may have {LARGEST:,} bytes at most", code="too_large")
        self._connection.execute(
            "INSERT INTO hub_events (body, enqueued_at) VALUES (?, ?)", (body, self._now().isoformat())
        )
        for listener in list(self._listeners):
            listener()

    def read(self, most: int) -> Sequence[HubEvent]:
        """The oldest events that no checkpoint has passed; they stay. Empty when there are none."""
        rows = self._connection.execute(
            "SELECT sequence, body, enqueued_at FROM hub_events ORDER BY sequence LIMIT ?", (most,)
        )
        return [
            HubEvent(sequence=number, body=body, enqueued_at=datetime.fromisoformat(at)) for number, body, at in rows
        ]

    def checkpoint(self, sequence: int) -> None:
        """Let every event up to this one be gone."""
        self._connection.execute("DELETE FROM hub_events WHERE sequence <= ?", (sequence,))

    def is_empty(self) -> bool:
        """Whether a checkpoint has passed every event."""
        return self._connection.execute("SELECT 1 FROM hub_events LIMIT 1").fetchone() is None

    def when_sent(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each event that this process sends; returns what makes that stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
