"""Curated knowledge, in the partition of its audience. Every search names its audiences inside the query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from unicodedata import normalize

from shared.adapters.cosmos.containers import SNIPPETS
from shared.adapters.cosmos.documents import Json, stored_in, value_of
from shared.adapters.cosmos.embeddings import columns_of, embedding_in
from shared.adapters.cosmos.ids import document_id, newest_first
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import COUNT_SNIPPETS, WITHOUT_EMBEDDING, changed_in, visible_in
from shared.adapters.cosmos.ranking import parameters, ranking_query
from shared.adapters.ranking.audience_index import AudienceIndex, Entry
from shared.adapters.ranking.nominating import Nominated
from shared.adapters.ranking.search import Found, Search
from shared.adapters.ranking.vectors import vector_of
from shared.domain.embeddings import Embedding
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.ports import Stored

_OVERLAP = timedelta(seconds=10)
"""So much of what was read before is read again: partitions answer one after the other."""
_MOST_AT_ONCE = 100
"""Audiences in one query."""


class SnippetParts(Parts):
    """See `shared.ports.Snippets` for what each method promises."""

    searching: Search
    ranks_inside: bool
    """Whether Cosmos DB ranks; else this process does."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        return await self.one(Snippet, SNIPPETS, document_id("snippet", snippet_id), audience_id)

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        return await self.put(
            SNIPPETS,
            document_id("snippet", snippet.id),
            "snippet",
            replace(snippet, embedding=None),
            etag,
            audienceId=snippet.audience_id,
            usable=snippet.usable,
            newest=newest_first(snippet.updated_at, snippet.id, snippet.audience_id),
            **(_words(snippet) if snippet.usable else {}),
            **columns_of(snippet.meant),
        )

    async def search(
        self, audiences: frozenset[AudienceId], text: str, *, limit: int, embedding: Embedding | None = None
    ) -> Sequence[Snippet]:
        if self.ranks_inside:
            return await self._ranked_inside(sorted(audiences), text, embedding, limit=limit)
        return await self.searching.find(audiences, text, embedding, limit=limit)

    async def _ranked_inside(
        self, audiences: list[AudienceId], text: str, embedding: Embedding | None, *, limit: int
    ) -> Sequence[Snippet]:
        # Cosmos DB takes words as they are written, and stems them itself.
        terms = words_as_written(text)
        if not audiences or not (terms or embedding) or limit < 1:
            return []
        vector = vector_of(embedding).tolist() if embedding else []
        query = ranking_query(audiences=len(audiences), terms=len(terms), vector=bool(vector), limit=limit)
        found = await self.of(SNIPPETS).ask(query, parameters(audiences, terms, vector), limit=limit)
        return [value_of(Snippet, content) for content in found]

    async def refresh(self, indexes: Mapping[AudienceId, AudienceIndex]) -> None:
        """Read what was written since the last time; in one query where audiences were read at about the same time."""
        fresh = [pair for pair in indexes.items() if not pair[1].since]
        known = [pair for pair in indexes.items() if pair[1].since]
        for group in (fresh, known):
            for first in range(0, len(group), _MOST_AT_ONCE):
                await self._read_changes(dict(group[first : first + _MOST_AT_ONCE]))

    async def _read_changes(self, indexes: dict[AudienceId, AudienceIndex]) -> None:
        since = min(index.since for index in indexes.values())
        names = {f"a{number}": audience for number, audience in enumerate(indexes)}
        answered_at: list[float] = []

        def note(headers: Mapping[str, str]) -> None:
            if "Date" in headers:
                answered_at.append(parsedate_to_datetime(headers["Date"]).timestamp())

        def take(found: Json) -> None:
            index = indexes[found["audienceId"]]
            if not index.holds(found["id"], found["_etag"]):
                index.put(_entry(found))

        values = {"since": since, **names}
        await self.of(SNIPPETS).ask(changed_in(len(indexes)), values, on_answer=note, take=take)
        if answered_at:
            for index in indexes.values():
                index.since = max(index.since, int(answered_at[0] - _OVERLAP.total_seconds()))

    async def as_they_stand(self, nominated: Sequence[Nominated]) -> Sequence[Found | None]:
        """Read what a search has nominated, each by a point read in its own audience."""
        return await each(self._as_it_stands, nominated)

    async def _as_it_stands(self, nominated: Nominated) -> Found | None:
        found = await self.of(SNIPPETS).read(nominated.key, nominated.audience_id)
        return None if found is None else Found(value_of(Snippet, found), found["_etag"])

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        if not audiences:
            return []
        names = {f"a{number}": audience for number, audience in enumerate(sorted(audiences))}
        found = await self.of(SNIPPETS).ask(visible_in(len(names)), names, limit=limit)
        return [value_of(Snippet, content) for content in found]

    async def without_embedding(self, model: str, *, limit: int) -> Sequence[Stored[Snippet]]:
        found = await self.of(SNIPPETS).ask(WITHOUT_EMBEDDING, {"model": model}, limit=limit)
        return [stored_in(Snippet, content) for content in found]

    async def snippets_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Snippet]]:
        return await self.naming(Snippet, SNIPPETS, "snippet", texts)

    async def count(self) -> int:
        return sum(await self.of(SNIPPETS).ask(COUNT_SNIPPETS))


def words_as_written(text: str) -> list[str]:
    """The different words between spaces, in lower case; none of what UTF-8 can't hold or that has no letter."""
    plain = normalize("NFC", text).lower().encode("utf8", "replace").decode("utf8")
    return [word for word in dict.fromkeys(plain.split()) if any(map(str.isalnum, word))]


def _words(snippet: Snippet) -> dict[str, str]:
    """The words that a snippet may show now, and no others."""
    columns = {
        "question": "\n".join((snippet.question, *snippet.wordings)),
        "approaches": "\n".join(approach.text for approach in snippet.visible_approaches),
        "topics": "\n".join(snippet.topics),
    }
    return {**columns, "words": "\n".join(columns.values())}


def _entry(content: Json) -> Entry:
    usable = bool(content["usable"])
    return Entry(
        key=content["id"],
        version=content["_etag"],
        usable=usable,
        question=content["question"] if usable else "",
        rest=f"{content['approaches']}\n{content['topics']}" if usable else "",
        embedding=embedding_in(content, content["question"]) if usable else None,
    )
