"""The last step where meanings are known: small networks over plain numbers, guesses, and the meanings themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.judgement.models import Rows, unpacked

FARTHEST = 4.0
"""Standard deviations beyond which a number says no more."""
MEANING_COUNTS = 6.0
"""By this a meaning's numbers (a twentieth each) are brought to the size of the others."""
PRODUCT_COUNTS = 60.0
"""The same for products of two."""


def meant_beside(mine: Rows, whole: Rows) -> Rows:
    """float32[replies, 1152]: each reply's meaning, its product with the question's, and the question's.

    Args:
        mine: float32[replies, 384].
        whole: float32[1, 384].
    """
    question = np.broadcast_to(whole, mine.shape)
    return np.concatenate([mine * MEANING_COUNTS, mine * whole * PRODUCT_COUNTS, question * MEANING_COUNTS], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNetwork:
    """One hidden layer; several networks that were fitted from other beginnings stand in it side by side."""

    centre: Rows
    spread: Rows
    """float32[inputs]; 0 and 1 for the meanings, which need no scaling."""
    hidden: Rows
    """float32[inputs, units]"""
    hidden_bias: Rows
    output: Rows
    """float32[units]"""
    direct: Rows
    """float32[inputs]: what goes from the inputs straight to the output."""
    bias: float
    slope: float
    shift: float

    def logits(self, table: Rows) -> Rows:
        """Calibrated log-odds for float32[replies, inputs]."""
        known = np.clip((table - self.centre) / self.spread, -FARTHEST, FARTHEST)
        scores = np.tanh(known @ self.hidden + self.hidden_bias) @ self.output + known @ self.direct + self.bias
        return np.asarray(scores * self.slope + self.shift, np.float32)


def network_of(content: Mapping[str, Any]) -> AnswerNetwork:
    """The network from what the model file holds of it."""
    inputs, units = len(content["centre"]), len(content["output"])
    small = {part: np.asarray(content[part], np.float32) for part in ("centre", "spread", "hidden_bias", "output")}
    return AnswerNetwork(
        **small,
        hidden=unpacked(content["hidden"], inputs, units),
        direct=unpacked(content["direct"], inputs, 1)[:, 0],
        bias=content["bias"],
        slope=content["slope"],
        shift=content["shift"],
    )
