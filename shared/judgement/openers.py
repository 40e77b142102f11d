"""Does what somebody says open a request for help or knowledge?

The words are weighed by a model fitted on conversation starts. Labelled chats hold hardly any
lunch plans and small talk, so what turns of phrase say about those is set by hand here, and so is
what the replies say.
"""

import math
from collections.abc import Mapping, Sequence

from shared.domain.messages import Message
from shared.judgement import models, thresholds
from shared.judgement.cues import Cue, cues_in
from shared.judgement.text import read
from shared.judgement.verdicts import Opening, Verdict

_OTHER_BUSINESS = {Cue.SCHEDULING: -4.0, Cue.RHETORICAL: -4.0, Cue.SOCIAL: -3.0, Cue.ANNOUNCES: -1.5}
"""Log-odds that a turn of phrase takes away: enough to silence a question by itself, too little to
silence one that also says what does not work."""
_TELLS_TROUBLE = 0.75
"""Log-odds that "… does not work" adds where a conversation starts. The model has learned from starts against
replies, and in replies askers tell their trouble too; of 20 starts of the training chats with such words that
it put between 0.35 and 0.55, 17 asked for help when read by hand."""
_REAL_NEED = frozenset({Cue.SEEKS, Cue.TROUBLE})
_NOT_FITTED = frozenset(_OTHER_BUSINESS) | {Cue.GREETS}
"""A greeting tells a start from a reply, not a request from small talk."""
_ASKING = _REAL_NEED | {Cue.ASKS, Cue.INQUIRES}
"""Without any of these, and without a question mark, nothing is called a request, however probable; unless
somebody helped and the asker took it up."""
_HELPED, _TOOK_IT_UP, _THANKED, _ARRANGED = 0.75, 1.0, 0.75, -1.5
"""Log-odds that replies add or take away: others advise or ask back; the asker says that it works, or still
does not; the asker thanks; most replies arrange or chat. By hand: the labels hold no such judgement."""
_TAKEN_UP = _HELPED + _THANKED
_NEED_REMAINS = 0.4
"""What is left of the above when the same words also seek help: "Good morning! Does anybody know …"."""


def opens_request(said: Sequence[Message], *, later: Sequence[Message] | None = None) -> Opening:
    """Whether consecutive messages of one person open a request.

    Args:
        said: the conversation's start, oldest first.
        later: what came afterwards in the thread, oldest first; None while nothing can be known yet.
            Silence (an empty sequence) does not speak against a request.

    Returns:
        YES, NO or UNSURE with the probability of a request. At once (`later` is None) YES needs more.
    """
    text = "\n".join(part for m in said if m.said_by_a_person for part in (m.subject, m.text) if part)
    if not read(text).stems and cues_in(text).isdisjoint(_REAL_NEED | {Cue.INQUIRES}):
        # Nothing but function words and greetings: whatever it opens, there is nothing in it to look up.
        return Opening(verdict=Verdict.NO, probability=0.0)
    logit = models.linear("openers").logit(features_of(text), words_of(text))
    logit += _other_business(cues_in(text)) + (_TELLS_TROUBLE if Cue.TROUBLE in cues_in(text) else 0.0)
    came = _what_came(said, later) if later is not None else 0.0
    probability = models.probability(logit + came)
    enough = thresholds.OPENER_AT_ONCE if later is None else thresholds.OPENER_DUE
    asks = "?" in text or not cues_in(text).isdisjoint(_ASKING) or came >= _TAKEN_UP
    if probability >= enough and asks:
        return Opening(verdict=Verdict.YES, probability=probability)
    no = probability < thresholds.OPENER_NO
    return Opening(verdict=Verdict.NO if no else Verdict.UNSURE, probability=probability)


def features_of(text: str) -> Mapping[str, float]:
    """The numbers that the opener model weighs beside the words."""
    cues, words = cues_in(text), read(text).words
    ends = text.rstrip().endswith("?")
    features = {f"cue {cue}": 1.0 for cue in cues if cue not in _NOT_FITTED}
    features["question mark"] = float("?" in text)
    features["ends with a question mark"] = float(ends)
    features["asks without the mark"] = float(Cue.ASKS in cues and "?" not in text)
    features["length"] = min(1.5, math.log1p(len(words)) / 4)
    features["very short"] = float(len(words) < 4)
    features["address of a page"] = float(read(text).links > 0)
    features["first person"] = float(not {"i", "i'm", "my", "i've", "im", "me", "we", "our"}.isdisjoint(words))
    features["second person"] = float(not {"you", "your", "you're", "u"}.isdisjoint(words))
    return features


def words_of(text: str) -> frozenset[str]:
    """The words that the opener model weighs: all of them, as it is function words that ask."""
    return frozenset(read(text).words)


def _other_business(cues: frozenset[Cue]) -> float:
    against = math.fsum(weight for cue, weight in _OTHER_BUSINESS.items() if cue in cues)
    return against if cues.isdisjoint(_REAL_NEED) else against * _NEED_REMAINS


def _what_came(said: Sequence[Message], later: Sequence[Message]) -> float:
    asker = next((m.author.key for m in said if m.author), None)
    own = [m for m in later if m.author and m.author.key == asker and m.said_by_a_person]
    others = [m for m in later if m.author and m.author.key != asker and m.said_by_a_person]
    logit = 0.0
    if others:
        arranged = [not cues_in(m.text).isdisjoint(_OTHER_BUSINESS) for m in others]
        helpful = any(not cues_in(m.text).isdisjoint({Cue.ADVISES, Cue.CLARIFIES}) for m in others)
        logit += _HELPED if helpful else 0.0
        logit += _ARRANGED if sum(arranged) * 2 > len(arranged) else 0.0
    if any(not cues_in(m.text).isdisjoint({Cue.FIXED, Cue.STILL_BROKEN}) for m in own):
        logit += _TOOK_IT_UP
    elif others and any(Cue.THANKS in cues_in(m.text) for m in own):
        logit += _THANKED
    return logit
