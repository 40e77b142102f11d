"""Curated knowledge, in the partition of its audience. Every search names its audiences inside the query."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from unicodedata import normalize

from shared.adapters.cosmos.containers import SNIPPETS
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id, newest_first
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import COUNT_SNIPPETS, changed_in, visible_in
from shared.adapters.cosmos.ranking import parameters, ranking_query
from shared.adapters.cosmos.word_index import WordIndex, ranked
from shared.adapters.cosmos.words import words_asked_for, words_of
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.ports import Stored

_OVERLAP = timedelta(seconds=10)
"""So much of what was read before is read again: partitions answer one after the other."""
_MOST_AT_ONCE = 100
"""Audiences in one query."""


class WordIndexes:
    """The indexes of the audiences that were asked for lately, within bounds of memory."""

    def __init__(self, most: int = 5_000_000) -> None:
        """`most` is how many numbers are kept, of 16 bytes each."""
        self._most = most
        self.by_audience: OrderedDict[AudienceId, WordIndex] = OrderedDict()
        self.lock = asyncio.Lock()
        """One refresh at a time: a second one would ask for the same."""

    def of(self, audience_id: AudienceId) -> WordIndex:
        """An audience's index, made anew where it is not kept or mostly of the past."""
        index = self.by_audience.get(audience_id)
        if index is None or index.worn:
            index = self.by_audience[audience_id] = WordIndex()
        self.by_audience.move_to_end(audience_id)
        return index

    def shrink(self) -> None:
        """Let go of the audiences that were not asked for longest, until what is kept is within its bounds."""
        size = sum(index.size for index in self.by_audience.values())
        while size > self._most and len(self.by_audience) > 1:
            _, gone = self.by_audience.popitem(last=False)
            size -= gone.size


class SnippetParts(Parts):
    """See `shared.ports.Snippets` for what each method promises."""

    word_indexes: WordIndexes
    ranks_inside: bool
    """Whether Cosmos DB ranks; else this process does."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        return await self.one(Snippet, SNIPPETS, document_id("snippet", snippet_id), audience_id)

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        return await self.put(
            SNIPPETS,
            document_id("snippet", snippet.id),
            "snippet",
            snippet,
            etag,
            audienceId=snippet.audience_id,
            usable=snippet.usable,
            newest=newest_first(snippet.updated_at, snippet.id, snippet.audience_id),
            **(_words(snippet) if snippet.usable else {}),
        )

    async def search(self, audiences: frozenset[AudienceId], text: str, *, limit: int) -> Sequence[Snippet]:
        words = words_asked_for(text)
        if not audiences or not words or limit < 1:
            return []
        if self.ranks_inside:
            return await self._ranked_inside(sorted(audiences), text, limit=limit)
        async with self.word_indexes.lock:
            indexes = [(audience, self.word_indexes.of(audience)) for audience in sorted(audiences)]
            await self._refresh(indexes)
            nominated = ranked(indexes, words)
            self.word_indexes.shrink()
        return await self._usable(nominated, frozenset(words), limit=limit)

    async def _ranked_inside(self, audiences: list[AudienceId], text: str, *, limit: int) -> Sequence[Snippet]:
        # Cosmos DB takes words as they are written, and stems them itself.
        terms = list(dict.fromkeys(normalize("NFC", text).lower().split()))
        query = ranking_query(audiences=len(audiences), terms=len(terms), vector=False, limit=limit)
        found = await self.of(SNIPPETS).ask(query, parameters(audiences, terms), limit=limit)
        return [value_of(Snippet, content) for content in found]

    async def _refresh(self, indexes: list[tuple[AudienceId, WordIndex]]) -> None:
        """Read what was written since the last time; in one query where audiences were read at about the same time."""
        fresh = [pair for pair in indexes if not pair[1].since]
        known = [pair for pair in indexes if pair[1].since]
        for group in (fresh, known):
            for first in range(0, len(group), _MOST_AT_ONCE):
                await self._read_changes(dict(group[first : first + _MOST_AT_ONCE]))

    async def _read_changes(self, indexes: dict[AudienceId, WordIndex]) -> None:
        since = min(index.since for index in indexes.values())
        names = {f"a{number}": audience for number, audience in enumerate(indexes)}
        answered_at: list[float] = []

        def note(headers: Mapping[str, str]) -> None:
            if "Date" in headers:
                answered_at.append(parsedate_to_datetime(headers["Date"]).timestamp())

        changed = await self.of(SNIPPETS).ask(changed_in(len(indexes)), {"since": since, **names}, on_answer=note)
        for found in changed:
            index = indexes[found["audienceId"]]
            if index.holds(found["id"], found["_etag"]):
                continue
            if found["usable"]:
                rest = f"{found['approaches']}\n{found['topics']}"
                index.put(found["id"], found["_etag"], question=found["question"], rest=rest)
            else:
                index.drop(found["id"], found["_etag"])
        if answered_at:
            for index in indexes.values():
                index.since = max(index.since, int(answered_at[0] - _OVERLAP.total_seconds()))

    async def _usable(
        self, nominated: list[tuple[AudienceId, str]], words: frozenset[str], *, limit: int
    ) -> Sequence[Snippet]:
        """The first of those nominated, as they stand now: one may have changed since its words were read."""
        snippets: list[Snippet] = []
        for first in range(0, len(nominated), limit):
            found = await each(self._as_it_stands, nominated[first : first + limit])
            snippets += [value_of(Snippet, content) for content in found if content and _has(content, words)]
            if len(snippets) >= limit:
                break
        return snippets[:limit]

    async def _as_it_stands(self, named: tuple[AudienceId, str]) -> Json | None:
        audience_id, document = named
        return await self.of(SNIPPETS).read(document, audience_id)

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        if not audiences:
            return []
        names = {f"a{number}": audience for number, audience in enumerate(sorted(audiences))}
        found = await self.of(SNIPPETS).ask(visible_in(len(names)), names, limit=limit)
        return [value_of(Snippet, content) for content in found]

    async def snippets_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Snippet]]:
        return await self.naming(Snippet, SNIPPETS, "snippet", texts)

    async def count(self) -> int:
        return sum(await self.of(SNIPPETS).ask(COUNT_SNIPPETS))


def _words(snippet: Snippet) -> dict[str, str]:
    """The words that a snippet may show now, and no others."""
    columns = {
        "question": "\n".join((snippet.question, *snippet.wordings)),
        "approaches": "\n".join(approach.text for approach in snippet.visible_approaches),
        "topics": "\n".join(snippet.topics),
    }
    return {**columns, "words": "\n".join(columns.values())}


def _has(content: Json, words: frozenset[str]) -> bool:
    return bool(content["usable"]) and not words.isdisjoint(words_of(content["words"]))
