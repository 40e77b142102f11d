"""Who replied to whom in a flat chat, message by message as it arrives."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from shared.domain.messages import Message
from shared.judgement import models, thresholds
from shared.judgement.link_features import candidates
from shared.judgement.verdicts import Link


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
        return Link(parent_id=None, probability=probability)
    parent = chosen[best - 1]
    silence = message.created_at - parent.created_at
    if silence > timedelta(hours=thresholds.LINK_AFTER_HOURS) and probability < thresholds.LINK_AFTER_SILENCE:
        return Link(parent_id=None, probability=1.0 - probability)
    return Link(parent_id=parent.id, probability=probability)
