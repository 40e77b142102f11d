"""Does what somebody says open a request for help or knowledge?

Judged twice: at once by the words, and when the thread is due by what others made of it as well, since
who was answered has most often asked. Labelled chats hold hardly any lunch plans and small talk, so what
turns of phrase say about those is set by hand here.
"""

import math
from collections.abc import Mapping, Sequence

from shared.domain.messages import Message
from shared.judgement import models, thresholds
from shared.judgement.cues import Cue, cues_in
from shared.judgement.meaning import NO_MEANINGS, Meanings
from shared.judgement.opener_chat import Chat
from shared.judgement.opener_features import (
    Links,
    by_others,
    features_due,
    features_of,
    fitted_weighing,
    start_probability,
    text_of,
    words_of,
)
from shared.judgement.opener_meaning import MEANT, fitted_beside, meant
from shared.judgement.text import read
from shared.judgement.trees import trees
from shared.judgement.verdicts import Opening, Verdict

_OTHER_BUSINESS = {Cue.SCHEDULING: -4.0, Cue.RHETORICAL: -4.0, Cue.SOCIAL: -3.0, Cue.ANNOUNCES: -1.5}
"""Log-odds that a turn of phrase takes away: enough to silence a question by itself, too little to
silence one that also says what does not work."""
_TELLS_TROUBLE = 0.75
"""Log-odds that "… does not work" adds at once where a conversation starts. The model has learned from starts
against replies, and in replies askers tell their trouble too; of 20 starts of the training chats with such words
that it put between 0.35 and 0.55, 17 asked for help when read by hand."""
_REAL_NEED = frozenset({Cue.SEEKS, Cue.TROUBLE})
_ASKING = _REAL_NEED | {Cue.ASKS, Cue.INQUIRES}
"""Without any of these, and without a question mark, nothing is called a request at once, however probable."""
_ARRANGED = -5.0
"""Log-odds that replies take away of which half arrange or chat; by hand."""
_NEED_REMAINS = 0.4
"""What is left of the above when the same words also seek help: "Good morning! Does anybody know …"."""
_NO_LINKS: Links = {}


def texts_to_embed(
    said: Sequence[Message], *, later: Sequence[Message], links: Links = _NO_LINKS, chat: Chat | None = None
) -> list[str]:
    """The texts whose meanings `opens_request` should be given: one at most, where words and replies leave it open."""
    if not by_others(said, later):
        return []
    by_words = opens_request(said, later=later, links=links, chat=chat).probability
    least, most = thresholds.OPENER_LEFT_OPEN
    return [text_of(said)] if least <= by_words <= most else []


def opens_request(
    said: Sequence[Message],
    *,
    later: Sequence[Message] | None = None,
    links: Links = _NO_LINKS,
    chat: Chat | None = None,
    meanings: Meanings = NO_MEANINGS,
) -> Opening:
    """Whether consecutive messages of one person open a request.

    Args:
        said: the conversation's start, oldest first.
        later: what came afterwards in the thread, oldest first; None while nothing can be known yet.
            Silence (nobody else spoke) does not speak against a request.
        links: what each of these messages was found to reply to, where more is known of that than the
            messages say themselves (`parent_id`, `link_probability`).
        chat: what else was said around, before and after, where it is a flat chat and everything that was
            weighed is at hand. Once others have spoken it tells more than the thread by itself.
        meanings: of `texts_to_embed`, heard once others have spoken; without them the words stand alone.

    Returns:
        YES, NO or UNSURE with the probability of a request; once others have spoken, of one that somebody
        replied to.
    """
    text = text_of(said)
    cues = cues_in(text)
    if not read(text).stems and cues.isdisjoint(_REAL_NEED | {Cue.INQUIRES}):
        # Nothing but function words and greetings: whatever it opens, there is nothing in it to look up.
        return Opening(verdict=Verdict.NO, probability=0.0)
    others = by_others(said, later) if later is not None else []
    asked, starts = _asked(text), start_probability(said[0], links)
    if later is None or not others:
        enough = thresholds.OPENER_AT_ONCE if later is None else thresholds.OPENER_UNANSWERED
        sounds = "?" in text or not cues.isdisjoint(_ASKING)
        yes = asked >= enough and starts >= thresholds.OPENER_STARTS and sounds
        return _opening(yes, asked < thresholds.OPENER_NO, asked * starts)
    features = features_due(said, later, links, fitted_weighing())
    in_chat = chat is not None and chat.knows(said[0].id)
    arranged = _arranged(others) if asked < thresholds.OPENER_NO else 0.0
    if chat is not None and in_chat:
        answered = models.probability(_by_chat(chat.numbers(said[0].id), meant(text, meanings)) + arranged)
        enough, too_little = thresholds.OPENER_IN_CHAT, thresholds.OPENER_IN_CHAT_NO
    else:
        answered = models.probability(_by_thread(features, meant(text, meanings)) + arranged)
        enough, too_little = thresholds.OPENER_DUE, thresholds.OPENER_DUE_NO
    helped = bool(features["others help"] or features["own tells how it went"] or features["own thanks"])
    other_business = not cues.isdisjoint(_OTHER_BUSINESS)
    sounds = asked >= thresholds.OPENER_SOUNDS or (helped and not other_business)
    if not sounds:
        return _opening(False, asked < thresholds.OPENER_NO, asked)
    # A clear request that somebody helped with is one, where little is known of who helped whom.
    clear = helped and asked >= thresholds.OPENER_CLEAR and not in_chat and not _arranged(others)
    yes = answered >= enough or clear
    return _opening(yes, answered < too_little, max(answered, asked) if clear else answered)


def _opening(yes: bool, no: bool, probability: float) -> Opening:
    return Opening(verdict=Verdict.YES if yes else Verdict.NO if no else Verdict.UNSURE, probability=probability)


def _by_chat(numbers: Mapping[str, float], means: float | None) -> float:
    if means is None:
        return trees("openers-chat").logit(numbers)
    return trees(fitted_beside("openers-chat")).logit({**numbers, MEANT: means})


def _by_thread(features: Mapping[str, float], means: float | None) -> float:
    if means is None:
        return models.linear("openers-due").logit(features)
    return models.linear(fitted_beside("openers-due")).logit({**features, MEANT: means})


def _asked(text: str) -> float:
    """By the words alone: that they ask for help or knowledge where a conversation starts."""
    cues = cues_in(text)
    logit = models.linear("openers").logit(features_of(text), words_of(text))
    return models.probability(logit + _other_business(cues) + (_TELLS_TROUBLE if Cue.TROUBLE in cues else 0.0))


def _other_business(cues: frozenset[Cue]) -> float:
    against = math.fsum(weight for cue, weight in _OTHER_BUSINESS.items() if cue in cues)
    return against if cues.isdisjoint(_REAL_NEED) else against * _NEED_REMAINS


def _arranged(others: Sequence[Message]) -> float:
    arranged = [not cues_in(m.text).isdisjoint(_OTHER_BUSINESS) for m in others]
    return _ARRANGED if sum(arranged) * 2 >= len(arranged) else 0.0
