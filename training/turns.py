"""The turn models: what the words of a message say about who spoke before and will speak after it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.messages import Message
from shared.judgement.addresses import Forms, forms_of
from shared.judgement.link_features import FAR
from shared.judgement.link_scene import said_in
from shared.judgement.utterances import Turns, pieces_of
from training.corpora import Item, chat
from training.fitting import Floats
from training.idf import nicknames

_IN_TEXTS = 15
"""In how many texts a piece must stand to be weighed."""
_PENALTY = 4e-5
_ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Said:
    """The pieces of a message, and what became of it; None where it does not say."""

    pieces: frozenset[str]
    labels: tuple[bool, bool | None, bool]
    """Starts; its author goes on with their own (of replies only); somebody else replies."""


def said_of(item: Item) -> list[Said]:
    """Every linked message of a person in a chat."""
    messages = chat(item)
    author = {int(m.id): m.author.key for m in messages if m.author}
    parents: dict[int, set[int]] = {}
    for child, parent in item["gold"]:
        parents.setdefault(child, set()).add(parent)
    drew = {p for c, p in item["gold"] if c in author and p in author and author[c] != author[p]}
    found = []
    for at in range(item["from"], len(messages)):
        if at in parents and messages[at].said_by_a_person:
            starts = at in parents[at]
            goes_on = None if starts else any(author.get(parent) == author[at] for parent in parents[at])
            pieces = pieces_of(said_in(messages[at], _forms(messages[max(0, at - FAR) : at])))
            found.append(Said(pieces, (starts, goes_on, at in drew)))
    return found


def _forms(before: Iterable[Message]) -> Forms:
    return forms_of({m.author.key: m.author for m in before if m.author}.values())


def fit_turns(shown: Sequence[Said]) -> Turns:
    """The three models; no piece holds what somebody calls themselves."""
    counts = Counter(piece for one in shown for piece in one.pieces)
    names = nicknames()
    listed = sorted(
        piece
        for piece, count in counts.items()
        if count >= _IN_TEXTS and names.isdisjoint(word.lstrip("^") for word in piece.split())
    )
    weights = [_fitted(shown, listed, label) for label in range(3)]
    bias = [float(f"{one[1]:.3g}") for one in weights]
    words = {
        piece: (float(f"{a:.3g}"), float(f"{b:.3g}"), float(f"{c:.3g}"))
        for piece, a, b, c in zip(listed, *(one[0] for one in weights), strict=True)
    }
    return Turns((bias[0], bias[1], bias[2]), words)


def _fitted(shown: Sequence[Said], listed: Sequence[str], label: int) -> tuple[Floats, float]:
    """A logistic model over sparse pieces, by accelerated gradient descent."""
    told = [one for one in shown if one.labels[label] is not None]
    place = {piece: at for at, piece in enumerate(listed)}
    known = [sorted(place[piece] for piece in one.pieces if piece in place) for one in told]
    columns = np.asarray([at for row in known for at in (*row, len(listed))], np.int64)
    sizes = np.asarray([len(row) + 1 for row in known], np.int64)
    values = np.concatenate([[*([1 / len(row) ** 0.5] * len(row)), 1.0] for row in known]).astype(np.float64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    labels = np.asarray([one.labels[label] for one in told], np.float64)
    costs = np.append(np.full(len(listed), _PENALTY), 0.0)

    def times(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.add.reduceat(weights[columns] * values, starts))

    def back(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(columns, np.repeat(errors, sizes) * values, len(costs)) / len(told)

    direction = np.ones(len(costs))
    curvature = 1.0
    for _ in range(30):
        direction = back(times(direction))
        curvature = float(np.linalg.norm(direction))
        direction /= curvature
    pace = curvature / 4 + _PENALTY
    weights = ahead = np.zeros(len(costs))
    for step in range(_ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(times(ahead), -30, 30)))
        new = ahead - (back(chances - labels) + costs * ahead) / pace
        ahead = new + (step / (step + 3)) * (new - weights)
        weights = new
    return weights[:-1].astype(np.float32), float(weights[-1])
