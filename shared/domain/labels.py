"""Labels: what people's own acts say about whether a claim of Cairn's was right. Numbers and ids, nobody's words."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.identity import AudienceId, SpaceId, UserKey, derived_id

_SURELY = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this near."""


class Task(StrEnum):
    """What Cairn claimed."""

    SEEN_BEFORE = "seen_before"
    """That an earlier question is the same."""
    ANSWER = "answer"
    """That a reply answers."""


class Feedback(StrEnum):
    """What somebody did that says whether it was right."""

    SOLVED = "solved"
    NOT_THIS = "not_this"
    VERIFIED = "verified"
    REJECTED = "rejected"
    STRUCK = "struck"
    MERGED = "merged"

    @property
    def of_what_was_shown(self) -> bool:
        """Whether it is about something that Cairn claimed by itself, and not about what it left unsaid."""
        return self is not Feedback.MERGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """How sure Cairn was when it claimed something, before anything that a tenant's people taught it."""

    probability: float
    bar: float
    """The probability that was needed as delivered: another one with a sentence model than without."""
    model: str
    """Which fitted model said so; probabilities of two models can't be compared."""

    @property
    def margin(self) -> float:
        """By how many log-odds the claim was surer than it had to be."""
        return log_odds(self.probability) - log_odds(self.bar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One person's word on one claim."""

    id: str
    task: Task
    subject: str
    """What was claimed: a suggestion, an approach, or a pair of questions; several labels may be about one."""
    claim: Claim
    right: bool
    feedback: Feedback
    at: datetime
    space_id: SpaceId
    audience_id: AudienceId
    by: UserKey
    about: tuple[UserKey, ...]
    """Whose questions and answers it was about. With `by`, all whose leaving takes the label along."""

    @property
    def involved(self) -> frozenset[UserKey]:
        """Everybody who must be willing to be learned from."""
        return frozenset({self.by, *self.about})


def label_id_of(task: Task, subject: str, by: UserKey, *, part: str = "") -> str:
    """One person has one word on one claim, or on one `part` of what was shown: pressing again replaces it."""
    return derived_id("label", task, subject, part, by)


def log_odds(probability: float) -> float:
    """The logarithm of the odds, of what lies too near to 0 or 1 at the nearest value that has one."""
    within = min(max(probability, _SURELY), 1 - _SURELY)
    return math.log(within / (1 - within))
