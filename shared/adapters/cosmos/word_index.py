"""The words of one audience's snippets in memory, for ranking where the account can't, and where SQLite isn't.

Kept compact: numbers for each word, no texts. What stands here only nominates: whoever searches reads the snippets
themselves afterwards.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.adapters.cosmos.words import words_of

_QUESTION = 2.0
"""How much more a word of the question counts than one of an approach or topic; as in the SQLite store."""
_K1, _B = 1.2, 0.75
"""BM25's constants, as SQLite's full-text index has them."""
_LEAST = 1e-6
"""What a word counts that more than half of all have."""


@dataclass(slots=True)
class _Postings:
    """In which documents one word stands, by their numbers, and how often."""

    numbers: array[int] = field(default_factory=lambda: array("l"))
    counts: array[float] = field(default_factory=lambda: array("d"))


class WordIndex:
    """One audience's snippets by their words."""

    def __init__(self) -> None:
        self.since = 0
        """Everything written before this moment (`_ts`, seconds) is in here."""
        self._postings: dict[str, _Postings] = {}
        self._ids: list[str | None] = []
        self._lengths = array("d")
        self._known: dict[str, tuple[int | None, str]] = {}

    @property
    def size(self) -> int:
        """About how many numbers are kept."""
        return sum(len(postings.numbers) for postings in self._postings.values()) + len(self._known)

    def holds(self, snippet_id: str, etag: str) -> bool:
        """Whether that version of a snippet is what is known of it."""
        return snippet_id in self._known and self._known[snippet_id][1] == etag

    def put(self, snippet_id: str, etag: str, *, question: str, rest: str) -> None:
        """Let a snippet be found by these words, and no longer by others."""
        self.drop(snippet_id, etag)
        number = len(self._ids)
        counts: Counter[str] = Counter()
        length = 0
        for weight, text in ((_QUESTION, question), (1.0, rest)):
            for word in words_of(text):
                counts[word] += weight  # type: ignore[assignment]
                length += 1
        for word, count in counts.items():
            postings = self._postings.setdefault(word, _Postings())
            postings.numbers.append(number)
            postings.counts.append(count)
        self._ids.append(snippet_id)
        self._lengths.append(length)
        self._known[snippet_id] = (number, etag)

    def drop(self, snippet_id: str, etag: str) -> None:
        """Let a snippet be found no more: that version of it may not be used."""
        number, _ = self._known.get(snippet_id, (None, ""))
        if number is not None:
            self._ids[number] = None
        self._known[snippet_id] = (None, etag)

    @property
    def worn(self) -> bool:
        """Whether most of what is kept is of versions that are no more."""
        return len(self._ids) > 1000 and sum(known is not None for known in self._ids) < len(self._ids) / 2

    @property
    def totals(self) -> tuple[int, float]:
        """How many snippets there are, and how many words they have together."""
        return len(self._ids), sum(self._lengths)

    def having(self, word: str) -> int:
        """How many snippets have a word."""
        return len(self._postings[word].numbers) if word in self._postings else 0

    def scores(self, weights: dict[str, float], mean: float) -> Iterator[tuple[float, str]]:
        """How well each snippet fits that has any of these words."""
        found: NDArray[np.float64] = np.zeros(len(self._ids))
        lengths = np.array(self._lengths)
        for word, weight in weights.items():
            if word in self._postings:
                numbers = np.array(self._postings[word].numbers)
                counts = np.array(self._postings[word].counts)
                found[numbers] += weight * counts * (_K1 + 1) / (counts + _K1 * (1 - _B + _B * lengths[numbers] / mean))
        for number in np.flatnonzero(found):
            snippet_id = self._ids[number]
            if snippet_id is not None:
                yield float(found[number]), snippet_id


def ranked[A: str](indexes: Sequence[tuple[A, WordIndex]], words: Iterable[str]) -> list[tuple[A, str]]:
    """The snippets that have any of these words, the likeliest first, as (audience, id)."""
    asked = list(words)
    totals = [index.totals for _, index in indexes]
    number, length = sum(n for n, _ in totals), sum(words for _, words in totals)
    if not number or not length:
        return []
    weights = {word: _rarity(number, sum(index.having(word) for _, index in indexes)) for word in asked}
    found = [
        (-round(score, 9), snippet_id, audience)
        for audience, index in indexes
        for score, snippet_id in index.scores(weights, length / number)
    ]
    return [(audience, snippet_id) for _, snippet_id, audience in sorted(found)]


def _rarity(number: int, having: int) -> float:
    return max(_LEAST, math.log((number - having + 0.5) / (having + 0.5)))
