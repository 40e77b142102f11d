"""The models of sameness: a new question against ten earlier ones, labelled the same, related, or neither.

Two with a sentence model and two by words alone; of each pair one says how probable it is that a
candidate is the same or related, and one, which also weighs the place in the search's order, ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.judgement import models, thresholds
from shared.judgement import similar as judged
from shared.judgement.meaning import NO_MEANINGS, Meanings
from shared.judgement.verdicts import Candidate
from training.calibration import expected_error, platt, reliability
from training.corpora import Item, folds, items
from training.embedding import meanings_of
from training.files import rounded, write
from training.fitting import Floats, fit_logistic, mean_average_precision

_RELATED_COUNTS = 0.6
"""How much an example that is related, but not the same, weighs: Cairn would rather find the same."""
_COST = 0.005
"""What a squared weight costs; flat between 0.002 and 0.05 on folds."""
_FOLDS = 10
_EITHER_WAY = frozenset({judged.PLACE, "long candidate", "longer"})
"""The features that may speak against sameness as they grow; more in common never does, whatever two hundred
queries say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with its candidates: their features, whether each counts as found, is the same, may be shown."""

    features: tuple[dict[str, float], ...]
    found: tuple[bool, ...]
    same: tuple[bool, ...]
    allowed: tuple[bool, ...]
    """Whether each has more than a topic in common with the question."""


def query_of(item: Item, meanings: Meanings) -> Query:
    """A line of the data."""
    candidates = [Candidate(id=line["id"], question=line["text"], answers="") for line in item["candidates"]]
    labels = [item["gold"][line["id"]] for line in item["candidates"]]
    return Query(
        features=tuple(
            judged.features_of(item["query"], candidate, meanings) | {judged.PLACE: float(place)}
            for place, candidate in enumerate(candidates)
        ),
        found=tuple(label != "Irrelevant" for label in labels),
        same=tuple(label == "PerfectMatch" for label in labels),
        allowed=tuple(judged.more_than_topic(item["query"], c, meanings) for c in candidates),
    )


def fit() -> dict[str, float]:
    """Write `similar.json`; the figures on folds of train, with what a threshold would let through."""
    lines = items("similar", "train")
    texts = [text for line in lines for text in (line["query"], *(c["text"] for c in line["candidates"]))]
    figures: dict[str, float] = {}
    content: dict[str, Any] = {"models": {}, "reliability": {}}
    for name, meanings in (("similar by meaning", meanings_of(texts)), ("similar by words", NO_MEANINGS)):
        queries = [query_of(item, meanings) for item in lines]
        names = sorted(set(queries[0].features[0]) - {judged.PLACE})
        chance, ranking = _unseen(queries, names), _unseen(queries, [*names, judged.PLACE])
        slope, shift = platt(np.concatenate(chance), _found(queries))
        calm = [(1 / (1 + np.exp(-(one * slope + shift)))).astype(np.float32) for one in chance]
        content["models"][name] = _fitted(queries, names, slope, shift)
        content["models"][f"{name}, ranked"] = _fitted(queries, [*names, judged.PLACE])
        bins = reliability(np.concatenate(calm), _found(queries))
        content["reliability"][name] = bins
        figures[f"MAP_all, {name}"] = _map(queries, ranking)
        figures[f"calibration error, {name}"] = expected_error(bins)
        enough = thresholds.SAME_YES_BY_MEANING if meanings else thresholds.SAME_YES
        figures |= {f"{what}, {name}": value for what, value in _shown(queries, calm, enough).items()}
    figures["MAP_all of the given order"] = _map(queries, [-np.arange(len(q.found), dtype=np.float32) for q in queries])
    write("similar", content, fitted_on="similar.train", figures=figures)
    judged.forget()
    return {name: value for name, value in figures.items() if name.endswith("by meaning")}


def _table(queries: Sequence[Query], names: Sequence[str]) -> Floats:
    return np.asarray([[one[name] for name in names] for query in queries for one in query.features], np.float32)


def _found(queries: Sequence[Query]) -> Floats:
    return np.asarray([found for query in queries for found in query.found], np.float32)


def _weights(queries: Sequence[Query]) -> Floats:
    pairs = [pair for query in queries for pair in zip(query.found, query.same, strict=True)]
    return np.asarray([_RELATED_COUNTS if found and not same else 1.0 for found, same in pairs], np.float32)


def _fitted(queries: Sequence[Query], names: Sequence[str], slope: float = 1.0, shift: float = 0.0) -> dict[str, Any]:
    table = _table(queries, names)
    mean, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-6] = 1.0
    costs = np.full(len(names), _COST, np.float32)
    scaled = ((table - mean) / spread).astype(np.float32)
    lowest = np.asarray([-np.inf if name in _EITHER_WAY else 0.0 for name in names], np.float32)
    weights, bias = fit_logistic(
        scaled, _found(queries), penalties=costs, weights=_weights(queries), lowest=lowest, rounds=1000
    )
    plain = weights / spread
    return {
        "bias": float(f"{(bias - float(mean @ plain)) * slope + shift:.4g}"),
        "features": dict(zip(names, rounded(plain * np.float32(slope)), strict=True)),
    }


def _unseen(queries: Sequence[Query], names: Sequence[str]) -> list[Floats]:
    """Of each query its candidates' log-odds, by a model that it had no part in."""
    found: dict[int, Floats] = {}
    for fitting, judging in folds(list(enumerate(queries)), _FOLDS):
        content = _fitted([query for _, query in fitting], names)
        model = models.Linear(bias=content["bias"], features=content["features"], words={})
        for at, query in judging:
            found[at] = np.asarray([model.logit(one) for one in query.features], np.float32)
    return [found[at] for at in range(len(queries))]


def ranked_unseen(queries: Sequence[Query]) -> list[Floats]:
    """Of each query its candidates' scores in the ranking, by a model that it had no part in."""
    return _unseen(queries, [*sorted(set(queries[0].features[0]) - {judged.PLACE}), judged.PLACE])


def _map(queries: Sequence[Query], scores: Sequence[Floats]) -> float:
    return mean_average_precision(
        [(list(map(float, one)), query.found) for one, query in zip(scores, queries, strict=True)]
    )


def _shown(queries: Sequence[Query], chances: Sequence[Floats], enough: float) -> dict[str, float]:
    """The likeliest candidate of each query, where the verdict on it is YES: how often right, how often shown."""
    shown: list[tuple[Query, int]] = []
    for query, chance in zip(queries, chances, strict=True):
        yes = [at for at in range(len(chance)) if chance[at] >= enough and query.allowed[at]]
        if yes:
            shown.append((query, max(yes, key=lambda at, chance=chance: float(chance[at]))))  # type: ignore[misc]
    right = sum(query.found[at] for query, at in shown)
    same = sum(query.same[at] for query, at in shown)
    return {
        "shown": len(shown),
        "precision of what is shown, same or related": 100 * right / max(1, len(shown)),
        "of it the very same": 100 * same / max(1, len(shown)),
        "recall by query": 100 * right / max(1, sum(any(query.found) for query in queries)),
    }
