"""Reading and compare-and-swap of one document, the same for every table."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from shared.adapters.sqlite.documents import decoded
from shared.errors import Conflict, Misconfigured, TryLater
from shared.ports import Stored

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


class Tables:
    """One connection to the file. Every method is one short transaction; see docs/decisions/0002."""

    connection: sqlite3.Connection
    name: str

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. A busy file is `TryLater`; a full or damaged one is `Misconfigured`, by name."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith(_BUSY):
                raise TryLater("the store is busy", after=timedelta(seconds=5)) from error
            raise Misconfigured(f"CAIRN_STORE_PATH: {self.name} can't be used ({error})") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise Misconfigured(f"CAIRN_STORE_PATH: {self.name} is no usable store ({error})") from error

    def one[T](self, kind: type[T], query: str, *values: object) -> Stored[T] | None:
        """The document and etag that a query selects, or None."""
        row = self.connection.execute(query, values).fetchone()
        return None if row is None else Stored(decoded(kind, row[0]), row[1])

    def many[T](self, kind: type[T], query: str, *values: object) -> list[T]:
        """Every document that a query selects, in its order."""
        return [decoded(kind, row[0]) for row in self.connection.execute(query, values)]

    def many_stored[T](self, kind: type[T], query: str, *values: object) -> list[Stored[T]]:
        """As `many`, with etags."""
        return [Stored(decoded(kind, row[0]), row[1]) for row in self.connection.execute(query, values)]

    def swap(
        self,
        connection: sqlite3.Connection,
        table: str,
        key: Mapping[str, object],
        rest: Mapping[str, object],
        etag: str | None,
    ) -> str:
        """Insert a document (`etag` None) or replace the very version that was read; returns the new etag.

        Raises `Conflict` when it is there already, has changed, or is gone. `table` and the column names
        are our own words, never a caller's.
        """
        fresh = uuid4().hex
        columns = {**key, **rest, "etag": fresh}
        if etag is None:
            names = ", ".join(columns)
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
            done = connection.execute(statement, tuple(columns.values()))
        else:
            changes = {**rest, "etag": fresh}
            assignments = ", ".join(f"{name} = ?" for name in changes)
            condition = " AND ".join(f"{name} = ?" for name in key)
            statement = f"UPDATE {table} SET {assignments} WHERE {condition} AND etag = ?"  # noqa: S608
            done = connection.execute(statement, (*changes.values(), *key.values(), etag))
        if done.rowcount != 1:
            raise Conflict(f"the document in {table} was written by somebody else")
        return fresh
