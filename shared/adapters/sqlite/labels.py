"""What people's acts say about what Cairn claimed."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.table import Tables
from shared.domain.identity import UserKey
from shared.domain.labels import Label, Task
from shared.ports import Stored


class LabelTables(Tables):
    """See `shared.ports.Labels` for what each method promises."""

    async def label(self, label_id: str) -> Stored[Label] | None:
        return self.one(Label, "SELECT document, etag FROM labels WHERE id = ?", label_id)

    async def put_label(self, label: Label, *, etag: str | None) -> str:
        return self.put("labels", {"id": label.id}, label, etag, task=label.task, at=stamp(label.at))

    async def drop_label(self, label_id: str) -> None:
        self.rows("DELETE FROM labels WHERE id = ?", label_id)

    async def labels(self, task: Task, *, limit: int) -> Sequence[Label]:
        query = "SELECT document FROM labels WHERE task = ? ORDER BY at DESC, id LIMIT ?"
        return self.many(Label, query, task, limit)

    async def drop_labels(self, user: UserKey) -> int:
        involved = (
            "json_extract(CAST(document AS TEXT), '$.by') = ?1 OR EXISTS "
            "(SELECT 1 FROM json_each(CAST(document AS TEXT), '$.about') WHERE value = ?1)"
        )
        return len(self.rows(f"DELETE FROM labels WHERE {involved} RETURNING 1", user))  # noqa: S608

    async def purge_labels(self, before: datetime, *, limit: int) -> int:
        gone = self.rows(
            "DELETE FROM labels WHERE rowid IN (SELECT rowid FROM labels WHERE at < ? ORDER BY at LIMIT ?) RETURNING 1",
            stamp(before),
            limit,
        )
        return len(gone)
