"""Snippets, each with what its question means. Every search names its audiences inside the query."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.adapters.ranking.audience_index import AudienceIndex, Entry
from shared.adapters.ranking.nominating import Nominated
from shared.adapters.ranking.search import Found, Search, texts_of
from shared.adapters.sqlite.documents import decoded, stamp
from shared.adapters.sqlite.scanning import Scans
from shared.domain.embeddings import Embedding, hash_of
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.ports import Stored

_AT_ONCE = 200
"""Snippets that are taken into an index before other work gets its turn: some 20 ms."""
_COLUMNS = "document, etag, embedding, embedded_by"


class SnippetTables(Scans):
    """See `shared.ports.Snippets` for what each method promises."""

    searching: Search

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        query = f"SELECT {_COLUMNS} FROM snippets WHERE audience_id = ? AND id = ?"  # noqa: S608
        return next(iter(self._snippets(query, audience_id, snippet_id)), None)

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        key = {"audience_id": snippet.audience_id, "id": snippet.id}
        meant = snippet.meant
        with self.transaction():
            ((last,),) = self.rows("SELECT max(changed) FROM snippets")
            return self.put(
                "snippets",
                key,
                replace(snippet, embedding=None),
                etag,
                usable=int(snippet.usable),
                updated_at=stamp(snippet.updated_at),
                changed=(last or 0) + 1,
                embedding=meant.numbers if meant else None,
                embedded_by=meant.model if meant else None,
            )

    async def search(
        self, audiences: frozenset[AudienceId], text: str, *, limit: int, embedding: Embedding | None = None
    ) -> Sequence[Snippet]:
        return await self.searching.find(audiences, text, embedding, limit=limit)

    async def refresh(self, indexes: Mapping[AudienceId, AudienceIndex]) -> None:
        """Read into the indexes what was written since the last time."""
        since = json.dumps([[audience_id, index.since] for audience_id, index in indexes.items()])
        behind = self.rows(
            "SELECT json_extract(known.value, '$[0]') FROM json_each(?) known WHERE json_extract(known.value, '$[1]') "
            "< (SELECT max(changed) FROM snippets WHERE audience_id = json_extract(known.value, '$[0]'))",
            since,
        )
        for (audience_id,) in behind:
            complete = False
            while not complete:
                complete = self._read_into(indexes[audience_id], audience_id) < _AT_ONCE
                await asyncio.sleep(0)

    def _read_into(self, index: AudienceIndex, audience_id: AudienceId) -> int:
        rows = self.rows(
            f"SELECT {_COLUMNS}, changed FROM snippets WHERE audience_id = ? AND changed > ? "  # noqa: S608
            "ORDER BY changed LIMIT ?",
            audience_id,
            index.since,
            _AT_ONCE,
        )
        for *columns, changed in rows:
            stored = _stored(columns)
            index.put(_entry(stored))
            index.since = changed
        return len(rows)

    async def as_they_stand(self, nominated: Sequence[Nominated]) -> Sequence[Found | None]:
        """Read what a search has nominated, each from its own audience."""
        named = json.dumps([[one.audience_id, one.key] for one in nominated])
        found = self._snippets(
            f"SELECT {_COLUMNS} FROM json_each(?) named JOIN snippets "  # noqa: S608
            "ON audience_id = json_extract(named.value, '$[0]') AND snippets.id = json_extract(named.value, '$[1]')",
            named,
        )
        by_name = {(s.value.audience_id, str(s.value.id)): Found(s.value, s.etag) for s in found}
        return [by_name.get((one.audience_id, one.key)) for one in nominated]

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        found = self._snippets(
            f"SELECT {_COLUMNS} FROM snippets WHERE usable = 1 "  # noqa: S608
            "AND audience_id IN (SELECT value FROM json_each(?)) ORDER BY updated_at DESC, id, audience_id LIMIT ?",
            json.dumps(sorted(audiences)),
            limit,
        )
        return [stored.value for stored in found]

    async def without_embedding(self, model: str, *, limit: int) -> Sequence[Stored[Snippet]]:
        query = f"SELECT {_COLUMNS} FROM snippets WHERE usable = 1 AND embedded_by IS NOT ? LIMIT ?"  # noqa: S608
        return self._snippets(query, model, limit)

    async def snippets_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Snippet]]:
        found = await self.naming(Snippet, "snippets", texts)
        again = [await self.snippet(stored.value.audience_id, stored.value.id) for stored in found]
        return [stored for stored in again if stored is not None]

    async def count(self) -> int:
        ((count,),) = self.rows("SELECT count(*) FROM snippets WHERE usable = 1")
        return int(count)

    def _snippets(self, query: str, *values: object) -> list[Stored[Snippet]]:
        with self.failures:
            return [_stored(row) for row in self.connection.execute(query, values)]


def _stored(row: Sequence[Any]) -> Stored[Snippet]:
    document, etag, numbers, model = row
    snippet = decoded(Snippet, document)
    if numbers is not None:
        embedding = Embedding(model=model, text_hash=hash_of(snippet.question), numbers=numbers)
        snippet = replace(snippet, embedding=embedding)
    return Stored(snippet, etag)


def _entry(stored: Stored[Snippet]) -> Entry:
    question, rest = texts_of(stored.value)
    return Entry(
        key=stored.value.id,
        version=stored.etag,
        usable=stored.value.usable,
        question=question,
        rest=rest,
        embedding=stored.value.embedding,
    )
