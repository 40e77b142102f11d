"""Have we seen this question before?"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from shared.domain.labels import Claim, Task
from shared.domain.tuning import UNTUNED, Tuning
from shared.judgement import models, thresholds
from shared.judgement.deeds import asked_for, deed_of, same_deed
from shared.judgement.entities import conflict, shared_exactly
from shared.judgement.meaning import NO_MEANINGS, NUMBERS, Meaning, Meanings, likeness
from shared.judgement.text import Reading, idf, read
from shared.judgement.verdicts import Candidate, Match, Verdict

_PREFIX_AT_LEAST = 4
_PREFIX_COUNTS = 0.85
"""How much "cert" counts as "certificate"; by hand."""
_DEED_COUNTS = 0.7
"""How much "renew" counts as "reset"; by hand."""
_ANSWERS_MEET = 1.0
"""Log-odds that it adds when all the telling words of the question that the candidate's question lacks stand in its
answers; by hand, as the labelled questions come without answers."""
_ANSWERS_READ = 600
"""Characters of a candidate's answers that are compared: enough for what they are about."""
_ANY_MEANING: Meaning = np.full(NUMBERS, 1 / math.sqrt(NUMBERS), np.float32)
"""What stands for a meaning when two could not be more alike."""
MEANS_ALIKE = "means alike"
PLACE = "place in the search's order"


def texts_to_embed(question: str, candidates: Sequence[Candidate]) -> list[str]:
    """The texts whose meanings `rank` uses, each once; those of the candidates seldom change."""
    texts = (question, *(candidate.question for candidate in candidates))
    return [text for text in dict.fromkeys(texts) if text.strip()] if candidates else []


def rank(
    question: str, candidates: Sequence[Candidate], meanings: Meanings = NO_MEANINGS, tuning: Tuning = UNTUNED
) -> tuple[Match, ...]:
    """The candidates by how likely each asks the same as the question, best first.

    Args:
        question: the new question's words.
        candidates: what a search found, in its order; that order counts a little towards `score`
            (who searched saw more than two texts), and nothing towards `probability` and `same`.
        meanings: of `texts_to_embed`; where one is missing, that candidate is compared by words alone.
        tuning: how much surer than as delivered YES must be; it leaves the probabilities as they are.

    Returns:
        A match for each candidate. YES needs a probable sameness and more than a topic in common:
        see `more_than_topic`. Empty for no candidates.
    """
    matches = [_compared(question, candidate, place, meanings, tuning) for place, candidate in enumerate(candidates)]
    return tuple(sorted(matches, key=lambda match: -match.score))


def may_be_same(question: str, candidates: Sequence[Candidate], tuning: Tuning = UNTUNED) -> list[Candidate]:
    """The candidates, in their order, that `rank` may find to be the same question, whatever the texts mean.

    It costs a small part of what a meaning costs, and for most questions leaves nothing to embed.
    """
    closest = dict.fromkeys(texts_to_embed(question, candidates), _ANY_MEANING)

    def may_be(candidate: Candidate) -> bool:
        return any(
            more_than_topic(question, candidate, meanings)
            and _compared(question, candidate, 0, meanings, tuning).same is Verdict.YES
            for meanings in (closest, NO_MEANINGS)
        )

    return [candidate for candidate in candidates if may_be(candidate)]


def claim_of(question: str, candidate: Candidate, match: Match, meanings: Meanings) -> Claim:
    """What a match claims, for whoever later hears whether it was right."""
    meant = likeness(meanings, question, candidate.question) is not None
    delivered = thresholds.SAME_YES_BY_MEANING if meant else thresholds.SAME_YES
    return Claim(probability=round(match.probability, 6), bar=delivered, model=model_in_use())


def model_in_use() -> str:
    """Tells the fitted models of sameness from those of another release."""
    return models.fingerprint("similar")


def _compared(question: str, candidate: Candidate, place: int, meanings: Meanings, tuning: Tuning) -> Match:
    features = features_of(question, candidate, meanings)
    meant = MEANS_ALIKE in features
    model = "similar by meaning" if meant else "similar by words"
    met = _ANSWERS_MEET * _met_by_answers(question, candidate)
    logit = _model(model).logit(features) + met
    score = _model(f"{model}, ranked").logit(features | {PLACE: place}) + met
    if conflict(question, candidate.question):
        logit = min(logit, 0.0) + thresholds.SAME_CONFLICT
    probability = models.probability(logit)
    return Match(
        id=candidate.id,
        score=score,
        probability=probability,
        same=_verdict(question, candidate, probability, meanings if meant else NO_MEANINGS, tuning),
    )


def _verdict(question: str, candidate: Candidate, probability: float, meanings: Meanings, tuning: Tuning) -> Verdict:
    if probability < thresholds.SAME_NO:
        return Verdict.NO
    delivered = thresholds.SAME_YES_BY_MEANING if meanings else thresholds.SAME_YES
    enough = tuning.bar(Task.SEEN_BEFORE, delivered)
    if probability >= enough and more_than_topic(question, candidate, meanings):
        return Verdict.YES
    return Verdict.UNSURE


def more_than_topic(question: str, candidate: Candidate, meanings: Meanings = NO_MEANINGS) -> bool:
    """Whether two questions have so much in common that they may be the same.

    No error code, version or product generation contradicts; nobody wants to do another thing
    (create, cancel); of the shorter question's telling words nearly all are met, and of the
    longer's enough, more where they ask for another kind of thing (who, when, how). Where both meanings
    are known, they must be close, and fewer of the same words will do.
    """
    if conflict(question, candidate.question):
        return False
    mine, theirs = read(question), read(candidate.question)
    wanted, other_wanted = _deeds_only_in(mine, theirs), _deeds_only_in(theirs, mine)
    if wanted and other_wanted and wanted.isdisjoint(other_wanted):
        return False
    pairs = _paired(mine, theirs)
    shared = _shared(pairs)
    small, large = sorted((_mass(mine), _mass(theirs)))
    if not small:
        return False
    story = max(len(mine.weights), len(theirs.weights)) >= thresholds.TELLS_A_STORY
    meant = likeness(meanings, question, candidate.question)
    if meant is not None:
        close = thresholds.MEANS_THE_SAME_STORY if story else thresholds.MEANS_THE_SAME
        enough = thresholds.COVERS_SMALLER_MEANT_STORY if story else thresholds.COVERS_SMALLER_MEANT
        return meant >= close and shared >= enough * small
    if len(pairs) < 2 and len(mine.weights) + len(theirs.weights) > 2:
        return False
    of_small, of_large = thresholds.COVERS_SMALLER, thresholds.COVERS_LARGER
    if story:
        of_small, of_large = thresholds.COVERS_SMALLER_STORY, thresholds.COVERS_LARGER_STORY
    elif _ask_alike(mine, theirs) < 0:
        of_large = thresholds.COVERS_LARGER_ASKED_OTHERWISE
    return shared >= of_small * small and shared >= of_large * large


def features_of(question: str, candidate: Candidate, meanings: Meanings = NO_MEANINGS) -> dict[str, float]:
    """The numbers that the models of sameness weigh; with `MEANS_ALIKE` where both meanings are known."""
    mine, theirs = read(question), read(candidate.question)
    pairs = _paired(mine, theirs)
    own, others = _mass(mine), _mass(theirs)
    shared = _shared(pairs)
    by_words = math.fsum(mine.weights[one] * theirs.weights[other] * share for one, other, share in pairs)
    meant = likeness(meanings, question, candidate.question)
    return {
        **({} if meant is None else {MEANS_ALIKE: meant}),
        "likeness": by_words,
        "covers the question": shared / own if own else 0.0,
        "covers the candidate": shared / others if others else 0.0,
        "covers both": shared / (own + others - shared) if own + others > shared else 0.0,
        "most telling": max((idf(one) * share for one, _, share in pairs), default=0.0) / 10,
        "shared words": math.log1p(len(pairs)) / 2,
        "runs": _runs(mine.stems, theirs.stems),
        "asks alike": _ask_alike(mine, theirs),
        "named exactly": min(2.0, shared_exactly(question, candidate.question)) / 2,
        "long candidate": math.log1p(len(theirs.words)) / 5,
        "longer": abs(math.log((1 + len(mine.words)) / (1 + len(theirs.words)))) / 3,
    }


def _met_by_answers(question: str, candidate: Candidate) -> float:
    """The share of the question's telling words that the candidate's answers hold and its question does not."""
    mine, theirs = read(question), read(candidate.question)
    answers = read(candidate.answers[:_ANSWERS_READ])
    own = _mass(mine)
    met = {one for one, _, _ in _paired(mine, theirs)}
    return math.fsum(idf(one) for one in mine.weights if one not in met and one in answers.weights) / own if own else 0


@cache
def _model(name: str) -> models.Linear:
    content = models.read("similar")["models"][name]
    return models.Linear(bias=content["bias"], features=content["features"], words={})


def forget() -> None:
    """Drop the models that were read; for whoever has fitted new ones."""
    _model.cache_clear()


def _mass(reading: Reading) -> float:
    return math.fsum(map(idf, reading.weights))


def _shared(pairs: Sequence[tuple[str, str, float]]) -> float:
    return math.fsum(min(idf(one), idf(other)) * share for one, other, share in pairs)


def _paired(mine: Reading, theirs: Reading) -> list[tuple[str, str, float]]:
    """Stems that stand in both, and how much each pair counts.

    Less than 1 when one only begins the other ("cert", "certificate"), or both name the same deed
    ("renew", "reset").
    """
    pairs = [(key, key, 1.0) for key in mine.weights if key in theirs.weights]
    left = [key for key in mine.weights if key not in theirs.weights and key.isalpha()]
    right = sorted(key for key in theirs.weights if key not in mine.weights and key.isalpha())
    for key in left:
        for alike, counts in ((_begins, _PREFIX_COUNTS), (same_deed, _DEED_COUNTS)):
            other = next((one for one in right if alike(key, one)), None)
            if other is not None:
                right.remove(other)
                pairs.append((key, other, counts))
                break
    return pairs


def _begins(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _PREFIX_AT_LEAST and longer.startswith(shorter)


def _deeds_only_in(one: Reading, other: Reading) -> set[str]:
    """What one wants to do in words that the other has not: a purchase order is both created and cancelled."""
    return {deed for key in one.weights if key not in other.weights and (deed := deed_of(key))}


def _runs(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of the shorter text's neighbouring pairs of stems that the other has as neighbours too."""
    one, other = set(pairwise(mine)), set(pairwise(theirs))
    return len(one & other) / max(1, min(len(one), len(other)))


def _ask_alike(mine: Reading, theirs: Reading) -> float:
    """1 when both ask for the same kind of thing (a person, a time, a way, …), -1 when for different ones."""
    one, other = asked_for(mine), asked_for(theirs)
    if not one or not other:
        return 0.0
    return 1.0 if one & other else -1.0
