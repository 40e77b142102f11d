"""What one reply does for a question, by its words: how probable it is that it answers."""

import math
from collections.abc import Mapping
from itertools import pairwise

from shared.judgement import models
from shared.judgement.cues import Cue, cues_in
from shared.judgement.text import cosine, read

_INSTRUCTS = 0.3
"""Log-odds that an instruction ("delete the folder", "ask Marta") adds: colleagues answer in imperatives more
than the labelled forum does. Chosen on folds of train: F1 76.5 becomes 76.8, MAP_all stays at 77.0."""


def answer_probability(question: str, reply: str) -> float:
    """That the reply is an answer that somebody could act on, between 0 and 1; 0 for a reply without words.

    Args:
        question: the words of whoever asked.
        reply: the words of one reply, or of several that belong together.
    """
    if not read(reply).words:
        return 0.0
    logit = models.linear("answers").logit(features_of(question, reply), words_of(reply))
    if Cue.INSTRUCTS in cues_in(reply) and not asks_back(reply):
        logit += _INSTRUCTS
    return models.probability(logit)


def features_of(question: str, reply: str) -> Mapping[str, float]:
    """The numbers that the answer model weighs beside the words."""
    asked, said = read(question), read(reply)
    features = {f"cue {cue}": 1.0 for cue in cues_in(reply)}
    shared = asked.weights.keys() & said.weights.keys()
    features["likeness"] = cosine(asked, said)
    features["shares a word"] = float(bool(shared))
    features["new words"] = math.log1p(len(said.weights) - len(shared)) / 3
    features["length"] = math.log1p(len(said.words)) / 4
    features["very short"] = float(len(said.words) < 4)
    features["very long"] = float(len(said.words) > 120)
    features["question mark"] = float("?" in reply)
    features["ends with a question mark"] = float(reply.rstrip().endswith("?"))
    features["address of a page"] = float(said.links > 0)
    features["number"] = float(any(word[0].isdigit() for word in said.words))
    features["loud"] = min(1.0, reply.count("!") / 3)
    features["trails off"] = float("..." in reply)
    features["names"] = min(1.0, _names_in(reply) / 4)
    return features


def words_of(reply: str) -> frozenset[str]:
    """The words that the answer model weighs."""
    return frozenset(read(reply).words)


def _names_in(reply: str) -> int:
    """Words with a capital inside a sentence: products, places, menus."""
    words = reply[:2_000].split()
    pairs = pairwise(words)
    return sum(1 for before, word in pairs if word[0].isupper() and len(word) > 1 and before[-1] not in ".!?:")


def asks_back(reply: str) -> bool:
    """Whether a reply is a question to the asker rather than an answer."""
    cues = cues_in(reply)
    return reply.rstrip().endswith("?") or ("?" in reply and Cue.CLARIFIES in cues and Cue.ADVISES not in cues)
