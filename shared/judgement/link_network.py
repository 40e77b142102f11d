"""The link model: one hidden layer that scores what a message may reply to."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.judgement import models
from shared.judgement.models import Rows

_FARTHEST = 5.0
"""Standard deviations beyond which a number says no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkNetwork:
    """Scores rows of features; several networks that were fitted from other beginnings stand in it side by side."""

    centre: Rows
    spread: Rows
    """float32[features]: how the numbers are spread where it was fitted."""
    hidden: Rows
    """float32[features, units]"""
    hidden_bias: Rows
    output: Rows
    """float32[units]"""
    direct: Rows
    """float32[features]: what goes from the features straight to the output."""

    def probabilities(self, rows: Rows) -> Rows:
        """float32[rows] for float32[rows, features]: of each row, that it is the right one of them."""
        known = np.clip((rows - self.centre) / self.spread, -_FARTHEST, _FARTHEST)
        scores = np.tanh(known @ self.hidden + self.hidden_bias) @ self.output + known @ self.direct
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), dtype=np.float32)


@cache
def link_network() -> LinkNetwork:
    """The fitted one."""
    content = models.read("links")
    parts = ("centre", "spread", "hidden", "hidden_bias", "output", "direct")
    return LinkNetwork(**{part: np.asarray(content[part], dtype=np.float32) for part in parts})
