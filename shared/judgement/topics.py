"""What is a text about? The topics that its curators keep, then key phrases in its own words."""

import math
import re
from collections.abc import Iterable, Iterator

from shared.domain.identity import AudienceId
from shared.domain.topics import TOPICS_AT_MOST, KeptTopics, Topic, applied, as_kept, normalised
from shared.judgement.deeds import deed_of
from shared.judgement.text import READ_AT_MOST, STOP_WORDS, idf, read, stem

_WORDS_AT_MOST = 3
_TELLING = 5.0
"""The idf from which a single word may be a topic; by hand: "server" and rarer."""
_EACH_WORD_MORE = 0.3
"""What a phrase gains for each word beyond the first: "shared mailbox" says more than "mailbox"."""
_SAID_AGAIN = 0.25

_NONE = KeptTopics(audience_id=AudienceId(""))

_PIECE = re.compile(r"https?://\S+|\w+(?:['’.\-]\w+)*(?:\+\+|#)?|[^\w\s]|\n")


def topics_of(text: str, *, kept: KeptTopics | None = None) -> tuple[str, ...]:
    """Up to four topics of a text, most telling first; none for a text without telling words.

    Args:
        text: a question, with or without its answers.
        kept: the topics of its audience. One is preferred, under its name, when all stems of its name or of another
            wording stand in the text; what is banned is no topic.
    """
    return in_line(_ranked(text), text, kept)


def in_line(topics: Iterable[str], text: str, kept: KeptTopics | None) -> tuple[str, ...]:
    """The topics that a text was given before, as they are now that these are kept.

    Those that the text names come first; then what it was given, under the names that are kept and in its order. A
    phrase of its own that shares a word with one before it goes. What is in line stays as it is.
    """
    kept = kept or _NONE
    names = {topic.name for topic in kept.topics}
    chosen, used = _named(text, kept)
    for topic in as_kept(kept, topics, same=stemmed):
        if len(chosen) == TOPICS_AT_MOST:
            break
        parts = _stems(topic)
        fits = not (parts and parts <= used) if topic in names else used.isdisjoint(parts)
        if fits and topic not in chosen:
            chosen.append(topic)
            used |= parts
    return tuple(chosen)


def stemmed(phrase: str) -> str:
    """What makes two phrases the same: their stems, in any order; of one without stems its letters."""
    return " ".join(sorted(_stems(phrase))) or normalised(phrase)


def tells(topic: Topic) -> bool:
    """Whether a topic can be known in a text: a phrase of small words alone stands in any."""
    return any(map(_stems, topic.phrases))


def _named(text: str, kept: KeptTopics) -> tuple[list[str], set[str]]:
    """The kept topics that a text names, the most telling first, and the stems that they cover."""
    reading = read(text)
    stems, words = frozenset(reading.stems), frozenset(reading.words)

    def stands(phrase: str) -> bool:
        """By its stems; or by its words as they are, since of what language a few words are nobody can tell."""
        parts = _stems(phrase)
        return bool(parts) and (parts <= stems or words.issuperset(read(phrase).words))

    found = [
        (standing, topic.name)
        for topic in kept.topics
        if (standing := [_stems(phrase) for phrase in topic.phrases if stands(phrase)])
    ]
    chosen: list[str] = []
    used: set[str] = set()
    for standing, name in sorted(found, key=lambda one: (-max(map(_weight, one[0])), one[1])):
        if not all(parts <= used for parts in standing):
            chosen.append(name)
            used = used.union(*standing, _stems(name))
    return list(applied(kept, chosen, same=stemmed)), used


def _stems(phrase: str) -> frozenset[str]:
    return frozenset(read(phrase).stems)


def _weight(stems: frozenset[str]) -> float:
    return math.fsum(map(idf, stems))


def _ranked(text: str) -> list[str]:
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for words in _phrases(text):
        key = " ".join(sorted(stem(word.lower()) for word in words))
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
