"""The same ranking, written plainly: every snippet, float64, no index. What the index finds is measured against it."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from shared.adapters.ranking.audience_index import Entry
from shared.adapters.ranking.nominating import NEAR
from shared.adapters.ranking.vectors import vector_of
from shared.adapters.ranking.words import words_asked_for, words_of
from shared.domain.embeddings import Embedding

type Ranked = list[tuple[str, float]]


def exactly(entries: Sequence[Entry], text: str, embedding: Embedding | None) -> list[str]:
    """The keys of what a search must nominate, in order."""
    fused: dict[str, float] = {}
    for ranked in (by_words(entries, text), by_meaning(entries, embedding) if embedding else []):
        ordered = sorted(ranked, key=lambda found: (-round(found[1], 9), found[0]))
        for rank, (key, _) in enumerate(ordered, start=1):
            fused[key] = fused.get(key, 0.0) + 1 / (60 + rank)
    return sorted(fused, key=lambda key: (-round(fused[key], 12), key))


def by_words(entries: Sequence[Entry], text: str) -> Ranked:
    """BM25 of those that have one of the words."""
    said = {entry.key: Counter(words_of(entry.rest)) for entry in entries}
    lengths = {key: counts.total() for key, counts in said.items()}
    for entry in entries:
        for word in words_of(entry.question):
            said[entry.key][word] += 2
            lengths[entry.key] += 1
    mean = sum(lengths.values()) / max(1, len(entries)) or 1
    found: Counter[str] = Counter()
    scores: dict[str, float] = dict.fromkeys(said, 0.0)
    for word in words_asked_for(text):
        having = sum(word in counts for counts in said.values())
        weight = max(1e-6, math.log((len(entries) - having + 0.5) / (having + 0.5)))
        for key, counts in said.items():
            if counts[word]:
                found[key] += 1
                often = counts[word]
                scores[key] += weight * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * lengths[key] / mean))
    return [(key, scores[key]) for key in found]


def by_meaning(entries: Sequence[Entry], embedding: Embedding) -> Ranked:
    """The cosine of those that are near."""
    wanted = vector_of(embedding).astype(np.float64)
    near = [
        (entry.key, float(vector_of(entry.embedding).astype(np.float64) @ wanted))
        for entry in entries
        if entry.embedding is not None and entry.embedding.model == embedding.model
    ]
    return [(key, cosine) for key, cosine in near if cosine > NEAR]
