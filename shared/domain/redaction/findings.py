"""What can be found in a text that must not be kept, and how a rule points at it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

GONE = "\uffff"
"""Stands for every character that is taken out while rules read on. A noncharacter, in no rule's reach."""

type Span = tuple[int, int]
type Finder = Callable[[str], Iterator[Span]]
"""The spans to take out of a text, in order, none overlapping, none holding a `GONE`."""
type Found = tuple[FindingKind, Finder]
"""What a finder finds."""


class FindingKind(StrEnum):
    """What was found; the value stands in its place, as `[… removed]`."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    KEY = "key"
    CARD = "card number"
    ACCOUNT = "account number"
    IDENTITY = "identity number"
    EMAIL = "e-mail"
    PHONE = "phone number"


@dataclass(frozen=True, slots=True)
class Finding:
    """How often something of a kind was taken out."""

    kind: FindingKind
    count: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text without what must not be kept, and what that was."""

    text: str
    found: tuple[Finding, ...]


def _always(_match: re.Match[str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern whose group `secret` is what goes; where that group is absent, the match is passed over."""

    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = _always
    """Whether a match is one indeed."""

    def __call__(self, text: str) -> Iterator[Span]:
        """A `Finder`. A match that does not hold costs one character, so that the next may begin within it."""
        at = 0
        while match := self.pattern.search(text, at):
            start, end = match.span("secret")
            if start < 0:
                at = match.end()
            elif self.holds(match):
                yield start, end
                at = end
            else:
                at = match.start() + 1
