"""Everything of one kind, page by page, by the key of its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from shared.adapters.sqlite.table import Tables
from shared.domain.audiences import space_of_audience
from shared.domain.erasure import Tombstone
from shared.domain.identity import AudienceId
from shared.domain.moving import OF_AN_AUDIENCE, TYPES, Key, Kind, Moved
from shared.domain.tenant import TenantState


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    key: tuple[str, ...]
    of_space: bool = False
    """Whether the first part of the key is a space, and not an audience."""


_TABLES: Mapping[Kind, _Table] = MappingProxyType(
    {
        Kind.PROFILE: _Table("profiles", ("user_key",)),
        Kind.SPACE: _Table("spaces", ("id",), of_space=True),
        Kind.TOPICS: _Table("topics", ("audience_id",)),
        Kind.MESSAGE: _Table("messages", ("space_id", "id"), of_space=True),
        Kind.THREAD: _Table("threads", ("space_id", "id"), of_space=True),
        Kind.SNIPPET: _Table("snippets", ("audience_id", "id")),
        Kind.EXPERTISE: _Table("expertise", ("audience_id", "user_key")),
        Kind.POSTING: _Table("postings", ("id",)),
        Kind.LABEL: _Table("labels", ("id",)),
        Kind.EVENT: _Table("events", ("id",)),
    }
)


class MovingTables(Tables):
    """See `shared.ports.Moving` for what the method promises."""

    async def page(
        self, kind: Kind, after: Key | None, *, limit: int, audience_id: AudienceId | None = None
    ) -> Sequence[Moved]:
        if audience_id is not None and kind not in OF_AN_AUDIENCE:
            raise ValueError(f"no audience sees what is kept as {kind}")
        if kind is Kind.TOMBSTONE:
            return self._tombstones(after, limit)
        if kind is Kind.TENANT:
            states = [] if after else self.many(TenantState, "SELECT document FROM notes WHERE id = 'tenant'")
            return [Moved(kind, state) for state in states[:limit]]
        table = _TABLES[kind]
        names = ", ".join(table.key)
        start, where = after or ("",) * len(table.key), ""
        values: tuple[str, ...] = ()
        if audience_id is not None:
            seen_by = space_of_audience(audience_id) if table.of_space else audience_id
            if seen_by is None:
                return []
            where, values = f" AND {table.key[0]} = ?", (seen_by,)
            if kind is Kind.SNIPPET:
                where += " AND usable = 1"
        query = (
            f"SELECT document FROM {table.name} WHERE ({names}) > ({', '.join('?' * len(table.key))}){where} "  # noqa: S608
            f"ORDER BY {names} LIMIT ?"
        )
        found: list[object] = self.many(TYPES[kind], query, *start, *values, limit)
        return [Moved(kind, value) for value in found]

    def _tombstones(self, after: Key | None, limit: int) -> Sequence[Moved]:
        query = "SELECT hash, at FROM tombstones WHERE hash > ? ORDER BY hash LIMIT ?"
        found = self.rows(query, after[0] if after else "", limit)
        return [Moved(Kind.TOMBSTONE, Tombstone(hashed=hashed, at=datetime.fromisoformat(at))) for hashed, at in found]
