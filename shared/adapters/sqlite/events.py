"""Append-only facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.table import Tables
from shared.adapters.sqlite.versions import as_document
from shared.domain.events import Event, EventKind
from shared.domain.identity import UserKey
from shared.meter import note


class EventTables(Tables):
    """See `shared.ports.Events` for what each method promises."""

    async def append(self, event: Event) -> bool:
        note("insert")
        with self.failures:
            added = self.connection.execute(
                "INSERT INTO events (id, kind, at, document) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (event.id, event.kind, stamp(event.at), as_document(event)),
            )
            return added.rowcount == 1

    async def counts(self) -> Mapping[EventKind, int]:
        found = self.rows("SELECT kind, count(*) FROM events GROUP BY kind")
        return {EventKind(kind): count for kind, count in found}

    async def latest(self, *, limit: int) -> Sequence[Event]:
        return self.many(Event, "SELECT document FROM events ORDER BY at DESC, id LIMIT ?", limit)

    async def drop_events(self, user: UserKey) -> int:
        gone = self.rows("DELETE FROM events WHERE json_extract(CAST(document AS TEXT), '$.by') = ? RETURNING 1", user)
        return len(gone)

    async def purge_events(self, before: datetime, *, limit: int) -> int:
        gone = self.rows(
            "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE at < ? ORDER BY at LIMIT ?) RETURNING 1",
            stamp(before),
            limit,
        )
        return len(gone)
