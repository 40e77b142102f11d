"""Snippets, and the words by which they are found. Every search names its audiences inside the query."""

import json
import re
import sqlite3
from collections.abc import Sequence

from shared.adapters.sqlite.documents import encoded, stamp
from shared.adapters.sqlite.table import Tables
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.ports import Stored

_WORD = re.compile(r"\w+")
_MOST_WORDS = 60


class SnippetTables(Tables):
    """See `shared.ports.Snippets` for what each method promises."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        query = "SELECT document, etag FROM snippets WHERE audience_id = ? AND id = ?"
        return self.one(Snippet, query, audience_id, snippet_id)

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        key = {"audience_id": snippet.audience_id, "id": snippet.id}
        rest = {
            "usable": int(snippet.usable),
            "updated_at": stamp(snippet.updated_at),
            "document": encoded(snippet),
        }
        with self.transaction() as connection:
            written = self.swap(connection, "snippets", key, rest, etag)
            _index(connection, snippet)
            return written

    async def search(self, audiences: frozenset[AudienceId], text: str, *, limit: int) -> Sequence[Snippet]:
        words = any_of_the_words(text)
        if not audiences or not words:
            return []
        return self.many(
            Snippet,
            "SELECT s.document FROM snippet_words JOIN snippets s ON s.number = snippet_words.rowid "
            "WHERE snippet_words MATCH ? AND s.usable = 1 "
            "AND s.audience_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY bm25(snippet_words, 2.0, 1.0, 1.0), s.id LIMIT ?",
            words,
            json.dumps(sorted(audiences)),
            limit,
        )

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        return self.many(
            Snippet,
            "SELECT document FROM snippets WHERE usable = 1 AND audience_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY updated_at DESC, id LIMIT ?",
            json.dumps(sorted(audiences)),
            limit,
        )

    async def count(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM snippets WHERE usable = 1").fetchone()
        return int(count)


def any_of_the_words(text: str) -> str:
    """A full-text query for any of a text's words, each quoted, so that nothing in it is syntax; empty for none."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(text))
    return " OR ".join(f'"{word}"' for word in list(words)[:_MOST_WORDS])


def _index(connection: sqlite3.Connection, snippet: Snippet) -> None:
    (number,) = connection.execute(
        "SELECT number FROM snippets WHERE audience_id = ? AND id = ?", (snippet.audience_id, snippet.id)
    ).fetchone()
    connection.execute("DELETE FROM snippet_words WHERE rowid = ?", (number,))
    if snippet.usable:
        texts = "\n".join(approach.text for approach in snippet.visible_approaches)
        connection.execute(
            "INSERT INTO snippet_words (rowid, question, approaches, topics) VALUES (?, ?, ?, ?)",
            (number, snippet.question, texts, " ".join(snippet.topics)),
        )
