"""Finding every document of a table that holds some text: for erasing people, where there is no index to ask."""

import asyncio

from shared.adapters.sqlite.documents import encoded
from shared.adapters.sqlite.table import Tables
from shared.ports import Stored

_AT_ONCE = 2000
"""Rows that are looked through before other work gets its turn."""


class Scans(Tables):
    """What the tables of documents share."""

    async def naming[T](self, kind: type[T], table: str, texts: tuple[str, ...]) -> list[Stored[T]]:
        """Every document that holds one of these texts, in any case of the letters a to z; none for no texts.

        Reads the whole table, in steps; what others write meanwhile may be missed. The table's name is ours.
        """
        wanted = [as_written(text) for text in texts if text]
        found: list[Stored[T]] = []
        if not wanted:
            return found
        holds = " OR ".join("instr(lower(CAST(document AS TEXT)), ?)" for _ in wanted)
        query = f"SELECT document, etag FROM {table} WHERE rowid > ? AND rowid <= ? AND ({holds})"  # noqa: S608
        ((last,),) = self.rows(f"SELECT coalesce(max(rowid), 0) FROM {table}")  # noqa: S608
        for first in range(0, last, _AT_ONCE):
            found += self.many_stored(kind, query, first, first + _AT_ONCE, *wanted)
            await asyncio.sleep(0)
        return found


def as_written(text: str) -> str:
    """A text as it stands inside a document's JSON, with a to z in lower case, as SQLite's `lower` has it."""
    return "".join(c.lower() if c.isascii() else c for c in encoded(text)[1:-1].decode())
