"""The link model: a softmax over what a message may reply to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.judgement.link_features import FAR, NAMES, candidates
from training.corpora import Item, chat, folds, items
from training.files import rounded, write
from training.fitting import Floats, Weights, f1, fit_listwise

_UNITS = 24
_EPOCHS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One message with its candidates; `targets` are the rows that are right, and may be none."""

    rows: Floats
    targets: tuple[int, ...]
    parents: int
    """How many links the annotators gave it."""


def examples(item: Item) -> list[Example]:
    """What a chat shows, message by message."""
    messages = chat(item)
    parents: dict[int, set[int]] = defaultdict(set)
    for child, parent in item["gold"]:
        parents[child].add(parent)
    found: list[Example] = []
    for at in range(item["from"], len(messages)):
        if item["messages"][at]["system"] or not parents[at]:
            continue
        chosen, rows = candidates(messages[at], messages[max(0, at - FAR) : at])
        ids = [at, *(int(one.id) for one in chosen)]
        targets = tuple(row for row, one in enumerate(ids) if one in parents[at])
        found.append(Example(rows=rows, targets=targets, parents=len(parents[at])))
    return found


def fit() -> dict[str, float]:
    """Write `links.json`; the figures on folds of train."""
    by_chat = [examples(item) for item in items("replies", "train")]
    scores = []
    for fitting, judging in folds(range(len(by_chat)), 3):
        weights = _fitted([example for at in fitting for example in by_chat[at]])
        scores.append(_f1(weights, [example for at in judging for example in by_chat[at]]))
    figures = {"F1 of people's links on folds of train": float(np.mean(scores))}
    weights = _fitted([example for one in by_chat for example in one])
    write(
        "links",
        {
            "features": list(NAMES),
            "hidden": rounded(weights.hidden),
            "hidden_bias": rounded(weights.hidden_bias),
            "output": rounded(weights.output),
            "direct": rounded(weights.direct),
        },
        fitted_on="replies.train",
        figures=figures,
    )
    return figures


def _fitted(shown: Sequence[Example]) -> Weights:
    usable = [example for example in shown if example.targets]
    return fit_listwise([e.rows for e in usable], [e.targets for e in usable], units=_UNITS, epochs=_EPOCHS)


def _f1(weights: Weights, shown: Sequence[Example]) -> float:
    right = 0
    for example in shown:
        scores = np.tanh(example.rows @ weights.hidden + weights.hidden_bias) @ weights.output
        right += int((scores + example.rows @ weights.direct).argmax()) in example.targets
    return f1(len(shown), right, sum(example.parents for example in shown))
