"""Who replied to whom in a flat chat, message by message as it arrives."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from shared.domain.messages import Message, MessageKind
from shared.judgement import models, thresholds
from shared.judgement.cues import Cue, cues_in
from shared.judgement.link_features import candidates
from shared.judgement.openers import opens_request
from shared.judgement.replies import answer_probability
from shared.judgement.verdicts import Link, Verdict

_STARTS = frozenset({Cue.SCHEDULING, Cue.RHETORICAL, Cue.SOCIAL, Cue.ANNOUNCES, Cue.GREETS, Cue.SEEKS, Cue.INQUIRES})


def link(message: Message, before: Sequence[Message]) -> Link:
    """What a message replies to, or that it starts a conversation.

    Args:
        message: the one that has arrived.
        before: up to about 100 messages of the chat that precede it, oldest first, of every kind.

    Returns:
        A parent among `before`, or None, with the probability of that. A quote that Teams recorded
        wins with certainty, also when the quoted message is older than `before` reaches.
    """
    if message.quoted_ids:
        return Link(parent_id=message.quoted_ids[-1], probability=1.0)
    if not message.said_by_a_person:
        return Link(parent_id=None, probability=1.0)
    chosen, rows = candidates(message, before)
    if not chosen:
        return Link(parent_id=None, probability=1.0)
    scores = models.network("links").scores(rows)
    odds = np.exp(scores - scores.max())
    best = int(odds.argmax())
    probability = float(odds[best] / odds.sum())
    if best == 0:
        asked = _open_request(message, before, chosen)
        if asked is not None:
            return Link(parent_id=asked.id, probability=thresholds.LINK_WHEN_QUIET)
        return Link(parent_id=None, probability=probability)
    parent = chosen[best - 1]
    silence = message.created_at - parent.created_at
    if silence > timedelta(hours=thresholds.LINK_AFTER_HOURS) and probability < thresholds.LINK_AFTER_SILENCE:
        return Link(parent_id=None, probability=1.0 - probability)
    return Link(parent_id=parent.id, probability=probability)


def _open_request(message: Message, before: Sequence[Message], chosen: Sequence[Message]) -> Message | None:
    """In a quiet chat, the request that a message answers, if it reads like an answer to one.

    None in a lively chat (there the model knows better), for what may itself ask, arrange or greet, and where
    nobody else has asked anything in the last hours that it would answer.
    """
    half_an_hour = timedelta(minutes=thresholds.QUIET_MINUTES)
    lately = [m for m in before if m.kind is MessageKind.PERSON and message.created_at - m.created_at <= half_an_hour]
    starts = "?" in message.text or not cues_in(message.text).isdisjoint(_STARTS)
    if len(lately) > thresholds.QUIET_MESSAGES or starts or opens_request([message]).verdict is not Verdict.NO:
        return None
    reach = timedelta(hours=thresholds.LINK_AFTER_HOURS)
    answered = [
        (answer_probability(candidate.text, message.text), place, candidate)
        for place, candidate in enumerate(chosen)
        if candidate.author != message.author
        and message.created_at - candidate.created_at <= reach
        and opens_request([candidate]).verdict is Verdict.YES
    ]
    probability, _, asked = max(answered, key=lambda found: found[:2], default=(0.0, 0, None))
    return asked if probability >= thresholds.ANSWER else None
