"""In which rows each word stands, and how often: flat arrays, a few bytes for each word of each snippet.

A word is known by its 64-bit hash alone (this process's own), so no text is kept. What is new waits at the end, in
the order in which it came, and is sorted in once there is enough of it.
"""

from array import array
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

type Hashes = NDArray[np.int64]
type Rows = NDArray[np.uint32]
type Counts = NDArray[np.uint8]

_MOST_COUNTED = 255
_WAITING_AT_LEAST = 1_000
"""So many entries may wait however little is sorted: looking through them takes some microseconds a word."""
_LOADED_AT_LEAST = 20_000
"""As long as nothing is asked, more may wait: what is sorted often is sorted in vain."""
_BYTES_WAITING = 8 + 4 + 1


class Postings:
    """The words of one audience's snippets; rows are numbered as they come."""

    def __init__(self) -> None:
        self._words: Hashes = np.zeros(0, np.int64)
        self._starts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._rows: Rows = np.zeros(0, np.uint32)
        self._counts: Counts = np.zeros(0, np.uint8)
        self._new_words = array("q")
        self._new_rows = array("I")
        self._new_counts = array("B")

    @property
    def bytes(self) -> int:
        """How much memory is taken."""
        kept = self._words.nbytes + self._starts.nbytes + self._rows.nbytes + self._counts.nbytes
        return kept + _BYTES_WAITING * len(self._new_words)

    def add(self, row: int, counts: Mapping[str, int]) -> None:
        """Let a row, later than all before it, be found by these words."""
        self._new_words.extend(map(hash, counts))
        self._new_counts.extend(min(count, _MOST_COUNTED) for count in counts.values())
        self._new_rows.extend([row] * len(counts))
        if len(self._new_words) > max(_LOADED_AT_LEAST, len(self._rows)):
            self._sort_in()

    def of(self, words: list[str]) -> Iterator[tuple[Rows, Counts]]:
        """For each word, where it stands and how often there."""
        if len(self._new_words) > max(_WAITING_AT_LEAST, len(self._rows) // 16):
            self._sort_in()
        new_words = np.array(self._new_words, np.int64)
        new_rows, new_counts = np.array(self._new_rows, np.uint32), np.array(self._new_counts, np.uint8)
        hashes = np.array([hash(word) for word in words], np.int64)
        places = np.searchsorted(self._words, hashes)
        for wanted, place in zip(hashes, places, strict=True):
            rows, counts = new_rows[:0], new_counts[:0]
            if place < len(self._words) and self._words[place] == wanted:
                first, last = self._starts[place], self._starts[place + 1]
                rows, counts = self._rows[first:last], self._counts[first:last]
            if len(new_words):
                waiting = np.flatnonzero(new_words == wanted)
                rows = np.concatenate([rows, new_rows[waiting]])
                counts = np.concatenate([counts, new_counts[waiting]])
            yield rows, counts

    def _sort_in(self) -> None:
        new_words = np.array(self._new_words, np.int64)
        order = np.argsort(new_words, kind="stable")
        known = np.repeat(self._words, np.diff(self._starts))
        places = np.searchsorted(known, new_words[order])
        words = np.insert(known, places, new_words[order])
        self._rows = np.insert(self._rows, places, np.array(self._new_rows, np.uint32)[order])
        self._counts = np.insert(self._counts, places, np.array(self._new_counts, np.uint8)[order])
        self._words, starts = np.unique(words, return_index=True)
        self._starts = np.append(starts, len(words)).astype(np.int64)
        self._new_words, self._new_rows, self._new_counts = array("q"), array("I"), array("B")
