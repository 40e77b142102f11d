"""What is a text about? Key phrases in its own words."""

import math
import re
from collections.abc import Iterator, Sequence

from shared.judgement.deeds import deed_of
from shared.judgement.text import READ_AT_MOST, STOP_WORDS, idf, read, stem

TOPICS_AT_MOST = 4
_WORDS_AT_MOST = 3
_TELLING = 5.0
"""The idf from which a single word may be a topic; by hand: "server" and rarer."""
_EACH_WORD_MORE = 0.3
"""What a phrase gains for each word beyond the first: "shared mailbox" says more than "mailbox"."""
_SAID_AGAIN = 0.25

_PIECE = re.compile(r"https?://\S+|\w+(?:['’.\-]\w+)*(?:\+\+|#)?|[^\w\s]|\n")


def topics_of(text: str, *, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Up to four topics of a text, most telling first; none for a text without telling words.

    Args:
        text: a question, with or without its answers.
        known: topics that are kept already. One whose words all stand in the text is preferred,
            in the form in which it is kept.
    """
    stems = set(read(text).stems)
    chosen: list[str] = []
    used: set[str] = set()
    for topic in sorted(known, key=lambda one: (-_weight(_stems(one)), one)):
        parts = _stems(topic)
        if parts and parts <= stems and not parts <= used:
            chosen.append(topic)
            used |= parts
    for phrase in _ranked(text):
        parts = _stems(phrase)
        if used.isdisjoint(parts):
            chosen.append(phrase)
            used |= parts
    return tuple(chosen[:TOPICS_AT_MOST])


def _stems(phrase: str) -> set[str]:
    return set(read(phrase).stems)


def _weight(stems: set[str]) -> float:
    return math.fsum(map(idf, stems))


def _ranked(text: str) -> list[str]:
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for words in _phrases(text):
        key = " ".join(stem(word.lower()) for word in words)
        counts[key] = counts.get(key, 0) + 1
        shown.setdefault(key, " ".join(words))

    def score(key: str) -> float:
        parts = key.split()
        mean = sum(map(idf, parts)) / len(parts)
        return mean * (1 + _EACH_WORD_MORE * (len(parts) - 1)) * (1 + _SAID_AGAIN * (counts[key] - 1))

    kept = [key for key in counts if max(map(idf, key.split())) >= _TELLING]
    return [shown[key] for key in sorted(kept, key=lambda key: (-score(key), key))]


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    """Runs of up to three neighbouring words that may name something; not "renew …", nor "… expired", nor a number."""
    run: list[str] = []
    for piece in [*_PIECE.findall(text[:READ_AT_MOST]), "\n"]:
        if _names(piece):
            run.append(piece)
            continue
        for start in range(len(run)):
            for end in range(start + 1, min(start + _WORDS_AT_MOST, len(run)) + 1):
                words = tuple(run[start:end])
                if _may_be_a_topic(words):
                    yield words
        run = []


def _may_be_a_topic(words: tuple[str, ...]) -> bool:
    if all(map(str.isdigit, words)):
        return False
    return not _is_deed(words[0]) and not (_is_deed(words[-1]) and words[-1].endswith("ed"))


def _is_deed(word: str) -> bool:
    return bool(deed_of(stem(word.lower())))


def _names(piece: str) -> bool:
    lowered = piece.lower().replace("’", "'")
    if lowered.startswith("http") or lowered in STOP_WORDS or not any(map(str.isalnum, lowered)):
        return False
    return len(lowered) > 1 and not (lowered[0].isdigit() and not lowered.isalnum())
