"""Fitting in numpy alone: a listwise network, a logistic model, and the figures that judge them. Seeds fixed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float32]
type Ints = NDArray[np.int64]

SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The parts of `shared.judgement.models.Network`."""

    hidden: Floats
    hidden_bias: Floats
    output: Floats
    direct: Floats

    def parts(self) -> list[Floats]:
        """In the order of the fields."""
        return [self.hidden, self.hidden_bias, self.output, self.direct]


def fit_listwise(
    lists: Sequence[Floats], targets: Sequence[Sequence[int]], *, units: int, epochs: int, decay: float = 1e-4
) -> Weights:
    """Fit a network so that in each list (float32[rows, features]) the target rows win a softmax.

    Adam on batches of 64 lists, the rate falling to zero in a straight line.
    """
    random = np.random.default_rng(SEED)
    features = lists[0].shape[1]
    parts: list[Floats] = [
        (random.standard_normal((features, units)) / np.sqrt(features)).astype(np.float32),
        np.zeros(units, np.float32),
        (random.standard_normal(units) / np.sqrt(units)).astype(np.float32),
        np.zeros(features, np.float32),
    ]
    moments, squares = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]
    batch, step = 64, 0
    steps = epochs * (len(lists) // batch)
    for _ in range(epochs):
        order = random.permutation(len(lists))
        for start in range(0, len(order) - batch + 1, batch):
            chosen = order[start : start + batch]
            gradients = _gradients(parts, [lists[i] for i in chosen], [targets[i] for i in chosen], decay)
            step += 1
            rate = 3e-3 * (1 - step / (steps + 1))
            for part, gradient, moment, square in zip(parts, gradients, moments, squares, strict=True):
                moment += 0.1 * (gradient - moment)
                square += 0.001 * (gradient * gradient - square)
                corrected = np.sqrt(square / (1 - 0.999**step)) + 1e-8
                part -= (rate / (1 - 0.9**step)) * moment / corrected
    return Weights(hidden=parts[0], hidden_bias=parts[1], output=parts[2], direct=parts[3])


def _gradients(
    parts: Sequence[Floats], lists: Sequence[Floats], targets: Sequence[Sequence[int]], decay: float
) -> list[Floats]:
    hidden, hidden_bias, output, direct = parts
    rows = np.concatenate(lists)
    starts = np.cumsum([0, *(len(one) for one in lists[:-1])])
    sizes = np.asarray([len(one) for one in lists], dtype=np.int64)
    active = np.tanh(rows @ hidden + hidden_bias)
    scores = active @ output + rows @ direct
    odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    error = odds / np.repeat(np.add.reduceat(odds, starts), sizes)
    for start, wanted in zip(starts, targets, strict=True):
        for row in wanted:
            error[start + row] -= 1 / len(wanted)
    error /= len(lists)
    back = np.outer(error, output) * (1 - active * active)
    return [
        rows.T @ back + decay * hidden,
        back.sum(0),
        active.T @ error + decay * output,
        rows.T @ error + decay * direct,
    ]


def fit_logistic(
    rows: Floats,
    labels: Floats,
    *,
    penalties: Floats,
    weights: Floats | None = None,
    lowest: Floats | None = None,
    rounds: int = 300,
) -> tuple[Floats, float]:
    """Weights and bias of a logistic model, by accelerated gradient descent on the penalised likelihood.

    Args:
        rows: float32[examples, features].
        labels: float32[examples], between 0 and 1.
        penalties: float32[features], how much each squared weight costs.
        weights: float32[examples], how much each example counts; equally when absent.
        lowest: float32[features], below which a weight may not fall; anywhere when absent.
        rounds: steps of Nesterov's method, with a step length from the largest curvature.
    """
    counts = np.ones(len(labels), np.float32) if weights is None else weights
    counts = counts / counts.sum()
    table = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
    costs = np.append(penalties, np.float32(0)).astype(np.float32)
    curvature = _largest_curvature(table, counts) / 4 + float(costs.max())
    floor = np.append(np.full(rows.shape[1], -np.inf) if lowest is None else lowest, -np.inf).astype(np.float32)
    known = np.zeros(table.shape[1], np.float32)
    ahead = known
    for step in range(rounds):
        chances = 1 / (1 + np.exp(-np.clip(table @ ahead, -30, 30)))
        gradient = table.T @ ((chances - labels) * counts) + costs * ahead
        new = np.maximum(ahead - gradient / curvature, floor).astype(np.float32)
        ahead = (new + (step / (step + 3)) * (new - known)).astype(np.float32)
        known = new
    return known[:-1], float(known[-1])


def _largest_curvature(table: Floats, counts: Floats) -> float:
    direction = np.ones(table.shape[1], np.float32)
    size = 1.0
    for _ in range(30):
        direction = table.T @ (counts * (table @ direction))
        size = float(np.linalg.norm(direction))
        direction /= size
    return size


def f1(said: int, right: int, wanted: int) -> float:
    """100 × F1, from how many were said, how many of them were right, how many there were to find."""
    return 200.0 * right / (said + wanted) if said + wanted else 0.0


def average_precision(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """100 × the average precision of a ranking; None when nothing is right."""
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    hits, total = 0, 0.0
    for rank, at in enumerate(order, 1):
        if right[at]:
            hits += 1
            total += hits / rank
    return 100 * total / hits if hits else None


def mean_average_precision(rankings: Sequence[tuple[Sequence[float], Sequence[bool]]]) -> float:
    """The mean over rankings; one in which nothing is right counts 0, as in the shared task's scorer."""
    return sum(average_precision(scores, right) or 0.0 for scores, right in rankings) / max(1, len(rankings))
