"""Fitting the last step of answers in numpy alone: networks that are shown ever other parts of what is known.

Two meanings say a lot about the threads that they come from and less about others, so most of their
numbers are hidden at each step, and few rounds are taken.
"""

from collections.abc import Sequence

import numpy as np

from shared.judgement.answer_network import FARTHEST, AnswerNetwork
from training.fitting import Floats, adam

_NETWORKS = 6
_UNITS = 12
_EPOCHS = 20
_BATCH = 128
_RATE = 2e-3
_HIDES = 0.5
"""The share of plain numbers and guesses that a step does not see."""
_HIDES_OF_MEANING = 0.8
"""The same of the meanings; less hidden is better on folds by thread, and worse on folds by topic."""
_DECAY = 3e-3
_DECAY_DIRECT = 9e-3
_DECAY_HIDDEN = 3e-4


def fit_answer_network(table: Floats, right: Floats, *, plain: int) -> AnswerNetwork:
    """Networks from six beginnings, side by side; not calibrated.

    Args:
        table: float32[replies, inputs].
        right: float32[replies], 1 for the good ones.
        plain: how many of the inputs, from the first, are plain numbers and guesses; the rest are meanings.
    """
    inputs = table.shape[1]
    centre, spread = np.zeros(inputs, np.float32), np.ones(inputs, np.float32)
    centre[:plain], spread[:plain] = table[:, :plain].mean(axis=0), table[:, :plain].std(axis=0)
    spread[spread < 1e-6] = 1e9
    known = np.clip((table - centre) / spread, -FARTHEST, FARTHEST).astype(np.float32)
    shown = np.full(inputs, 1 - _HIDES_OF_MEANING, np.float32)
    shown[:plain] = 1 - _HIDES
    fitted = [_fitted(known, right, shown, plain, seed) for seed in range(7, 7 + _NETWORKS)]
    return AnswerNetwork(
        centre=centre,
        spread=spread,
        hidden=np.concatenate([parts[0] for parts in fitted], axis=1),
        hidden_bias=np.concatenate([parts[1] for parts in fitted]),
        output=(np.concatenate([parts[2] for parts in fitted]) / _NETWORKS).astype(np.float32),
        direct=np.mean([parts[3] for parts in fitted], axis=0, dtype=np.float32),
        bias=float(np.mean([parts[4] for parts in fitted])),
        slope=1.0,
        shift=0.0,
    )


def _fitted(known: Floats, right: Floats, shown: Floats, plain: int, seed: int) -> list[Floats]:
    random = np.random.default_rng(seed)
    count, inputs = known.shape
    parts: list[Floats] = [
        (random.standard_normal((inputs, _UNITS)) / np.sqrt(plain + 100)).astype(np.float32),
        np.zeros(_UNITS, np.float32),
        (random.standard_normal(_UNITS) * 0.1).astype(np.float32),
        np.zeros(inputs, np.float32),
        np.zeros(1, np.float32),
    ]
    step = adam(parts)
    taken, steps = 0, _EPOCHS * (count // _BATCH)
    for _ in range(_EPOCHS):
        order = random.permutation(count)
        for start in range(0, count - _BATCH + 1, _BATCH):
            chosen = order[start : start + _BATCH]
            seen = np.asarray((random.random((_BATCH, inputs), np.float32) < shown) / shown, np.float32)
            active = np.asarray((random.random((_BATCH, _UNITS)) < 0.5) * 2, np.float32)
            taken += 1
            step(_gradients(parts, known[chosen] * seen, right[chosen], active), _RATE * (1 - taken / (steps + 1)))
    return parts


def _gradients(parts: Sequence[Floats], rows: Floats, right: Floats, active: Floats) -> list[Floats]:
    hidden, hidden_bias, output, direct, bias = parts
    units = np.tanh(rows @ hidden + hidden_bias)
    scores = (units * active) @ output + rows @ direct + bias
    error = ((1 / (1 + np.exp(-scores)) - right) / len(right)).astype(np.float32)
    back = np.outer(error, output) * active * (1 - units * units)
    return [
        rows.T @ back + _DECAY_HIDDEN * hidden,
        back.sum(axis=0),
        (units * active).T @ error + _DECAY * output,
        rows.T @ error + _DECAY_DIRECT * direct,
        error.sum(keepdims=True),
    ]
