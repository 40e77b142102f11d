"""Which reply is whose: a question's good replies against its other replies and those to other questions.

Two sentences mean alike to a sentence model when they say alike; an answer seldom says what its question
says. So both meanings are turned a little, by as few directions as thirty threads in a batch can tell
apart, until a question lies nearer to its good replies than to any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.fitting import SEED, Floats, adam

TURNS = 32
"""Directions in which meanings are turned; level on folds from 16."""
_EPOCHS = 12
_BATCH = 32
_RATE = 3e-3
_DECAY = 1e-3
_SHARPNESS = 12.0
"""How much a cosine counts in the softmax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """As `shared.judgement.replies` uses it."""

    question_side: Floats
    reply_side: Floats
    suits: Floats


def fit_matching(questions: Floats, replies: Floats, belongs: Sequence[int], good: Floats) -> Matching:
    """Softmax over the replies of 32 threads, Adam with a steady rate.

    Args:
        questions: float32[threads, 384].
        replies: float32[replies, 384].
        belongs: of each reply, which thread it stands in.
        good: float32[replies], 1 for the good ones; a thread without any teaches nothing but what is not right.
    """
    random = np.random.default_rng(SEED)
    numbers = questions.shape[1]
    parts = [(random.standard_normal((numbers, TURNS)) * 0.02).astype(np.float32) for _ in range(2)]
    parts.append(np.zeros(numbers, np.float32))
    step = adam(parts)
    owner = np.asarray(belongs)
    for _ in range(_EPOCHS):
        order = random.permutation(len(questions))
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            chosen = order[start : start + _BATCH]
            rows = np.flatnonzero(np.isin(owner, chosen))
            own = owner[rows][None, :] == chosen[:, None]
            step(_gradients(parts, questions[chosen], replies[rows], own & (good[rows] > 0)), _RATE)
    return Matching(question_side=parts[0], reply_side=parts[1], suits=parts[2])


def _gradients(parts: Sequence[Floats], asked: Floats, said: Floats, right: np.ndarray) -> list[Floats]:
    question_side, reply_side, suits = parts
    turned, met = asked @ question_side, said @ reply_side
    scores = _SHARPNESS * (asked @ said.T + turned @ met.T) + (said @ suits)[None, :]
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    teaches = right.any(axis=1, keepdims=True)
    error = (chances - right / np.maximum(right.sum(axis=1, keepdims=True), 1)) * teaches / max(1, teaches.sum())
    error = error.astype(np.float32)
    return [
        _SHARPNESS * asked.T @ (error @ met) + _DECAY * question_side,
        _SHARPNESS * said.T @ (error.T @ turned) + _DECAY * reply_side,
        said.T @ error.sum(axis=0) + _DECAY * suits,
    ]
