"""Lists: small documents in a partition of their own that say where something stands that is to be found again.

Threads that are due, postings that are unfinished, the postings of a thread or a snippet: each is asked for across
all partitions of where the documents are, and often. A list turns that into one partition of tiny entries.

There are no transactions across partitions, so the order of writes keeps lists true. An entry is written before
the document, which then names it; it is removed after the document has ceased to name it. An entry that its document
does not name counts for nothing: it is of a write that has not happened yet, never happened, or is over. So an
entry may be left over after a crash, but none is ever missing. Left-over ones are removed when they are met.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from uuid import uuid4

from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.documents import Entry, Json, Version, Wrapped, version_in, version_of_document
from shared.adapters.cosmos.queries import LISTED, LISTED_UNTIL
from shared.errors import CairnError, Conflict, Refused

_LEFT_OVER = 600.0
"""Seconds after which an entry that no document names is no write under way any more."""
_AT_ONCE = 16

type Finder = Callable[[list[str]], Awaitable[Json | None]]
"""Reads the document that an entry points to."""


class Lists:
    """The lists of a database."""

    def __init__(self, entries: Collection) -> None:
        self._entries = entries

    async def put(
        self,
        collection: Collection,
        document: Callable[[Sequence[Entry]], Wrapped],
        etag: str | None,
        *,
        places: Mapping[str, str],
        points_to: Sequence[str],
    ) -> str:
        """Write a document that stands in these lists, each at its place; returns the new etag. Raises `Conflict`."""
        known = known_version(etag)
        before = {(entry.list, entry.order): entry for entry in (known.entries if known else ())}
        wanted = [
            before.get((name, order)) or Entry(name, order, uuid4().hex) for name, order in sorted(places.items())
        ]
        fresh = [entry for entry in wanted if entry not in before.values()]
        wrapped = document(wanted)
        await asyncio.gather(*(self._entries.put_anyhow(_as_json(entry, points_to)) for entry in fresh))
        try:
            written = await collection.put(wrapped, known)
        except (Conflict, Refused):
            await self.let_go(fresh)
            raise
        await self.let_go([entry for entry in before.values() if entry not in wanted])
        return version_of_document(written).as_etag()

    async def let_go(self, entries: Sequence[Entry]) -> None:
        """Remove entries that nothing names any more; one that stays is removed when it is met."""
        with suppress(CairnError):
            await asyncio.gather(*(self._entries.remove(entry.id, entry.list) for entry in entries))

    async def first(self, name: str, find: Finder, *, until: str, limit: int) -> list[Json]:
        """The documents that stand in a list before that place, at most `limit`, in the list's order."""
        asked = limit + _AT_ONCE
        while True:
            entries = await self._entries.ask(LISTED_UNTIL, {"until": until}, key=name, limit=asked)
            found = await self._named(entries, find)
            if len(found) >= limit or len(entries) < asked:
                return found[:limit]
            asked *= 4

    async def all(self, name: str, find: Finder) -> list[Json]:
        """Every document that stands in a list, in the list's order."""
        return await self._named(await self._entries.ask(LISTED, key=name), find)

    async def _named(self, entries: Sequence[Json], find: Finder) -> list[Json]:
        room = asyncio.Semaphore(_AT_ONCE)

        async def checked(entry: Json) -> Json | None:
            async with room:
                document = await find(entry["ref"])
                if document is not None and any(e[2] == entry["id"] for e in document.get("entries", ())):
                    return document
                if time.time() - entry["_ts"] > _LEFT_OVER:
                    with suppress(CairnError):
                        await self._entries.remove(entry["id"], entry["list"], etag=entry["_etag"])
                return None

        return [d for d in await asyncio.gather(*(checked(entry) for entry in entries)) if d is not None]

    async def mark(self, name: str, mark_id: str, points_to: Sequence[str]) -> None:
        """Put into a list what has no document to name it: it stays until it is taken out."""
        await self._entries.put_anyhow(_as_json(Entry(name, "", mark_id), points_to))

    async def marks(self, name: str) -> list[Json]:
        """Everything that `mark` put into a list."""
        return await self._entries.ask(LISTED, key=name)

    async def unmark(self, mark: Json) -> None:
        """Take out a mark, unless it was made again meanwhile."""
        await self._entries.remove(mark["id"], mark["list"], etag=mark["_etag"])


def known_version(etag: str | None) -> Version | None:
    """The version that a caller has read; None for a document that must not be there yet. Raises `Conflict`."""
    if etag is None:
        return None
    version = version_in(etag)
    if version is None:
        raise Conflict("that etag is of no document here")
    return version


def _as_json(entry: Entry, points_to: Sequence[str]) -> Json:
    return {"id": entry.id, "list": entry.list, "type": "entry", "place": entry.order, "ref": list(points_to)}
