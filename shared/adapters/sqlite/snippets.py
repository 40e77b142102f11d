"""Snippets, and the words by which they are found. Every search names its audiences inside the query."""

import json
import re
from collections.abc import Sequence
from itertools import islice
from unicodedata import normalize

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.scanning import Scans
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.ports import Stored

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 60
"""A question says what it is about in its first words; a pasted log must not become a query of thousands."""


class SnippetTables(Scans):
    """See `shared.ports.Snippets` for what each method promises."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        query = "SELECT document, etag FROM snippets WHERE audience_id = ? AND id = ?"
        return self.one(Snippet, query, audience_id, snippet_id)

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        key = {"audience_id": snippet.audience_id, "id": snippet.id}
        with self.transaction():
            written = self.put(
                "snippets", key, snippet, etag, usable=int(snippet.usable), updated_at=stamp(snippet.updated_at)
            )
            self._index(snippet)
        return written

    def _index(self, snippet: Snippet) -> None:
        """Let the snippet be found by the words that it may show now, and by no others."""
        ((number,),) = self.rows(
            "SELECT number FROM snippets WHERE audience_id = ? AND id = ?", snippet.audience_id, snippet.id
        )
        self.rows("DELETE FROM snippet_words WHERE rowid = ?", number)
        if snippet.usable:
            self.rows(
                "INSERT INTO snippet_words (rowid, question, approaches, topics) VALUES (?, ?, ?, ?)",
                number,
                normalize("NFC", "\n".join((snippet.question, *snippet.wordings))),
                normalize("NFC", "\n".join(approach.text for approach in snippet.visible_approaches)),
                normalize("NFC", "\n".join(snippet.topics)),
            )

    async def search(self, audiences: frozenset[AudienceId], text: str, *, limit: int) -> Sequence[Snippet]:
        words = any_of_the_words(text)
        if not audiences or not words:
            return []
        return self.many(
            Snippet,
            "SELECT s.document FROM snippet_words JOIN snippets s ON s.number = snippet_words.rowid "
            "WHERE snippet_words MATCH ? AND s.usable = 1 "
            "AND s.audience_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY bm25(snippet_words, 2.0, 1.0, 1.0), s.id, s.audience_id LIMIT ?",
            words,
            json.dumps(sorted(audiences)),
            limit,
        )

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        return self.many(
            Snippet,
            "SELECT document FROM snippets WHERE usable = 1 AND audience_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY updated_at DESC, id, audience_id LIMIT ?",
            json.dumps(sorted(audiences)),
            limit,
        )

    async def snippets_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Snippet]]:
        return await self.naming(Snippet, "snippets", texts)

    async def count(self) -> int:
        ((count,),) = self.rows("SELECT count(*) FROM snippets WHERE usable = 1")
        return int(count)


def any_of_the_words(text: str) -> str:
    """A full-text query for any of a text's words, each quoted, so that nothing in it is syntax; empty for none."""
    words = (found[0].lower() for found in _WORD.finditer(normalize("NFC", text)))
    distinct = dict.fromkeys(islice(words, 10 * _MOST_WORDS))
    return " OR ".join(f'"{word}"' for word in islice(distinct, _MOST_WORDS))
