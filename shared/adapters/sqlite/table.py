"""Reading documents, and writing one by compare-and-swap: the same for every table."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from shared.adapters.sqlite.failures import Failures
from shared.adapters.sqlite.versions import as_document, from_document
from shared.errors import Conflict
from shared.meter import note
from shared.ports import Stored


class Tables:
    """One connection to the file, and what may go wrong with it."""

    connection: sqlite3.Connection
    failures: Failures

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside, or nothing of it."""
        with self.failures:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    self.connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Every row that a statement gives."""
        note(statement.lstrip()[:6].lower())
        with self.failures:
            return self.connection.execute(statement, values).fetchall()

    def one[T](self, kind: type[T], query: str, *values: object) -> Stored[T] | None:
        """The document and etag that a query selects, or None."""
        note("read")
        with self.failures:
            row = self.connection.execute(query, values).fetchone()
            return None if row is None else Stored(from_document(kind, row[0]), row[1])

    def many[T](self, kind: type[T], query: str, *values: object) -> list[T]:
        """Every document that a query selects, in its order."""
        note("select")
        with self.failures:
            return [from_document(kind, document) for (document,) in self.connection.execute(query, values)]

    def many_stored[T](self, kind: type[T], query: str, *values: object) -> list[Stored[T]]:
        """As `many`, with etags."""
        note("select")
        with self.failures:
            found = self.connection.execute(query, values)
            return [Stored(from_document(kind, document), etag) for document, etag in found]

    def put(self, table: str, key: Mapping[str, object], value: object, etag: str | None, **columns: object) -> str:
        """Insert a document (`etag` None) or replace the very version that was read, in one statement.

        `columns` are what queries ask for beside the key. Returns the new etag. Raises `Conflict` when the
        document is there already, has changed, or is gone. Table and column names are ours, never a caller's.
        """
        note("write")
        with self.failures:
            fresh = uuid4().hex
            content = {**columns, "etag": fresh, "document": as_document(value)}
            if etag is None:
                statement, values = _insert(table, (*key, *content)), (*key.values(), *content.values())
            else:
                statement, values = _replace(table, content, key), (*content.values(), *key.values(), etag)
            if self.connection.execute(statement, values).rowcount != 1:
                raise Conflict(f"a document in {table} was written by somebody else")
            return fresh


def _insert(table: str, names: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608


def _replace(table: str, content: Mapping[str, object], key: Mapping[str, object]) -> str:
    changes = ", ".join(f"{name} = ?" for name in content)
    condition = " AND ".join(f"{name} = ?" for name in key)
    return f"UPDATE {table} SET {changes} WHERE {condition} AND etag = ?"  # noqa: S608
