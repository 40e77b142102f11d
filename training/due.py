"""The model of openers for a thread by itself: the threads of the training chats, as their messages were placed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.domain.messages import Message
from shared.judgement.conversations import opening_of
from shared.judgement.opener_features import Weighing, by_others, features_due, text_of
from shared.judgement.opener_meaning import MEANT, fitted_beside
from training.corpora import chat, items, openers_of
from training.files import rounded, write
from training.fitting import Floats, f1, fit_logistic
from training.links import FOLDS, fitted
from training.openers_meant import told, vectors_of
from training.placing import Links, placed

_PENALTY = 3e-3
_ROUNDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A thread that others took part in; whether it opens with a request that somebody else replied to."""

    chat: int
    text: str
    features: Mapping[str, float]
    opens: bool


def threads(messages: Sequence[Message], links: Links) -> Iterator[list[Message]]:
    """The threads as the store has them: each begins with a message that was placed as a start."""
    found: defaultdict[str | None, list[Message]] = defaultdict(list)
    for message in messages:
        if message.said_by_a_person and message.id in links:
            found[message.thread_id].append(message)
    yield from (thread for thread_id, thread in found.items() if thread[0].id == thread_id)


def judged(messages: Sequence[Message], links: Links, weighing: Weighing) -> dict[int, tuple[str, Mapping[str, float]]]:
    """How every thread that others took part in begins, and its features, by its start."""
    found: dict[int, tuple[str, Mapping[str, float]]] = {}
    for thread in threads(messages, links):
        question = opening_of(thread)
        later = thread[len(question) :]
        if by_others(question, later):
            found[int(thread[0].id)] = text_of(question), features_due(question, later, {}, weighing)
    return found


def fit(weighings: Sequence[Weighing]) -> dict[str, float]:
    """Write `openers-due.json`, and the one that weighs meaning beside; the figures on folds of train.

    `weighings` are fitted without each fold.
    """
    lines = items("replies", "train")
    shown: list[Example] = []
    wanted = 0
    for at, (item, links) in enumerate(zip(lines, fitted().found, strict=True)):
        right = openers_of(item)
        wanted += len(right)
        asked_about = {one: link for one, link in links.items() if int(one) >= item["from"]}
        found = judged(placed(chat(item), links), asked_about, weighings[at % FOLDS])
        shown += [
            Example(chat=at, text=text, features=features, opens=one in right)
            for one, (text, features) in found.items()
        ]
    figures = _written("openers-due", [shown] * FOLDS, shown, wanted, "by the thread alone")
    views = [_with_meaning(shown, without) for without in (*range(FOLDS), None)]
    return figures | _written(
        fitted_beside("openers-due"), views[:FOLDS], views[FOLDS], wanted, "by the thread alone and meaning"
    )


def _with_meaning(shown: Sequence[Example], without: int | None) -> list[Example]:
    chats = np.asarray([example.chat for example in shown], np.int64)
    said = told(vectors_of(tuple(example.text for example in shown)), chats, without)
    return [
        replace(example, features={**example.features, MEANT: float(one)})
        for example, one in zip(shown, said, strict=True)
    ]


def _written(
    name: str, views: Sequence[Sequence[Example]], shown: Sequence[Example], wanted: int, how: str
) -> dict[str, float]:
    """Fit and write one model; `views` are the threads as they look while each fold is left out."""
    names = sorted({one for example in shown for one in example.features})
    scores = np.zeros(len(shown))
    for fold, view in enumerate(views):
        weights, bias = _fitted([example for example in view if example.chat % FOLDS != fold], names)
        judging = [at for at, example in enumerate(view) if example.chat % FOLDS == fold]
        scores[judging] = _table([view[at] for at in judging], names) @ weights + bias
    figures = _figures(scores, np.asarray([example.opens for example in shown], np.bool_), wanted, how)
    weights, bias = _fitted(shown, names)
    content = {"bias": float(f"{bias:.4g}"), "features": dict(zip(names, rounded(weights), strict=True))}
    write(name, content, fitted_on="replies.train (threads that others took part in)", figures=figures)
    return figures


def _table(shown: Sequence[Example], names: Sequence[str]) -> Floats:
    return np.asarray([[example.features.get(name, 0.0) for name in names] for example in shown], np.float32)


def _fitted(shown: Sequence[Example], names: Sequence[str]) -> tuple[Floats, float]:
    table = _table(shown, names)
    centre, spread = table.mean(0), table.std(0)
    spread = np.where(spread > 1e-4, spread, np.float32(np.inf))
    labels = np.asarray([example.opens for example in shown], np.float32)
    costs = np.full(len(names), _PENALTY, np.float32)
    weights, bias = fit_logistic(
        ((table - centre) / spread).astype(np.float32), labels, penalties=costs, rounds=_ROUNDS
    )
    real = (weights / spread).astype(np.float32)
    return real, float(bias - centre @ real)


def _figures(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: int, how: str) -> dict[str, float]:
    chances = 1 / (1 + np.exp(-scores))
    at = {
        cut: f1(int((chances >= cut).sum()), int(right[chances >= cut].sum()), wanted)
        for cut in np.arange(0.2, 0.6, 0.05)
    }
    best = max(at, key=at.__getitem__)
    return {f"F1 of openers on folds of train, {how}": at[best], f"{how}, at a probability of": float(best)}
