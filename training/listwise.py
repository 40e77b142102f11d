"""Fitting the link network in numpy alone: a softmax over lists of rows. Seeds fixed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.judgement.link_network import LinkNetwork

type Floats = NDArray[np.float32]

_BATCH = 64
_RATE = 3e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Rows of many lists, one list after the other."""

    rows: Floats
    """float32[rows, features]"""
    sizes: NDArray[np.int64]
    """How many rows each list has."""
    right: NDArray[np.bool_]
    """bool[rows]: the rows that should win; a list without any teaches nothing."""

    def starts(self) -> NDArray[np.int64]:
        """The first row of each list."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]])


def fit_listwise(lists: Lists, *, units: int, epochs: int, networks: int, decay: float) -> LinkNetwork:
    """Networks that make the right rows win, from different beginnings, averaged by standing side by side.

    Adam on batches of 64 lists, the rate falling to zero in a straight line; `decay` draws every weight
    towards nothing.
    """
    centre, spread = lists.rows.mean(0), lists.rows.std(0)
    spread = np.where(spread > 1e-5, spread, np.float32(np.inf)).astype(np.float32)
    known = np.clip((lists.rows - centre) / spread, -5, 5).astype(np.float32)
    starts = lists.starts()
    tables = [known[start : start + size] for start, size in zip(starts, lists.sizes, strict=True)]
    ends = starts + lists.sizes
    wanted = [np.flatnonzero(lists.right[start:end]) for start, end in zip(starts, ends, strict=True)]
    teaching = [at for at, rows in enumerate(wanted) if len(rows)]
    fitted = [
        _fitted([tables[at] for at in teaching], [wanted[at] for at in teaching], units, epochs, decay, seed)
        for seed in range(7, 7 + networks)
    ]
    return LinkNetwork(
        centre=centre.astype(np.float32),
        spread=np.where(np.isinf(spread), np.float32(1e9), spread).astype(np.float32),
        hidden=np.concatenate([parts[0] for parts in fitted], axis=1),
        hidden_bias=np.concatenate([parts[1] for parts in fitted]),
        output=(np.concatenate([parts[2] for parts in fitted]) / networks).astype(np.float32),
        direct=np.mean([parts[3] for parts in fitted], axis=0, dtype=np.float32),
    )


def _fitted(
    tables: Sequence[Floats], wanted: Sequence[NDArray[np.int64]], units: int, epochs: int, decay: float, seed: int
) -> list[Floats]:
    random = np.random.default_rng(seed)
    features = tables[0].shape[1]
    parts: list[Floats] = [
        (random.standard_normal((features, units)) / np.sqrt(features)).astype(np.float32),
        np.zeros(units, np.float32),
        (random.standard_normal(units) / np.sqrt(units)).astype(np.float32),
        np.zeros(features, np.float32),
    ]
    moments, squares = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]
    step, steps = 0, epochs * (len(tables) // _BATCH)
    for _ in range(epochs):
        order = random.permutation(len(tables))
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            chosen = order[start : start + _BATCH]
            gradients = _gradients(parts, [tables[i] for i in chosen], [wanted[i] for i in chosen], decay)
            step += 1
            rate = _RATE * (1 - step / (steps + 1))
            for part, gradient, moment, square in zip(parts, gradients, moments, squares, strict=True):
                moment += 0.1 * (gradient - moment)
                square += 0.001 * (gradient * gradient - square)
                corrected = np.sqrt(square / (1 - 0.999**step)) + 1e-8
                part -= (rate / (1 - 0.9**step)) * moment / corrected
    return parts


def _gradients(
    parts: Sequence[Floats], tables: Sequence[Floats], wanted: Sequence[NDArray[np.int64]], decay: float
) -> list[Floats]:
    hidden, hidden_bias, output, direct = parts
    rows = np.concatenate(tables)
    starts = np.cumsum([0, *(len(one) for one in tables[:-1])])
    sizes = np.asarray([len(one) for one in tables], dtype=np.int64)
    active = np.tanh(rows @ hidden + hidden_bias)
    error = softmax(active @ output + rows @ direct, starts, sizes)
    for start, right in zip(starts, wanted, strict=True):
        error[start + right] -= 1 / len(right)
    error /= len(tables)
    back = np.outer(error, output) * (1 - active * active)
    return [
        rows.T @ back + decay * hidden,
        back.sum(0),
        active.T @ error + decay * output,
        rows.T @ error + decay * direct,
    ]


def softmax(scores: Floats, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats:
    """The scores of many lists as probabilities within each."""
    odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    return np.asarray(odds / np.repeat(np.add.reduceat(odds, starts), sizes), dtype=np.float32)
