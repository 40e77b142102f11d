"""Which snippets of some audiences fit a question best, by words, by meaning, or by both.

By words: BM25, with SQLite's constants (https://www.sqlite.org/fts5.html#the_bm25_function), over all the audiences
as one collection. By meaning: the cosine, of every snippet; nothing is left out. Both: the sum of 1 / (60 + rank),
which is reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.adapters.ranking.audience_index import AudienceIndex
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
"""Decimals after which two scores are the same, and the ids decide."""

type Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Nominated:
    """A snippet that may fit: its audience, its key there, and (as a hash) the version that was seen."""

    audience_id: AudienceId
    key: str
    version: int


def nominate(
    indexes: Mapping[AudienceId, AudienceIndex], words: list[str], embedding: Embedding | None, *, least: int
) -> list[Nominated]:
    """Those that have any of the words or are near in meaning, the likeliest first; ties by key, then by audience.

    `least` is how many of each ranking must be ranked if there are so many.
    """
    audiences = list(indexes.items())
    ends = np.cumsum([len(index.keys) for _, index in audiences], dtype=np.int64)
    if not len(ends) or not ends[-1]:
        return []

    def at(place: int) -> tuple[AudienceId, AudienceIndex, int]:
        number = int(np.searchsorted(ends, place, side="right"))
        audience_id, index = audiences[number]
        return audience_id, index, place - int(ends[number]) + len(index.keys)

    def order(place: int) -> tuple[str, AudienceId]:
        audience_id, index, row = at(place)
        return index.keys[row] or "", audience_id

    parts = [index for _, index in audiences]
    living = np.concatenate([np.frombuffer(index.living, np.bool_) for index in parts])
    rankings = [(_by_words(parts, words), 0.0)] if words else []
    if embedding is not None:
        near = [index.vectors.likeness(embedding, len(index.keys)) for index in parts]
        rankings.append((np.concatenate(near).astype(np.float64), NEAR))
    fused: dict[int, float] = {}
    for scores, above in rankings:
        first = _first(np.round(scores, _ALIKE), living & (scores > above), max(least, _RANKED))
        ranked = sorted(first, key=lambda found: (-found[1], order(found[0])))
        for rank, (place, _) in enumerate(ranked, start=1):
            fused[place] = fused.get(place, 0.0) + 1 / (_RRF + rank)
    chosen = sorted(fused, key=lambda place: (-round(fused[place], 12), order(place)))
    return [_nominated(*at(place)) for place in chosen]


def _nominated(audience_id: AudienceId, index: AudienceIndex, row: int) -> Nominated:
    return Nominated(audience_id, index.keys[row] or "", index.versions[row])


def _first(scores: Scores, eligible: NDArray[np.bool_], most: int) -> list[tuple[int, float]]:
    """Places and scores of the `most` best, and of all that are as good as the last of them."""
    places = np.flatnonzero(eligible)
    if len(places) > most:
        last = np.partition(scores[places], len(places) - most)[len(places) - most]
        places = places[scores[places] >= last]
    return list(zip(places.tolist(), scores[places].tolist(), strict=True))


def _by_words(parts: Sequence[AudienceIndex], words: list[str]) -> Scores:
    totals = [index.totals for index in parts]
    number, length = sum(rows for rows, _ in totals), sum(said for _, said in totals)
    found = [list(index.words.of(words)) for index in parts]
    having = [sum(len(postings[at][0]) for postings in found) for at in range(len(words))]
    weights = [_rarity(number, count) for count in having]
    mean = length / number or 1.0
    return np.concatenate(
        [_scores(index, postings, weights, mean) for index, postings in zip(parts, found, strict=True)]
    )


def _scores(
    index: AudienceIndex,
    postings: Sequence[tuple[NDArray[np.uint32], NDArray[np.uint8]]],
    weights: Sequence[float],
    mean: float,
) -> Scores:
    found: Scores = np.zeros(len(index.keys))
    if not any(len(rows) for rows, _ in postings):
        return found
    dampened = _K1 * (1 - _B + _B * np.array(index.lengths, np.float64) / mean)
    for (rows, counts), weight in zip(postings, weights, strict=True):
        if len(rows):
            often = counts.astype(np.float64)
            found[rows] += weight * often * (_K1 + 1) / (often + dampened[rows])
    return found


def _rarity(number: int, having: int) -> float:
    return max(_LEAST, math.log((number - having + 0.5) / (having + 0.5)))
