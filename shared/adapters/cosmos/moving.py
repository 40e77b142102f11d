"""Everything of one kind, page by page: by id within a partition, and the partitions one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from shared.adapters.cosmos.containers import CONVERSATIONS, EXPERTISE, SNIPPETS, SPACES, Container
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id
from shared.adapters.cosmos.parts import Parts
from shared.adapters.cosmos.queries import (
    NEXT_AUDIENCE,
    NEXT_OF_EXPERTISE,
    NEXT_SPACE,
    PAGE_OF_AUDIENCE,
    PAGE_OF_EVENTS,
    PAGE_OF_EXPERTISE,
    PAGE_OF_LABELS,
    PAGE_OF_POSTINGS,
    PAGE_OF_PROFILES,
    PAGE_OF_SPACE,
    PAGE_OF_SPACES,
    PAGE_OF_TOMBSTONES,
    PAGE_OF_TOPICS,
    PAGE_OF_USABLE,
    Query,
)
from shared.domain.audiences import space_of_audience
from shared.domain.erasure import Tombstone
from shared.domain.identity import AudienceId
from shared.domain.moving import OF_AN_AUDIENCE, TYPES, Key, Kind, Moved


@dataclass(frozen=True, slots=True)
class _Partitioned:
    """Kinds that share a partition with others of theirs: a space's, or an audience's."""

    container: Container
    here: Query
    following: Query
    of_space: bool = False


_PARTITIONED: Mapping[Kind, _Partitioned] = MappingProxyType(
    {
        Kind.MESSAGE: _Partitioned(CONVERSATIONS, PAGE_OF_SPACE, NEXT_SPACE, of_space=True),
        Kind.THREAD: _Partitioned(CONVERSATIONS, PAGE_OF_SPACE, NEXT_SPACE, of_space=True),
        Kind.SNIPPET: _Partitioned(SNIPPETS, PAGE_OF_AUDIENCE, NEXT_AUDIENCE),
        Kind.EXPERTISE: _Partitioned(EXPERTISE, PAGE_OF_EXPERTISE, NEXT_OF_EXPERTISE),
    }
)
_FLAT: Mapping[Kind, Query] = MappingProxyType(
    {
        Kind.SPACE: PAGE_OF_SPACES,
        Kind.TOPICS: PAGE_OF_TOPICS,
        Kind.PROFILE: PAGE_OF_PROFILES,
        Kind.POSTING: PAGE_OF_POSTINGS,
    }
)
"""By their own key, each in a partition of its own."""
_BY_ID: Mapping[Kind, tuple[Query, str | None]] = MappingProxyType(
    {
        Kind.EVENT: (PAGE_OF_EVENTS, None),
        Kind.LABEL: (PAGE_OF_LABELS, "@labels"),
        Kind.TOMBSTONE: (PAGE_OF_TOMBSTONES, "@tombstones"),
    }
)
"""By their document's id: those of all partitions, or of the one with that key."""


class MovingParts(Parts):
    """See `shared.ports.Moving` for what the method promises."""

    async def page(
        self, kind: Kind, after: Key | None, *, limit: int, audience_id: AudienceId | None = None
    ) -> Sequence[Moved]:
        if audience_id is not None and kind not in OF_AN_AUDIENCE:
            raise ValueError(f"no audience sees what is kept as {kind}")
        if limit < 1:
            return []
        if audience_id is not None:
            found = await self._of_audience(kind, audience_id, after, limit)
        elif kind is Kind.TENANT:
            state = await self.of(SPACES).read("tenant", "@tenant") if after is None else None
            found = [state] if state else []
        elif kind in _PARTITIONED:
            found = await self._all_partitions(kind, after, limit)
        elif kind in _FLAT:
            query = _FLAT[kind]
            found = await self.of(query.container).ask(query, {"after": after[0] if after else ""}, limit=limit)
        else:
            query, key = _BY_ID[kind]
            start = document_id(kind, *after) if after else ""
            found = await self.of(query.container).ask(query, {"after": start}, key=key, limit=limit)
        return [Moved(kind, _value(kind, content)) for content in found]

    async def _all_partitions(self, kind: Kind, after: Key | None, limit: int) -> list[Json]:
        found: list[Json] = []
        key = after[0] if after else None
        start = _document(kind, after) if after else ""
        while True:
            if key is not None:
                found += await self._partition(kind, _PARTITIONED[kind].here, key, start, limit - len(found))
            if len(found) >= limit:
                return found
            where = _PARTITIONED[kind]
            asked = {"type": kind, "after": key or ""}
            following = await self.of(where.container).ask(where.following, asked, limit=1)
            if not following:
                return found
            key, start = following[0][where.container.key], ""

    async def _partition(self, kind: Kind, query: Query, key: str, start: str, limit: int) -> list[Json]:
        return await self.of(query.container).ask(query, {"type": kind, "after": start}, key=key, limit=limit)

    async def _of_audience(self, kind: Kind, audience_id: AudienceId, after: Key | None, limit: int) -> list[Json]:
        space_id = space_of_audience(audience_id)
        if kind is Kind.SPACE:
            space = await self.of(SPACES).read(document_id("space"), space_id) if space_id and not after else None
            return [space] if space else []
        where = _PARTITIONED[kind]
        key = space_id if where.of_space else audience_id
        if key is None:
            return []
        query = PAGE_OF_USABLE if kind is Kind.SNIPPET else where.here
        return await self._partition(kind, query, key, _document(kind, after) if after else "", limit)


def _document(kind: Kind, key: Key) -> str:
    """The id of a document within its partition: by the part of the key that the partition does not say."""
    return document_id(kind, key[-1])


def _value(kind: Kind, content: Json) -> object:
    if kind is Kind.TOMBSTONE:
        return Tombstone(hashed=content["id"].removeprefix("tombstone."), at=datetime.fromisoformat(content["at"]))
    return value_of(TYPES[kind], content)
