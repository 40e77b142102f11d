"""How right Cairn's claims were by what people said, and how much surer it should be before it claims anything.

Only what was shown is ever labelled. Feedback can therefore tell that a threshold is too low, and never that it is
too high; and after it was raised, nothing new is heard about what lies below. So a refit can make a tenant's
threshold stricter than the delivered one, or lead it back there, and not below. For the same reason the probabilities
themselves are not refitted: the labels cover a narrow band of them, in which no slope can be told. Merges by a
curator do tell of what was not shown, but only of what should have been; they are reported and move nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.domain.identity import UserKey
from shared.domain.labels import Claim, Label, Task
from shared.domain.precision import Precision
from shared.domain.tuning import STRICTEST, Finding

TARGET = {Task.SEEN_BEFORE: 0.9, Task.ANSWER: 0.75}
"""The share that should be right. "Answered before" speaks to people unasked, and a wrong one costs more trust than ten
right ones earn; a drafted answer is read by a curator."""
_STEP = 0.1
LEAST_KEPT = 10
"""Labelled claims that must pass a threshold for it to be considered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One claim, and whether people found it right."""

    claim: Claim
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How much stricter a threshold should be, in log-odds, and how right what passes it was, before and after."""

    finding: Finding
    stricter: float
    delivered: Precision
    fitted: Precision


def examples(labels: Iterable[Label], model: str) -> tuple[Example, ...]:
    """What people said, as one example for each claim that this model made by itself; by subject.

    A claim was right for somebody who found any part of what was shown right, and on the whole when most say so:
    a tie counts as wrong. Each claim counts once, however many people pressed, since they judged the same thing.
    """
    by_subject: defaultdict[str, list[Label]] = defaultdict(list)
    for label in labels:
        if label.feedback.of_what_was_shown and label.claim.model == model:
            by_subject[label.subject].append(label)
    return tuple(_example(said) for _, said in sorted(by_subject.items()))


def _example(said: Sequence[Label]) -> Example:
    found_right: defaultdict[UserKey, bool] = defaultdict(bool)
    for label in said:
        found_right[label.by] |= label.right
    latest = max(said, key=lambda label: (label.at, label.id))
    return Example(claim=latest.claim, right=2 * sum(found_right.values()) > len(found_right))


def precision(found: Iterable[Example], stricter: float = 0.0) -> Precision:
    """How right those were that pass a threshold so many log-odds stricter than the delivered one."""
    passing = [one.right for one in found if one.claim.margin >= stricter - 1e-9]
    return Precision(right=sum(passing), count=len(passing))


def fit(found: Sequence[Example], target: float) -> Fit:
    """The least strict threshold that the labels support.

    The delivered one as long as the share that was right reaches `target` there. Else the least strict one from which
    on it does with (one-sided) 95 % confidence; where none does, the one with the highest lower bound, which weighs
    how right the rest is against how little of it there is. Silence when even there it surely falls short.
    """
    delivered = precision(found)
    if not delivered.tells:
        return Fit(finding=Finding.TOO_FEW, stricter=0.0, delivered=delivered, fitted=delivered)
    if delivered.share >= target:
        return Fit(finding=Finding.FITS, stricter=0.0, delivered=delivered, fitted=delivered)
    steps = [round(step * _STEP, 1) for step in range(round(STRICTEST / _STEP) + 1)]
    kept = [(step, one) for step in steps if (one := precision(found, step)).count >= LEAST_KEPT]
    for step, one in kept:
        if one.at_least >= target:
            return Fit(finding=Finding.RAISE, stricter=step, delivered=delivered, fitted=one)
    step, best = max(kept, key=lambda pair: (pair[1].at_least, -pair[0]))
    if best.at_most < target:
        nothing = precision(found, STRICTEST)
        return Fit(finding=Finding.SILENCE, stricter=STRICTEST, delivered=delivered, fitted=nothing)
    finding = Finding.RAISE_AS_FAR_AS_KNOWN if step else Finding.NO_BETTER
    return Fit(finding=finding, stricter=step, delivered=delivered, fitted=best)
