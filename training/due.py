"""The model of openers for a thread by itself: the threads of the training chats, as their messages were placed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.messages import Message
from shared.judgement.conversations import opening_of
from shared.judgement.opener_features import Weighing, by_others, features_due
from training.corpora import Item, chat, items
from training.files import rounded, write
from training.fitting import Floats, f1, fit_logistic
from training.links import FOLDS, fitted
from training.placing import Links, placed

_PENALTY = 3e-3
_ROUNDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A thread that others took part in; whether it opens with a request that somebody else replied to."""

    chat: int
    features: Mapping[str, float]
    opens: bool


def openers_of(item: Item) -> set[int]:
    """Messages that start a conversation and that another person replies to, as the task counts them."""
    author = {m["id"]: m["author"] for m in item["messages"]}
    starts = {child for child, parent in item["gold"] if child == parent and child >= item["from"] and author[child]}
    return starts & {p for c, p in item["gold"] if c != p and author[c] and author[p] and author[c] != author[p]}


def threads(messages: Sequence[Message], links: Links) -> Iterator[list[Message]]:
    """The threads as the store has them: each begins with a message that was placed as a start."""
    found: defaultdict[str | None, list[Message]] = defaultdict(list)
    for message in messages:
        if message.said_by_a_person and message.id in links:
            found[message.thread_id].append(message)
    yield from (thread for thread_id, thread in found.items() if thread[0].id == thread_id)


def judged(messages: Sequence[Message], links: Links, weighing: Weighing) -> dict[int, Mapping[str, float]]:
    """The features of every thread that others took part in, by its start."""
    found: dict[int, Mapping[str, float]] = {}
    for thread in threads(messages, links):
        question = opening_of(thread)
        later = thread[len(question) :]
        if by_others(question, later):
            found[int(thread[0].id)] = features_due(question, later, {}, weighing)
    return found


def fit(weighings: Sequence[Weighing]) -> dict[str, float]:
    """Write `openers-due.json`; the figures on folds of train. `weighings` are fitted without each fold."""
    lines = items("replies", "train")
    shown: list[Example] = []
    wanted = 0
    for at, (item, links) in enumerate(zip(lines, fitted().found, strict=True)):
        right = openers_of(item)
        wanted += len(right)
        asked_about = {one: link for one, link in links.items() if int(one) >= item["from"]}
        found = judged(placed(chat(item), links), asked_about, weighings[at % FOLDS])
        shown += [Example(chat=at, features=features, opens=one in right) for one, features in found.items()]
    names = sorted({name for example in shown for name in example.features})
    scores = np.zeros(len(shown))
    for fold in range(FOLDS):
        weights, bias = _fitted([example for example in shown if example.chat % FOLDS != fold], names)
        judging = [at for at, example in enumerate(shown) if example.chat % FOLDS == fold]
        scores[judging] = _table([shown[at] for at in judging], names) @ weights + bias
    figures = _figures(scores, np.asarray([example.opens for example in shown], np.bool_), wanted)
    weights, bias = _fitted(shown, names)
    content = {"bias": float(f"{bias:.4g}"), "features": dict(zip(names, rounded(weights), strict=True))}
    write("openers-due", content, fitted_on="replies.train (threads that others took part in)", figures=figures)
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


def _figures(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: int) -> dict[str, float]:
    chances = 1 / (1 + np.exp(-scores))
    at = {
        cut: f1(int((chances >= cut).sum()), int(right[chances >= cut].sum()), wanted)
        for cut in np.arange(0.2, 0.6, 0.05)
    }
    best = max(at, key=at.__getitem__)
    return {"F1 of openers on folds of train, by the thread alone": at[best], "at a probability of": float(best)}
