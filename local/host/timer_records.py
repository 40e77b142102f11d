"""What a timer remembers over restarts: kept beside the queues, in the same file."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS host_timers (
    function TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    last_run TEXT,
    next_run TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRecord:
    """When a timer last ran (None: never) and is to run next, by the schedule it had."""

    schedule: str
    last_run: datetime | None
    next_run: datetime


class TimerRecords:
    """The records of all timers in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        self._connection.execute(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def read(self, function: str) -> TimerRecord | None:
        """A timer's record; None when it was never started on this file."""
        row = self._connection.execute(
            "SELECT schedule, last_run, next_run FROM host_timers WHERE function = ?", (function,)
        ).fetchone()
        if row is None:
            return None
        schedule, last_run, next_run = row
        return TimerRecord(
            schedule=schedule,
            last_run=datetime.fromisoformat(last_run) if last_run else None,
            next_run=datetime.fromisoformat(next_run),
        )

    def write(self, function: str, record: TimerRecord) -> None:
        """Keep a timer's record in place of the one before."""
        self._connection.execute(
            "INSERT OR REPLACE INTO host_timers (function, schedule, last_run, next_run) VALUES (?, ?, ?, ?)",
            (
                function,
                record.schedule,
                record.last_run.isoformat() if record.last_run else None,
                record.next_run.isoformat(),
            ),
        )
