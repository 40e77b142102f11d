"""Which replies answer: how probable it is of each, by its words, its meaning, and what stands around it.

First guesses (how answers are worded, how they mean what was asked, whether this reply is for this
question rather than another, how askers word what they say later) go, with plain numbers about the reply
and what stands around it, into a last step: small networks where meanings are known, a logistic model
where only words are. There are two of each: with the asker known and not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from shared.judgement import models
from shared.judgement.answer_network import AnswerNetwork, meant_beside, network_of
from shared.judgement.cues import Cue, cues_in
from shared.judgement.meaning import NO_MEANINGS, NUMBERS, Meaning, Meanings, known, rows
from shared.judgement.models import unpacked
from shared.judgement.phrases import weighed
from shared.judgement.replies_elsewhere import hint
from shared.judgement.reply_features import Asked, Floats, by_meaning, by_words
from shared.judgement.text import read

ASKER_KNOWN = 4.0
"""Log-odds that stand for knowing who the asker is, where a guess would stand otherwise."""
_INSTRUCTS = 0.3
"""Log-odds that an instruction ("delete the folder", "ask Marta") adds: colleagues answer in imperatives more
than the labelled forum does; by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """The last step by words alone: a logistic model whose log-odds are then made to mean what they say."""

    bias: float
    weights: Floats
    slope: float
    shift: float

    def logits(self, table: Floats) -> Floats:
        """Calibrated log-odds for float32[replies, features and guesses]."""
        return np.asarray((table @ self.weights + self.bias) * self.slope + self.shift, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerModel:
    """The fitted parts, as `training.answers` writes them."""

    phrases: Mapping[str, Sequence[float]]
    """By phrase: its idf, what it says for an answer, what it says for the asker's own words."""
    phrase_bias: Sequence[float]
    reply_meaning: Floats
    shared_meaning: Floats
    meaning_bias: float
    question_side: Floats
    reply_side: Floats
    """float32[384, 32] each: turns of the two meanings in which a question lies near its own good replies."""
    suits: Floats
    """float32[384]: what makes a reply likelier to be anybody's."""
    features: Mapping[bool, Sequence[str]]
    """The names of the plain numbers, without and with a sentence model."""
    finals: Mapping[tuple[bool, bool], Final | AnswerNetwork]
    """By (with a sentence model, asker known)."""


def probabilities(
    asked: Asked, replies: Sequence[str], meanings: Meanings, *, by_asker: Sequence[bool] | None
) -> list[float]:
    """That each reply is an answer that somebody could act on, between 0 and 1; 0 for one without words.

    Args:
        asked: the question.
        replies: what was said after it, oldest first.
        meanings: of `texts_to_embed`; where one is missing, all goes by words alone.
        by_asker: which replies the asker said; None when nobody knows.
    """
    if not replies:
        return []
    model = _model()
    with_meaning = known(meanings, texts_to_embed(asked, replies))
    final = model.finals[with_meaning, by_asker is not None]
    guesses = first_guesses(model, asked, replies, meanings if with_meaning else {}, by_asker)
    logits = final.logits(table(model.features[with_meaning], asked, replies, meanings, guesses))
    return [
        _probability(reply, float(logit) + hint(asked.whole, reply))
        for reply, logit in zip(replies, logits, strict=True)
    ]


def answer_probability(question: str, reply: str) -> float:
    """The same of a single reply by its words alone, when nothing is known of what stands around it."""
    return probabilities(Asked(subject="", body=question), [reply], NO_MEANINGS, by_asker=None)[0]


def _probability(reply: str, logit: float) -> float:
    if not read(reply).words:
        return 0.0
    if Cue.INSTRUCTS in cues_in(reply) and not asks_back(reply):
        logit += _INSTRUCTS
    return models.probability(logit)


def texts_to_embed(asked: Asked, replies: Sequence[str]) -> list[str]:
    """The texts whose meanings `probabilities` uses."""
    return [text for text in dict.fromkeys((asked.whole, asked.subject, asked.body, *replies)) if text.strip()]


def first_guesses(
    model: AnswerModel, asked: Asked, replies: Sequence[str], meanings: Meanings, by_asker: Sequence[bool] | None
) -> Floats:
    """float32[replies, 2 or 5]: log-odds of an answer by wording, and of the asker's words; where meanings are
    known also of an answer by meaning, how well the reply matches the question, and how well it suits any."""
    worded = []
    for reply in replies:
        bag = weighed(reply, model.phrases)
        worded.append(
            [
                bias + math.fsum(model.phrases[phrase][kind] * value for phrase, value in bag.items())
                for kind, bias in enumerate(model.phrase_bias, 1)
            ]
        )
    columns = np.asarray(worded, np.float32)
    if by_asker is not None:
        columns[:, 1] = np.where(by_asker, ASKER_KNOWN, -ASKER_KNOWN)
    if not meanings:
        return columns
    mine, whole = rows(meanings, replies), rows(meanings, [asked.whole])
    meant = mine @ model.reply_meaning + (mine * whole) @ model.shared_meaning + model.meaning_bias
    matched = (mine @ whole.T)[:, 0] + (mine @ model.reply_side) @ (whole @ model.question_side)[0]
    return np.asarray(np.column_stack([columns, meant, matched, mine @ model.suits]), np.float32)


def table(names: Sequence[str], asked: Asked, replies: Sequence[str], meanings: Meanings, guesses: Floats) -> Floats:
    """float32[replies, inputs]: what the last step weighs; the meanings come last, where they are known."""
    found = by_words(asked, replies)
    with_meaning = guesses.shape[1] > 2
    if with_meaning:
        for features, meant in zip(found, by_meaning(asked, replies, meanings), strict=True):
            features.update(meant)
    plain = np.asarray([[features.get(name, 0.0) for name in names] for features in found], np.float32)
    parts = [plain, guesses]
    if with_meaning:
        parts.append(meant_beside(rows(meanings, replies), rows(meanings, [asked.whole])))
    return np.asarray(np.concatenate(parts, axis=1), np.float32)


def joined(parts: Sequence[str], meanings: Meanings) -> tuple[str, Meaning | None]:
    """Lines said in a row as one text, with its meaning from theirs, each by its length."""
    text = "\n".join(parts)
    if not known(meanings, parts):
        return text, None
    total = np.asarray(sum(meanings[part] * np.float32(len(part)) for part in parts if part.strip()), np.float32)
    return text, total / np.maximum(np.linalg.norm(total), np.float32(1e-9))


def asks_back(reply: str) -> bool:
    """Whether a reply is a question to the asker rather than an answer."""
    cues = cues_in(reply)
    return reply.rstrip().endswith("?") or ("?" in reply and Cue.CLARIFIES in cues and Cue.ADVISES not in cues)


@cache
def _model() -> AnswerModel:
    return model_of(models.read("answers"))


def forget() -> None:
    """Drop the model that was read; for whoever has fitted a new one."""
    _model.cache_clear()


def model_of(content: Mapping[str, Any]) -> AnswerModel:
    """The model from what its file holds."""
    names, matching = content["features"], content["matching"]
    return AnswerModel(
        phrases=content["phrases"],
        phrase_bias=content["phrase_bias"],
        reply_meaning=np.asarray(content["meaning"]["reply"], np.float32),
        shared_meaning=np.asarray(content["meaning"]["shared"], np.float32),
        meaning_bias=content["meaning"]["bias"],
        question_side=unpacked(matching["question"], NUMBERS, matching["turns"]),
        reply_side=unpacked(matching["reply"], NUMBERS, matching["turns"]),
        suits=np.asarray(matching["suits"], np.float32),
        features={False: names["words"], True: [*names["words"], *names["meaning"]]},
        finals={(one["with_meaning"], one["asker_known"]): _final(one) for one in content["finals"]},
    )


def _final(content: Mapping[str, Any]) -> Final | AnswerNetwork:
    if content["with_meaning"]:
        return network_of(content)
    return Final(
        bias=content["bias"],
        weights=np.asarray(content["weights"], np.float32),
        slope=content["slope"],
        shift=content["shift"],
    )
