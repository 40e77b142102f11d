"""One audience's snippets in memory, by their words and by what their questions mean.

Numbers only, no texts. What stands here nominates: whoever searches reads the snippets themselves afterwards.
"""

import asyncio
from array import array
from collections import Counter
from dataclasses import dataclass

from shared.adapters.ranking.postings import Postings
from shared.adapters.ranking.vectors import Vectors
from shared.adapters.ranking.words import words_of
from shared.domain.embeddings import Embedding

_QUESTION = 2
"""How much more a word of the question counts than one of an approach or topic."""
_BYTES_OF_A_ROW = 250
"""About what Python takes for a snippet's key, number, version and length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a search needs to know of one version of a snippet."""

    key: str
    """By which the store reads it again."""
    version: str
    """The etag under which it was read."""
    usable: bool
    """Whether it may be found at all; if not, the rest counts for nothing."""
    question: str
    rest: str
    """Its approaches that may be shown, and its topics."""
    embedding: Embedding | None
    """Of the question."""


class AudienceIndex:
    """Rows are numbered as they come; a new version of a snippet is a new row, and the earlier one is dead."""

    def __init__(self) -> None:
        self.since = 0
        """Everything written before this moment, or up to this number, is in here; the store says which."""
        self.lock = asyncio.Lock()
        """One refresh at a time: a second one would read the same."""
        self.words = Postings()
        self.vectors = Vectors()
        self.keys: list[str | None] = []
        """By row; None for a dead one."""
        self.living = bytearray()
        """1 for each row that is not dead."""
        self.lengths = array("f")
        self.versions = array("q")
        """Hashes of etags, by row."""
        self._contents = array("q")
        self._rows: dict[str, int] = {}
        self._unusable: dict[str, int] = {}
        self._length = 0

    @property
    def bytes(self) -> int:
        """About how much memory is taken."""
        return self.words.bytes + self.vectors.bytes + _BYTES_OF_A_ROW * (len(self.keys) + len(self._unusable))

    @property
    def totals(self) -> tuple[int, int]:
        """How many rows there are, and how many words they have together."""
        return len(self.keys), self._length

    @property
    def worn(self) -> bool:
        """Whether most rows are dead."""
        return len(self.keys) > 1000 and len(self._rows) < len(self.keys) / 2

    def holds(self, key: str, version: str) -> bool:
        """Whether that version of a snippet is what is known of it."""
        row = self._rows.get(key)
        return (self._unusable.get(key) if row is None else self.versions[row]) == hash(version)

    def put(self, entry: Entry) -> None:
        """Let a snippet be found by what it says and means now, and no longer by anything else."""
        content = hash((entry.question, entry.rest, entry.embedding))
        row = self._rows.get(entry.key)
        if row is not None and entry.usable and self._contents[row] == content:
            self.versions[row] = hash(entry.version)  # an outcome, a check by a curator: nothing to find it by
            return
        if row is not None:
            del self._rows[entry.key]
            self.keys[row], self.living[row] = None, 0
        if entry.usable:
            self._unusable.pop(entry.key, None)
            self._add(entry, content)
        else:
            self._unusable[entry.key] = hash(entry.version)

    def _add(self, entry: Entry, content: int) -> None:
        row = len(self.keys)
        counts = Counter(words_of(entry.rest))
        length = counts.total()
        for word in words_of(entry.question):
            counts[word] += _QUESTION
            length += 1
        self.words.add(row, counts)
        if entry.embedding is not None:
            self.vectors.put(row, entry.embedding)
        self.keys.append(entry.key)
        self.living.append(1)
        self.lengths.append(length)
        self.versions.append(hash(entry.version))
        self._contents.append(content)
        self._rows[entry.key] = row
        self._length += length
