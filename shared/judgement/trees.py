"""Boosted trees: many small trees whose leaves add up to log-odds, as a data file."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from shared.judgement import models

type Tree = Sequence[tuple[int, float, int, int]]
"""Nodes, the root first: the place of a feature, the value up to which the left one follows, the places of the
left and the right one. In a leaf the first is -1 and the second its log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """A fitted sum of trees over named features."""

    bias: float
    features: tuple[str, ...]
    trees: tuple[Tree, ...]

    def logit(self, features: Mapping[str, float]) -> float:
        """The log-odds; a feature that is not given counts as 0."""
        row = [features.get(name, 0.0) for name in self.features]
        return self.bias + math.fsum(_leaf(tree, row) for tree in self.trees)


def _leaf(tree: Tree, row: Sequence[float]) -> float:
    feature, value, left, right = tree[0]
    while feature >= 0:
        feature, value, left, right = tree[left if row[feature] <= value else right]
    return value


@cache
def trees(name: str) -> Trees:
    """The fitted trees of that name."""
    content = models.read(name)
    return Trees(
        bias=content["bias"],
        features=tuple(content["features"]),
        trees=tuple(tuple((f, value, left, right) for f, value, left, right in tree) for tree in content["trees"]),
    )
