"""Fitting in numpy alone: a logistic model, and the figures that judge them. Seeds fixed."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float32]
type Ints = NDArray[np.int64]

SEED = 7


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


def adam(parts: Sequence[Floats]) -> Callable[[Sequence[Floats], float], None]:
    """A step of Adam (Kingma and Ba 2015) on these arrays, which it changes: called with gradients and a rate."""
    moments, squares = [np.zeros_like(part) for part in parts], [np.zeros_like(part) for part in parts]
    taken = 0

    def step(gradients: Sequence[Floats], rate: float) -> None:
        nonlocal taken
        taken += 1
        for part, gradient, moment, square in zip(parts, gradients, moments, squares, strict=True):
            moment += 0.1 * (gradient - moment)
            square += 0.001 * (gradient * gradient - square)
            part -= (rate / (1 - 0.9**taken)) * moment / (np.sqrt(square / (1 - 0.999**taken)) + 1e-8)

    return step


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
