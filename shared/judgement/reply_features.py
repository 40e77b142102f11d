"""The numbers by which the replies of a thread are judged: each by its words, and beside the others."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.judgement.cues import Cue, cues_in
from shared.judgement.meaning import Meanings, rows
from shared.judgement.text import Reading, cosine, read

type Floats = NDArray[np.float32]

BESIDE_AT_MOST = 40
"""Replies before and after that a reply is compared with, so that time stays linear in a long thread."""
_SPACES = re.compile(r"\s+")
_SMILE = re.compile(r"[:;]-?[)dp(]", re.IGNORECASE)
_TELEPHONE = re.compile(r"\d{7}|\d{4} \d{4}|\d{3}[- ]?\d{4}")
_PERSONS = {
    "of me": frozenset({"i", "my", "me", "mine", "i'm", "im", "i've", "i'll"}),
    "of you": frozenset({"you", "u", "your", "ur", "you're", "yours"}),
    "of others": frozenset({"he", "she", "they", "them", "his", "her", "their"}),
}
READ_AT_MOST = 4_000
"""Characters of a reply that are weighed: what somebody is doing shows early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question: its words as a whole, and its parts for a sentence model."""

    subject: str
    body: str

    @property
    def whole(self) -> str:
        """Subject and body."""
        return "\n".join(part for part in (self.subject, self.body) if part)


def plain(text: str) -> str:
    """A text without what differs from one place of writing to another: line ends, and ";" where others write ","."""
    return _SPACES.sub(" ", text[:READ_AT_MOST].replace(";", ",").replace("’", "'"))


@lru_cache(maxsize=8192)
def words_alone(text: str) -> Mapping[str, float]:
    """What a text shows by itself; the result is shared and must not be changed."""
    said, cues = plain(text), cues_in(plain(text))
    reading = read(said)
    words, letters = reading.words, max(1, len(said))
    features = {f"cue {cue}": 1.0 for cue in cues}
    features["length"] = math.log1p(len(words))
    features["letters"] = math.log1p(len(said))
    features["words"] = min(len(words), 200) / 100
    features["long words"] = sum(map(len, words)) / len(words) if words else 0.0
    features["very short"] = float(len(words) < 4)
    features["very long"] = float(len(words) > 120)
    features["question marks"] = min(5.0, said.count("?"))
    features["asks"] = float("?" in said)
    features["ends with a question mark"] = float(said.rstrip().endswith("?"))
    features["loud"] = min(5.0, said.count("!"))
    features["trails off"] = min(5.0, said.count(".."))
    features["smiles"] = min(5.0, len(_SMILE.findall(said)))
    features["capitals"] = sum(map(str.isupper, said)) / letters
    features["digits"] = sum(map(str.isdigit, said)) / letters
    features["address of a page"] = float(reading.links > 0)
    features["number"] = float(any(word[0].isdigit() for word in words))
    features["telephone"] = float(_TELEPHONE.search(said) is not None)
    features["names"] = min(1.0, _names_in(said) / 4)
    features["names somebody"] = float(said.startswith("@"))
    for name, persons in _PERSONS.items():
        features[name] = sum(word in persons for word in words) / max(1, len(words))
    return features


def _names_in(said: str) -> int:
    """Words with a capital inside a sentence: products, places, menus."""
    pairs = pairwise(said.split(" "))
    return sum(1 for before, word in pairs if len(word) > 1 and word[0].isupper() and before[-1:] not in ".!?:")


def by_words(asked: Asked, replies: Sequence[str]) -> list[dict[str, float]]:
    """The features of each reply that need no sentence model."""
    question, subject = read(plain(asked.whole)), read(plain(asked.subject))
    readings = [read(plain(reply)) for reply in replies]
    cues = [cues_in(plain(reply)) for reply in replies]
    asks = ["?" in reply for reply in replies]
    thanked = [at for at, said in enumerate(cues) if Cue.THANKS in said]
    found = []
    for at, reply in enumerate(replies):
        features = dict(words_alone(reply))
        features.update(_beside(at, readings, question))
        features["like the subject"] = cosine(subject, readings[at])
        features["thanks next"] = float(any(at < other <= at + 2 for other in thanked))
        features["thanks later"] = float(any(other > at for other in thanked))
        features["thanks before"] = float(any(other < at for other in thanked))
        features["a question before"] = float(at > 0 and asks[at - 1])
        features["a question next"] = float(at + 1 < len(replies) and asks[at + 1])
        features["questions before"] = math.log1p(sum(asks[:at]))
        features["place"] = math.log1p(at)
        features["first"] = float(at == 0)
        features["question's length"] = math.log1p(len(question.words))
        found.append(features)
    lengths = [features["length"] for features in found]
    for features in found:
        features["longer than others"] = features["length"] - math.fsum(lengths) / len(lengths)
    return found


def _beside(at: int, readings: Sequence[Reading], question: Reading) -> dict[str, float]:
    mine = readings[at]
    near = readings[max(0, at - BESIDE_AT_MOST) : at], readings[at + 1 : at + 1 + BESIDE_AT_MOST]
    others = [cosine(mine, other) for side in near for other in side]
    shared = question.weights.keys() & mine.weights.keys()
    return {
        "likeness": cosine(question, mine),
        "shares a word": float(bool(shared)),
        "new words": math.log1p(len(mine.weights) - len(shared)),
        "said by others": max(others, default=0.0),
        "said by others on average": math.fsum(others) / len(others) if others else 0.0,
    }


def by_meaning(asked: Asked, replies: Sequence[str], meanings: Meanings) -> list[dict[str, float]]:
    """The features of each reply that a sentence model gives."""
    table = rows(meanings, replies)
    whole, subject, body = rows(meanings, [asked.whole, asked.subject, asked.body])
    to_whole = table @ whole
    found: list[dict[str, float]] = []
    for at in range(len(replies)):
        near = [o for o in range(max(0, at - BESIDE_AT_MOST), min(len(replies), at + BESIDE_AT_MOST + 1)) if o != at]
        others = table[near] @ table[at] if near else np.zeros(1, np.float32)
        before = others[: sum(o < at for o in near)]
        likeness = {
            "means the question": float(to_whole[at]),
            "means the subject": float(table[at] @ subject),
            "means the body": float(table[at] @ body),
        }
        features = dict(likeness)
        features["means any of it"] = max(likeness.values())
        features["meant by others"] = float(others.max())
        features["meant by others on average"] = float(others.mean())
        features["meant before"] = float(before.max()) if len(before) else 0.0
        features["means the one before"] = float(table[at] @ table[at - 1]) if at else 0.0
        features["means the next"] = float(table[at] @ table[at + 1]) if at + 1 < len(replies) else 0.0
        features["goes on rather"] = features["means the one before"] - float(to_whole[at]) if at else 0.0
        features["means it more than others"] = float(to_whole[at] - to_whole.mean())
        features["place by meaning"] = math.log1p(float((to_whole > to_whole[at]).sum()))
        found.append(features)
    return found
