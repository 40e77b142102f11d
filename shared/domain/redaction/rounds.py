"""The redaction itself: rules read the text one after the other until none finds anything more."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.redaction import named
from shared.domain.redaction.findings import GONE, Finding, FindingKind, Found, Redacted, Rule, Span
from shared.domain.redaction.keys import DRAWN, KEYS
from shared.domain.redaction.logins import LOGINS
from shared.domain.redaction.numbers import NUMBERS
from shared.domain.redaction.phones import PHONES

# `git@host:path` is how a repository is named, not whom to write to.
_EMAIL = rf"(?i)(?<![\w.+{GONE}-])(?P<secret>(?!git@)[\w.+-]{{1,64}}@(?:[\w-]{{1,63}}\.){{1,8}}[a-z]{{2,24}})\b"
_FINDERS: tuple[Found, ...] = (
    *KEYS,
    (FindingKind.KEY, named.keys),
    (FindingKind.PASSWORD, named.passwords),
    *LOGINS,
    (FindingKind.EMAIL, Rule(re.compile(_EMAIL))),
    *NUMBERS,
    *PHONES,
    DRAWN,
)
_MARK = re.compile(r"\[(?:" + "|".join(FindingKind) + r") removed\]")


@dataclass(frozen=True, slots=True)
class _Removal:
    start: int
    end: int
    kind: FindingKind


def redact(text: str) -> Redacted:
    """The text with every secret and personal detail replaced by plain words such as `[password removed]`.

    All else is kept to the letter, and no words are joined. Redacting what comes out changes nothing and
    finds nothing. Takes time in proportion to the text.
    """
    reading = _MARK.sub(lambda mark: GONE * len(mark[0]), text)
    removals: list[_Removal] = []
    while found := _one_round(reading):
        removals += found
        reading = _blotted(reading, [(removal.start, removal.end) for removal in found])
    removals.sort(key=lambda removal: removal.start)
    counts = Counter(removal.kind for removal in removals)
    return Redacted(
        _rewritten(text, removals), tuple(Finding(kind, counts[kind]) for kind in FindingKind if kind in counts)
    )


def without_marks(text: str) -> str:
    """A redacted text without the words that stand for what was taken out, for judging what it is about."""
    return _MARK.sub(" ", text)


def _one_round(reading: str) -> list[_Removal]:
    """What the rules find, each reading what the ones before have left. Taking something out can uncover more."""
    removals: list[_Removal] = []
    for kind, find in _FINDERS:
        if spans := list(find(reading)):
            removals += [_Removal(start, end, kind) for start, end in spans]
            reading = _blotted(reading, spans)
    return sorted(removals, key=lambda removal: removal.start)


def _blotted(text: str, spans: Sequence[Span]) -> str:
    """The text with spans covered, every other character staying in its place."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], GONE * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _rewritten(text: str, removals: Sequence[_Removal]) -> str:
    parts, at = [], 0
    for removal in removals:
        parts += [text[at : removal.start], f"[{removal.kind} removed]"]
        at = removal.end
    return "".join([*parts, text[at:]])
