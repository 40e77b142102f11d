"""The answer model: replies of forum threads labelled good, against the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.judgement.replies import features_of, words_of
from training.corpora import Item, folds, items
from training.files import rounded, write
from training.fitting import Floats, f1, fit_logistic, mean_average_precision
from training.idf import texts_of_chats

_IN_REPLIES = 8
_IN_CHATS = 20
"""In how many texts of each corpus a word must stand to be weighed, so that the forum's own topics do not vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A question with its replies, in order, and which of them are good."""

    question: str
    replies: tuple[str, ...]
    good: tuple[bool, ...]


def thread_of(item: Item) -> Thread:
    """A line of the data."""
    question = item["question"]
    return Thread(
        question="\n".join(part for part in (question["subject"], question["text"]) if part),
        replies=tuple(answer["text"] for answer in item["answers"]),
        good=tuple(item["gold"][answer["id"]] == "Good" for answer in item["answers"]),
    )


def fit() -> dict[str, float]:
    """Write `answers.json`; the figures on folds of train."""
    threads = [thread_of(item) for item in items("answers", "train")]
    vocabulary = common_words(threads)
    maps, f1s = [], []
    for fitting, judging in folds(threads):
        weights, bias, names = _fitted(fitting, vocabulary)
        scores = _table(judging, names) @ weights + bias
        maps.append(_map(scores, judging))
        f1s.append(_f1(scores, judging))
    weights, bias, names = _fitted(threads, vocabulary)
    figures = {"MAP_all on folds of train": float(np.mean(maps)), "F1 on folds of train": float(np.mean(f1s))}
    fitted = dict(zip(names, rounded(weights), strict=True))
    write(
        "answers",
        {
            "bias": float(f"{bias:.4g}"),
            "features": {name: w for name, w in fitted.items() if not name.startswith("word ")},
            "words": {name[5:]: w for name, w in fitted.items() if name.startswith("word ")},
        },
        fitted_on="answers.train",
        figures=figures,
    )
    return figures


def common_words(threads: Sequence[Thread]) -> list[str]:
    """The words that stand in enough replies and in enough lines of chats."""
    replies = Counter(word for thread in threads for reply in thread.replies for word in words_of(reply))
    chats = Counter(word for text in texts_of_chats() for word in words_of(text))
    return sorted(word for word, count in replies.items() if count >= _IN_REPLIES and chats[word] >= _IN_CHATS)


def _table(threads: Sequence[Thread], names: Sequence[str]) -> Floats:
    column = {name: at for at, name in enumerate(names)}
    table = np.zeros((sum(len(thread.replies) for thread in threads), len(names)), np.float32)
    shown = [(t.question, reply) for t in threads for reply in t.replies]
    for row, (question, reply) in enumerate(shown):
        for name, value in features_of(question, reply).items():
            if name in column:
                table[row, column[name]] = value
        known = [at for word in words_of(reply) if (at := column.get(f"word {word}")) is not None]
        table[row, known] = 1 / max(1, len(known)) ** 0.5
    return table


def _fitted(threads: Sequence[Thread], vocabulary: Sequence[str]) -> tuple[Floats, float, list[str]]:
    shown = [(t.question, reply) for t in threads for reply in t.replies]
    dense = sorted({name for one in shown for name in features_of(*one)})
    names = [*dense, *(f"word {word}" for word in vocabulary)]
    labels = np.asarray([good for thread in threads for good in thread.good], np.float32)
    costs = np.asarray([2e-4] * len(dense) + [1e-3] * len(vocabulary), np.float32)
    weights, bias = fit_logistic(_table(threads, names), labels, penalties=costs, rounds=400)
    return weights, bias, names


def _map(scores: Floats, threads: Sequence[Thread]) -> float:
    rest = iter(map(float, scores))
    return mean_average_precision([([next(rest) for _ in thread.replies], thread.good) for thread in threads])


def _f1(scores: Floats, threads: Sequence[Thread]) -> float:
    good = np.asarray([good for thread in threads for good in thread.good], dtype=np.bool_)
    said = scores > 0
    return f1(int(said.sum()), int((said & good).sum()), int(good.sum()))
