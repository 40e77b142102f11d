"""People's words made fit for a card: cleaned of what would disturb it, and cut where a reader would cut."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import regex

MOST_BYTES = 24_000
"""Of a card's JSON in UTF-8; Teams refuses an activity of 28 KB, and the activity around the card needs some."""
MOST_UNITS = 18_500
"""Of a card's JSON in UTF-16 code units: Teams' documentation counts a bot's message that way (40 KB at most)."""
ELLIPSIS = " …"
_READ = 20_000
"""Characters of a text that are looked at: far more than any card shows."""

_LINE_BREAKS = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = regex.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufeff\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of all that follows."""
_MACRO = regex.compile(r"\{\{(?=(?:DATE|TIME)\()")
"""Adaptive Cards replaces `{{DATE(…)}}` and `{{TIME(…)}}` in any text."""
_EMPTY_LINES = regex.compile(r"\n(?:[^\S\n]*\n){2,}")
_GRAPHEME = regex.compile(r"\X")
_WORD_BOUNDARY = regex.compile(r"\b", regex.WORD)


def encodable(text: str) -> str:
    """The same text without halves of surrogate pairs, which no encoding can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cleaned(text: str) -> str:
    """The text as it may stand in a card: same words and lines, nothing unseen that changes how the rest looks."""
    if len(text) > _READ:
        text = text[:_READ] + ELLIPSIS
    text = _LINE_BREAKS.sub("\n", encodable(text))
    text = _MACRO.sub("{\u2060{", _UNSEEN.sub("", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def shortened(text: str, most: int, *, lines: int = 1000) -> str:
    """At most `most` characters and `lines` lines of a text, and `ELLIPSIS` when something is missing.

    It is cut between words; where no blank is near (languages without blanks between words), at a word
    boundary of Unicode's annex 29, and inside a "word" of boundless length between two graphemes.
    """
    rows = text.split("\n")
    kept = "\n".join(rows[:lines]) if len(rows) > lines else text
    if len(kept) > most:
        kept = kept[: _place_to_cut(kept, most)]
    kept = kept.rstrip()
    return kept if kept == text.rstrip() else (kept + ELLIPSIS).strip()


def _place_to_cut(text: str, most: int) -> int:
    """The last good place at or before `most`; 0 when a single grapheme is longer than that."""
    graphemes = [found.end() for found in _GRAPHEME.finditer(text, 0, most + 64) if found.end() <= most]
    blanks = [end for end in graphemes if text[end].isspace()]
    if blanks and blanks[-1] >= most // 4:
        return blanks[-1]
    whole = set(graphemes)
    boundaries = (found.start() for found in _WORD_BOUNDARY.finditer(text, 0, most + 64))
    words = [place for place in boundaries if place in whole and place >= most // 4]
    return next(reversed(words or blanks or graphemes), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of people's words a card takes, in characters."""

    text: int
    """Of each approach."""
    question: int
    aside: int
    """Of a name, a reason, a condition."""
    fallback: int
    """Of the whole card in plain words."""
    edit: int
    """Of all texts together that can be edited on the card; these are never cut, but left out."""


ROOMS = (
    Room(text=1600, question=600, aside=300, fallback=2400, edit=6000),
    Room(text=1000, question=400, aside=200, fallback=1600, edit=4000),
    Room(text=600, question=300, aside=150, fallback=1000, edit=2500),
    Room(text=300, question=200, aside=100, fallback=600, edit=1200),
    Room(text=120, question=120, aside=60, fallback=300, edit=600),
    Room(text=60, question=60, aside=40, fallback=150, edit=0),
)


def fitted(build: Callable[[Room], dict[str, Any]]) -> dict[str, Any]:
    """The most generous card that `build` makes within the limits."""
    card = build(ROOMS[0])
    for room in ROOMS[1:]:
        if fits(card):
            break
        card = build(room)
    return card


def fits(card: dict[str, Any]) -> bool:
    """Whether Teams takes a card of that size."""
    encoded = msgspec.json.encode(card)
    if len(encoded) > MOST_BYTES:
        return False
    return len(encoded.decode().encode("utf-16-le")) // 2 <= MOST_UNITS
