"""Which snippets of some audiences fit a question best, by words, by meaning, or by both.

By words: BM25, with SQLite's constants (https://www.sqlite.org/fts5.html#the_bm25_function), over all the audiences
as one collection. By meaning: the cosine, of every snippet; nothing is left out. Both: the sum of 1 / (60 + rank),
which is reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

import numpy as np
from numpy.typing import NDArray

from shared.adapters.ranking.audience_index import AudienceIndex
from shared.adapters.ranking.vectors import room_for_rows
from shared.domain.embeddings import Embedding
from shared.domain.identity import AudienceId

NEAR = 0.3
"""Cosine from which on a meaning alone nominates: far below what the judgement takes for the same question, and above
what most pairs of questions about different things have. A snippet that shares words needs none."""
_RANKED = 1000
"""So many of each ranking count, at least; what comes later would add less than 0.001."""
_RRF = 60
_K1, _B = 1.2, 0.75
_LEAST = 1e-6
"""What a word counts that more than half of all have."""
_ALIKE = 9
"""Decimals after which two scores are the same, and the keys decide."""
_ALIKE_FUSED = 12

_SPARE = 3
"""So many times what is asked for is nominated: some may have changed when they are read."""

type Scores = NDArray[np.float64]
type Places = NDArray[np.int64]
"""Rows of all audiences, counted through."""


@dataclass(frozen=True, slots=True)
class Nominated:
    """A snippet that may fit: its audience, its key there, and (as a hash) the version that was seen."""

    audience_id: AudienceId
    key: str
    version: int


def nominate(
    indexes: Mapping[AudienceId, AudienceIndex], words: list[str], embedding: Embedding | None, *, limit: int
) -> list[Nominated]:
    """Those that have any of the words or are near in meaning, the likeliest first; ties by key, then by audience.

    Three times as many as `limit`, if there are.
    """
    parts = list(indexes.values())
    living = np.concatenate([np.frombuffer(index.living, np.bool_) for index in parts])
    rankings = [(_by_words(parts, words), 0.0)] if words and living.any() else []
    if embedding is not None:
        rankings.append((_by_meaning(parts, embedding), NEAR))
    named = _Names(indexes)
    fused: Scores = np.zeros(len(living))
    for scores, above in rankings:
        scores = np.round(scores, _ALIKE)
        places = _first(scores, living & (scores > above), max(limit, _RANKED))
        ranked = np.fromiter(_in_order(scores, places, named.order), np.int64, len(places))
        fused[ranked] += 1 / (_RRF + np.arange(1, len(ranked) + 1))
    chosen = _in_order(np.round(fused, _ALIKE_FUSED), np.flatnonzero(fused), named.order)
    return [named.nominated(place) for place in islice(chosen, _SPARE * limit)]


class _Names:
    """Whose row is at which place."""

    def __init__(self, indexes: Mapping[AudienceId, AudienceIndex]) -> None:
        self._audiences = list(indexes.items())
        self._ends = list(accumulate(len(index.keys) for index in indexes.values()))

    def order(self, place: int) -> tuple[str, AudienceId]:
        """By what the rows of equal scores are sorted."""
        found = self.nominated(place)
        return found.key, found.audience_id

    def nominated(self, place: int) -> Nominated:
        number = bisect_right(self._ends, place)
        audience_id, index = self._audiences[number]
        row = place - self._ends[number] + len(index.keys)
        return Nominated(audience_id, index.keys[row] or "", index.versions[row])


def _first(scores: Scores, eligible: NDArray[np.bool_], most: int) -> Places:
    """Where the `most` best are, and all that are as good as the last of them."""
    places = np.flatnonzero(eligible)
    if len(places) > most:
        last = np.partition(scores[places], len(places) - most)[len(places) - most]
        places = places[scores[places] >= last]
    return places


def _in_order(scores: Scores, places: Places, name: Callable[[int], tuple[str, AudienceId]]) -> Iterator[int]:
    """The places, the best first; names are asked for only where scores are the same."""
    ordered = places[np.argsort(-scores[places], kind="stable")]
    ends = [*(np.flatnonzero(np.diff(scores[ordered])) + 1).tolist(), len(ordered)]
    sorted_places: list[int] = ordered.tolist()
    first = 0
    for end in ends:
        alike = sorted_places[first:end]
        yield from alike if len(alike) == 1 else sorted(alike, key=name)
        first = end


def _by_meaning(parts: Sequence[AudienceIndex], embedding: Embedding) -> Scores:
    """The cosine of every row; 0 for one whose meaning is not known."""
    room = room_for_rows()
    near = [index.vectors.likeness(embedding, len(index.keys), room) for index in parts]
    return np.concatenate(near).astype(np.float64)


def _by_words(parts: Sequence[AudienceIndex], words: list[str]) -> Scores:
    """BM25 of every row; 0 for one that has none of the words."""
    lengths = np.concatenate([np.frombuffer(index.lengths, np.float32) for index in parts])
    dampened = _K1 * (1 - _B + _B * lengths / (float(lengths.mean(dtype=np.float64)) or 1.0))
    begins = [0, *accumulate(len(index.keys) for index in parts)]
    found: Scores = np.zeros(len(lengths))
    # Word by word over all audiences: many small steps would take longer than their work.
    for postings in zip(*(index.words.of(words) for index in parts), strict=True):
        rows = np.concatenate([rows + np.uint32(begin) for (rows, _), begin in zip(postings, begins, strict=False)])
        often = np.concatenate([counts for _, counts in postings]).astype(np.float64)
        found[rows] += _rarity(len(lengths), len(rows)) * often * (_K1 + 1) / (often + dampened[rows])
    return found


def _rarity(number: int, having: int) -> float:
    return max(_LEAST, math.log((number - having + 0.5) / (having + 0.5)))
