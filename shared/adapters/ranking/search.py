"""A search in this process: bring the indexes of the audiences up to date, nominate, read what was nominated, check it.

The same for every store; a store says how it reads changes and snippets.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from shared.adapters.ranking.audience_index import AudienceIndex, Entry
from shared.adapters.ranking.nominating import NEAR, Nominated, nominate
from shared.adapters.ranking.vectors import likeness
from shared.adapters.ranking.words import words_asked_for, words_of
from shared.domain.embeddings import Embedding
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet

MOST_BYTES = 256 * 2**20
"""What the indexes may take, all together: about 170,000 snippets of some sentences."""


@dataclass(frozen=True, slots=True)
class Found:
    """A snippet as it stands, and the etag under which it was read."""

    snippet: Snippet
    version: str


type Refresh = Callable[[Mapping[AudienceId, AudienceIndex]], Awaitable[None]]
"""Reads into the indexes what was written since each one's `since`; nothing else touches them meanwhile."""
type Read = Callable[[Sequence[Nominated]], Awaitable[Sequence[Found | None]]]
"""Reads snippets as they stand, in that order; None for one that is no more."""


class Search:
    """The indexes of the audiences that were asked for lately, within a bound of memory."""

    def __init__(self, refresh: Refresh, read: Read, *, most_bytes: int = MOST_BYTES) -> None:
        """The longest unused indexes go when all take more than `most_bytes`; those of one search stay to its end."""
        self._refresh = refresh
        self._read = read
        self._most_bytes = most_bytes
        self._indexes: OrderedDict[AudienceId, AudienceIndex] = OrderedDict()

    @property
    def bytes(self) -> int:
        """About how much memory the indexes take."""
        return sum(index.bytes for index in self._indexes.values())

    async def find(
        self, audiences: frozenset[AudienceId], text: str, embedding: Embedding | None, *, limit: int
    ) -> Sequence[Snippet]:
        """See `shared.ports.Snippets.search`."""
        words = words_asked_for(text)
        if not audiences or limit < 1 or not (words or embedding):
            return []
        async with self._up_to_date(audiences) as indexes:
            nominated = nominate(indexes, words, embedding, limit=limit)
        self._shrink()
        snippets: list[Snippet] = []
        for first in range(0, len(nominated), limit):
            part = nominated[first : first + limit]
            for seen, found in zip(part, await self._read(part), strict=True):
                # One that has changed since it was seen may say something else now.
                if found is not None and found.snippet.usable:
                    same = hash(found.version) == seen.version
                    if same or _fits(found.snippet, frozenset(words), embedding):
                        snippets.append(found.snippet)
            if len(snippets) >= limit:
                break
        return snippets[:limit]

    def invalidate(self, audience_id: AudienceId) -> None:
        """Forget what is known of an audience; the next search there reads all of it anew."""
        self._indexes.pop(audience_id, None)

    def apply(self, audience_id: AudienceId, entry: Entry, *, at: int) -> None:
        """Take in a version of a snippet that was written at `at`, in the measure of the indexes' `since`.

        For whoever hears of writes before a search asks for them; late, twice or out of order is fine, because what
        was written after `since` is read again before the next ranking. Does nothing for an audience that is not kept.
        """
        index = self._indexes.get(audience_id)
        if index is not None and not index.lock.locked() and at > index.since:
            index.put(entry)

    @asynccontextmanager
    async def _up_to_date(self, audiences: frozenset[AudienceId]) -> AsyncIterator[Mapping[AudienceId, AudienceIndex]]:
        """The audiences' indexes with everything that was written before now, for as long as nobody else writes them.

        Always in the same order, so that two searches never wait for each other.
        """
        indexes = {audience_id: self._index_of(audience_id) for audience_id in sorted(audiences)}
        async with AsyncExitStack() as stack:
            for index in indexes.values():
                await stack.enter_async_context(index.lock)
            await self._refresh(indexes)
            yield indexes

    def _index_of(self, audience_id: AudienceId) -> AudienceIndex:
        index = self._indexes.get(audience_id)
        if index is None or index.worn:
            index = self._indexes[audience_id] = AudienceIndex()
        self._indexes.move_to_end(audience_id)
        return index

    def _shrink(self) -> None:
        size = self.bytes
        while size > self._most_bytes and len(self._indexes) > 1:
            _, gone = self._indexes.popitem(last=False)
            size -= gone.bytes


def _fits(snippet: Snippet, words: frozenset[str], embedding: Embedding | None) -> bool:
    question, rest = texts_of(snippet)
    if not words.isdisjoint(words_of(f"{question}\n{rest}")):
        return True
    meant = snippet.meant
    return embedding is not None and meant is not None and likeness(embedding, meant) > NEAR


def texts_of(snippet: Snippet) -> tuple[str, str]:
    """The words that a snippet may be found by now, and no others: its question's, and the rest."""
    question = "\n".join((snippet.question, *snippet.wordings))
    return question, "\n".join((*(a.text for a in snippet.visible_approaches), *snippet.topics))
