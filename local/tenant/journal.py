"""Keeps the tenant's records in one SQLite file, so that a killed tenant goes on where it stood.

The working state is in memory; the file holds the last value of every record. Changes gather until
`commit`, which writes them in one transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
)
"""
_PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
_DROP = "DELETE FROM records WHERE kind = ? AND key = ?"


class Journal:
    """The file behind the tables; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._pending: dict[tuple[str, str], object] = {}
        self._file: sqlite3.Connection | None = None
        if path is not None:
            self._file = sqlite3.connect(path, isolation_level=None)
            self._file.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing that was committed; only a power cut could.
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(_SCHEMA)

    def rows(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """The kept records of a kind, in the order in which they were first written."""
        if self._file is not None:
            yield from self._file.execute("SELECT key, value FROM records WHERE kind = ? ORDER BY rowid", (kind,))

    def note(self, kind: str, key: str, row: object) -> None:
        """Remember a record as it now is for the next commit; None forgets the record.

        It is written as it is at the commit: records are replaced, never changed in place.
        """
        if self._file is not None:
            self._pending[(kind, key)] = row

    def commit(self) -> None:
        """Write everything noted since the last commit, or nothing if that fails."""
        if self._file is None or not self._pending:
            return
        self._file.execute("BEGIN IMMEDIATE")
        try:
            for (kind, key), row in self._pending.items():
                if row is None:
                    self._file.execute(_DROP, (kind, key))
                else:
                    self._file.execute(_PUT, (kind, key, msgspec.json.encode(row)))
        except sqlite3.Error:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")
        self._pending.clear()

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        if self._file is not None:
            self._file.close()
            self._file = None


class Table[T]:
    """The records of one kind, by key, in the order in which they were first put."""

    def __init__(self, journal: Journal, kind: str, row: type[T], key: Callable[[T], str]) -> None:
        self._journal = journal
        self._kind = kind
        self._key = key
        self._rows = {k: msgspec.json.decode(value, type=row) for k, value in journal.rows(kind)}

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> T | None:
        """The record with this key, or None."""
        return self._rows.get(key)

    def put(self, row: T) -> T:
        """Add a record or replace the one with its key; returns it."""
        key = self._key(row)
        self._rows[key] = row
        self._journal.note(self._kind, key, row)
        return row

    def drop(self, key: str) -> None:
        """Forget a record; an unknown key changes nothing."""
        if self._rows.pop(key, None) is not None:
            self._journal.note(self._kind, key, None)
