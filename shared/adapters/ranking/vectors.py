"""What one audience's snippets mean, as rows of 16-bit integers, and how near each is to a question.

Half the memory of float32, and read as fast as that: memory is what a pass over all rows waits for. A cosine is off
by less than 0.00002.
"""

import numpy as np
from numpy.typing import NDArray

from shared.domain.embeddings import NUMBERS, Embedding

type Scores = NDArray[np.float32]

_LARGEST = 32_767
_AT_ONCE = 1024
"""Rows that are widened to float32 together: 1.5 MB, which stay in the processor's cache."""
_NO_MODEL = 0


def vector_of(embedding: Embedding) -> NDArray[np.float32]:
    """float32[384]."""
    return np.frombuffer(embedding.numbers, "<f4")


def room_for_rows() -> NDArray[np.float32]:
    """Where rows are widened, some at a time."""
    return np.empty((_AT_ONCE, NUMBERS), np.float32)


def likeness(one: Embedding, other: Embedding) -> float:
    """The cosine of two embeddings; 0 for those of different models."""
    return float(vector_of(one) @ vector_of(other)) if one.model == other.model else 0.0


class Vectors:
    """Numbered as the snippets are; takes no memory until the first one comes."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, NUMBERS), np.int16)
        self._scales = np.zeros(0, np.float32)
        self._models = np.zeros(0, np.uint8)
        """By which model each was made, counted from 1; 0 where there is none."""
        self._names: list[str] = []

    @property
    def bytes(self) -> int:
        """How much memory is taken."""
        return self._rows.nbytes + self._scales.nbytes + self._models.nbytes

    def put(self, row: int, embedding: Embedding) -> None:
        """Keep the embedding of a row; zeros, which are no direction, are as none."""
        numbers = vector_of(embedding)
        largest = float(np.abs(numbers).max())
        if not largest:
            return
        if row >= len(self._rows):
            self._grow(row + 1)
        if embedding.model not in self._names:
            self._names.append(embedding.model)
        self._rows[row] = np.rint(numbers * np.float32(_LARGEST / largest))
        self._scales[row] = largest / _LARGEST
        self._models[row] = 1 + self._names.index(embedding.model)

    def likeness(self, wanted: Embedding, count: int, room: NDArray[np.float32]) -> Scores:
        """The cosine of each of the first `count` rows with a question; 0 for a row without a vector of its model.

        `room` is `room_for_rows`, which one search makes once.
        """
        found = np.zeros(count, np.float32)
        rows = min(count, len(self._rows))
        if wanted.model not in self._names:
            return found
        vector = vector_of(wanted)
        for first in range(0, rows, _AT_ONCE):
            last = min(rows, first + _AT_ONCE)
            part = room[: last - first]
            np.copyto(part, self._rows[first:last])
            np.dot(part, vector, out=found[first:last])
        found[:rows] *= self._scales[:rows]
        if len(self._names) > 1:
            found[:rows][self._models[:rows] != 1 + self._names.index(wanted.model)] = 0
        return found

    def _grow(self, needed: int) -> None:
        more = max(needed, len(self._rows) + len(self._rows) // 4) - len(self._rows)
        self._rows = np.concatenate([self._rows, np.zeros((more, NUMBERS), np.int16)])
        self._scales = np.concatenate([self._scales, np.zeros(more, np.float32)])
        self._models = np.concatenate([self._models, np.full(more, _NO_MODEL, np.uint8)])
