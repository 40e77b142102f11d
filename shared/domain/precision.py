"""How many were right of how many, and what that tells."""

from dataclasses import dataclass
from math import sqrt

LEAST = 30
"""Claims that people must have judged before a figure tells anything; by hand: with fewer, even a spotless record is
compatible with more than one in ten being wrong."""
TWO_SIDED_95 = 1.96
ONE_SIDED_95 = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """So many of so many were right."""

    right: int
    count: int

    @property
    def share(self) -> float:
        """The share that was right, from 0 to 1; 0 of none."""
        return self.right / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, with 95 % confidence."""
        return wilson(self.right, self.count)

    @property
    def at_least(self) -> float:
        """What the true share reaches, with (one-sided) 95 % confidence."""
        return wilson(self.right, self.count, ONE_SIDED_95)[0]

    @property
    def at_most(self) -> float:
        """What the true share does not exceed, with (one-sided) 95 % confidence."""
        return wilson(self.right, self.count, ONE_SIDED_95)[1]

    @property
    def tells(self) -> bool:
        """Whether there is enough to tell anything."""
        return self.count >= LEAST


def wilson(right: int, count: int, deviations: float = TWO_SIDED_95) -> tuple[float, float]:
    """The interval of a share, so many standard deviations wide to either side (Wilson 1927); 0 to 1 for none."""
    if not count:
        return 0.0, 1.0
    share, square = right / count, deviations * deviations
    middle = share + square / (2 * count)
    spread = deviations * sqrt(share * (1 - share) / count + square / (4 * count * count))
    whole = 1 + square / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
