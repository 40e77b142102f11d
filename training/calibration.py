"""Making log-odds mean what they say (Platt 1999), and showing whether they do."""

from collections.abc import Sequence

import numpy as np

from training.fitting import Floats, fit_logistic

_BINS = 10


def platt(logits: Floats, right: Floats) -> tuple[float, float]:
    """Slope and shift by which log-odds, judged on lines that the model had not seen, become calibrated."""
    table = logits.reshape(-1, 1).astype(np.float32)
    slope, shift = fit_logistic(table, right, penalties=np.zeros(1, np.float32), rounds=3000)
    return float(slope[0]), shift


def reliability(probabilities: Floats, right: Floats) -> list[list[float]]:
    """[mean probability, share that is right, how many], by tenths of probability; tenths without any are left out."""
    tenths = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    return [
        [round(float(probabilities[here].mean()), 3), round(float(right[here].mean()), 3), int(here.sum())]
        for here in (tenths == tenth for tenth in range(_BINS))
        if here.any()
    ]


def expected_error(bins: Sequence[Sequence[float]]) -> float:
    """The expected calibration error of such bins, in points of 100."""
    count = sum(number for _, _, number in bins)
    return 100 * sum(abs(said - was) * number for said, was, number in bins) / max(1, count)
