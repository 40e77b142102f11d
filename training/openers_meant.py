"""The model of what openers mean: the meanings of all that was said in the training chats.

What it says of a chat stands as one number among those that the trees and the logistic model weigh. While these are
fitted, it must come from a model that has not seen that chat: else they would trust it more than it deserves.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.judgement.meaning import rows
from training.corpora import items, openers_of
from training.embedding import meanings_of
from training.files import packed, write
from training.fitting import Floats, average_precision, fit_logistic
from training.links import FOLDS

_PENALTY, _ROUNDS = 3e-4, 300
_PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that people said in chats: what it means, and whether it opened a request that was replied to."""

    chat: NDArray[np.int64]
    vectors: Floats
    opens: NDArray[np.bool_]


@cache
def said() -> Said:
    """The labelled messages of the training chats; once for the process. Raises `Unusable` without the model."""
    texts, chats, opens = [], [], []
    for at, item in enumerate(items("replies", "train")):
        right = openers_of(item)
        for line in item["messages"]:
            if line["id"] >= item["from"] and line["author"] and not line["system"] and line["text"].strip():
                texts.append(line["text"])
                chats.append(at)
                opens.append(line["id"] in right)
    return Said(
        chat=np.asarray(chats, np.int64),
        vectors=rows(meanings_of(texts), texts),
        opens=np.asarray(opens, np.bool_),
    )


def vectors_of(texts: tuple[str, ...]) -> Floats:
    """float32[texts, 384]: what each text means. Raises `Unusable` without the sentence model."""
    return rows(meanings_of(texts), texts)


def told(vectors: Floats, chats: NDArray[np.int64], without: int | None = None) -> NDArray[np.float64]:
    """What meaning says of each text, by a model that was not fitted on the text's own chat.

    Args:
        vectors: float32[texts, 384].
        chats: int64[texts], the chat of the training file that each is from.
        without: a fold of the chats that nothing may be fitted on; what is said of the others comes from parts of
            them, what is said of the fold itself from all of them.

    Returns:
        float64[texts], log-odds.
    """
    left_out = np.zeros(len(chats), np.bool_) if without is None else chats % FOLDS == without
    found = np.zeros(len(chats))
    for part in (*range(_PARTS), None):
        chosen = left_out if part is None else ~left_out & (_part_of(chats) == part)
        if chosen.any():
            weights, bias = _fitted(without, part)
            found[chosen] = vectors[chosen] @ weights + bias
    return found


def fit() -> dict[str, float]:
    """Write `openers-meaning.json`; the figures on parts of train."""
    known = said()
    weights, bias = _fitted(None, None)
    ranked = told(known.vectors, known.chat)
    precision = average_precision(list(map(float, ranked)), list(map(bool, known.opens)))
    figures = {"average precision of openers among all messages, by meaning alone": precision or 0.0}
    content = {"bias": float(f"{bias:.4g}"), "weights": packed(weights[:, None])}
    write("openers-meaning", content, fitted_on="replies.train (all messages of people)", figures=figures)
    return figures


def _part_of(chats: NDArray[np.int64]) -> NDArray[np.int64]:
    """Across the folds, so that each part has chats of all of them."""
    return (chats // FOLDS) % _PARTS


@cache
def _fitted(fold: int | None, part: int | None) -> tuple[Floats, float]:
    """Fitted without the chats of a fold, and without those of a part."""
    known = said()
    chosen = np.ones(len(known.chat), np.bool_)
    if fold is not None:
        chosen &= known.chat % FOLDS != fold
    if part is not None:
        chosen &= _part_of(known.chat) != part
    penalties = np.full(known.vectors.shape[1], _PENALTY, np.float32)
    opens = known.opens[chosen].astype(np.float32)
    return fit_logistic(known.vectors[chosen], opens, penalties=penalties, rounds=_ROUNDS)
