"""A tenant's own thresholds, as they were refitted from what its people said."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.labels import Task, log_odds

STRICTEST = 8.0
"""Log-odds above the delivered threshold at which hardly anything is said any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How much surer than as delivered Cairn must be before it claims something, in log-odds by task.

    Never less sure: what was not shown is never labelled, so nothing could tell that a lower threshold is good.
    """

    seen_before: float = 0.0
    answer: float = 0.0
    fitted_at: datetime | None = None
    """When it was written; None as delivered."""

    def stricter(self, task: Task) -> float:
        """Log-odds beyond the delivered threshold, from 0 to `STRICTEST`."""
        return min(max({Task.SEEN_BEFORE: self.seen_before, Task.ANSWER: self.answer}[task], 0.0), STRICTEST)

    def bar(self, task: Task, delivered: float) -> float:
        """The probability that is needed, where `delivered` is needed as delivered; 0 stays 0."""
        stricter = self.stricter(task)
        if not stricter or delivered <= 0.0:
            return delivered
        return 1.0 / (1.0 + math.exp(-(log_odds(delivered) + stricter)))


UNTUNED = Tuning()
"""As delivered."""


class Finding(StrEnum):
    """What the labels say about the delivered threshold."""

    TOO_FEW = "too_few"
    FITS = "fits"
    RAISE = "raise"
    """From the new one on, enough is right with 95 % confidence."""
    RAISE_AS_FAR_AS_KNOWN = "raise_as_far_as_known"
    """The new one is the best that the labels support; whether it reaches the target, they are too few to tell."""
    NO_BETTER = "no_better"
    """Too little is right, and as far as the labels tell, being stricter would not help."""
    SILENCE = "silence"
    """However sure Cairn was, too little of it was right."""
