"""The model of sameness: a new question against ten earlier ones, labelled the same, related, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.judgement import thresholds
from shared.judgement.similar import features_of, more_than_topic
from shared.judgement.verdicts import Candidate
from training.corpora import Item, folds, items
from training.files import rounded, write
from training.fitting import Floats, fit_logistic, mean_average_precision

_RELATED_COUNTS = 0.6
"""What a related question is worth as a target between the same (1) and another one (0): the shared task
counts it as found, Cairn would rather not show it as answered before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with its candidates: their features, their targets, and whether each counts as found."""

    rows: Floats
    targets: Floats
    found: tuple[bool, ...]
    same: tuple[bool, ...]
    allowed: tuple[bool, ...]
    """Whether each has more than a topic in common with the question."""


def query_of(item: Item, names: Sequence[str]) -> Query:
    """A line of the data."""
    candidates = [Candidate(id=line["id"], question=line["text"], answers="") for line in item["candidates"]]
    features = [features_of(item["query"], candidate) for candidate in candidates]
    labels = [item["gold"][line["id"]] for line in item["candidates"]]
    worth = {"PerfectMatch": 1.0, "Relevant": _RELATED_COUNTS, "Irrelevant": 0.0}
    return Query(
        rows=np.asarray([[one[name] for name in names] for one in features], np.float32),
        targets=np.asarray([worth[label] for label in labels], np.float32),
        found=tuple(label != "Irrelevant" for label in labels),
        same=tuple(label == "PerfectMatch" for label in labels),
        allowed=tuple(more_than_topic(item["query"], candidate) for candidate in candidates),
    )


def fit() -> dict[str, float]:
    """Write `similar.json`; the figures on folds of train, with what a threshold would let through."""
    names = sorted(features_of("a", Candidate(id="", question="", answers="")))
    queries = [query_of(item, names) for item in items("similar", "train")]
    judged: list[tuple[Query, list[float]]] = []
    for fitting, judging in folds(queries):
        weights, bias = _fitted(fitting, names)
        judged += [(query, list(map(float, query.rows @ weights + bias))) for query in judging]
    figures = {
        "MAP_all of the given order": _map([(q, [0.0] * len(q.found)) for q, _ in judged]),
        "MAP_all on folds of train": _map(judged),
        **_shown(judged),
    }
    weights, bias = _fitted(queries, names)
    write(
        "similar",
        {
            "bias": float(f"{bias:.4g}"),
            "features": dict(zip(names, rounded(weights), strict=True)),
        },
        fitted_on="similar.train",
        figures=figures,
    )
    return figures


def _fitted(queries: Sequence[Query], names: Sequence[str]) -> tuple[Floats, float]:
    rows = np.concatenate([query.rows for query in queries])
    targets = np.concatenate([query.targets for query in queries])
    return fit_logistic(rows, targets, penalties=np.full(len(names), 3e-5, np.float32), rounds=1500)


def _map(judged: Sequence[tuple[Query, list[float]]]) -> float:
    placed = [([s - thresholds.PLACE_COSTS * at for at, s in enumerate(scores)], q.found) for q, scores in judged]
    return mean_average_precision(placed)


def _shown(judged: Sequence[tuple[Query, list[float]]]) -> dict[str, float]:
    """The likeliest candidate of each query, where the verdict on it is YES: how often right, how often shown."""
    needed = float(np.log(thresholds.SAME_YES / (1 - thresholds.SAME_YES)))
    shown: list[tuple[Query, int]] = []
    for query, scores in judged:
        yes = [at for at, score in enumerate(scores) if score >= needed and query.allowed[at]]
        if yes:
            shown.append((query, max(yes, key=scores.__getitem__)))
    right = sum(query.found[at] for query, at in shown)
    same = sum(query.same[at] for query, at in shown)
    return {
        "shown": len(shown),
        "precision of what is shown, same or related": 100 * right / max(1, len(shown)),
        "of it the very same": 100 * same / max(1, len(shown)),
        "recall by query": 100 * right / max(1, sum(any(query.found) for query, _ in judged)),
    }
