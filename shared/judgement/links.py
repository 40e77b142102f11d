"""Who replied to whom in a flat chat, message by message as it arrives."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from shared.domain.identity import MessageId
from shared.domain.messages import Message, MessageKind
from shared.judgement import thresholds
from shared.judgement.cues import Cue, cues_in
from shared.judgement.link_features import candidates
from shared.judgement.link_network import link_network
from shared.judgement.models import Rows
from shared.judgement.openers import opens_request
from shared.judgement.replies import answer_probability
from shared.judgement.verdicts import Link, Verdict

_FAR_FETCHED = 0.02
"""Probability below which an outcome is not told."""
_STARTS = frozenset({Cue.SCHEDULING, Cue.RHETORICAL, Cue.SOCIAL, Cue.ANNOUNCES, Cue.GREETS, Cue.SEEKS, Cue.INQUIRES})


def link(message: Message, before: Sequence[Message]) -> Link:
    """What a message replies to, or that it starts a conversation.

    Args:
        message: the one that has arrived.
        before: the messages of the chat that precede it, oldest first, of every kind; the last 150 are read.
            What they are known to reply to themselves (`parent_id`, `thread_id`) is evidence.

    Returns:
        A parent among `before`, or None, with the probability of that; what else it replies to, where
        that is as good as certain by itself. A quote that Teams recorded
        wins with certainty, also when the quoted message is older than `before` reaches.
    """
    if message.quoted_ids:
        return _certain(message.quoted_ids[-1])
    if not message.said_by_a_person:
        return _certain(None)
    chosen, rows = candidates(message, before)
    if not chosen:
        return _certain(None)
    chances = link_network().probabilities(rows)
    found = weighed([None, *(one.id for one in chosen)], chances)
    if found.parent_id is None or found.probability < thresholds.LINK_DOUBTED:
        asked = _open_request(message, before, chosen)
        if asked is not None:
            return found if asked.id == found.parent_id else _with(found, asked.id, thresholds.LINK_WHEN_QUIET)
    if found.parent_id is None:
        return found
    parent = next(one for one in chosen if one.id == found.parent_id)
    silence = message.created_at - parent.created_at
    long_silent = silence > timedelta(hours=thresholds.LINK_AFTER_HOURS)
    if long_silent and found.probability < thresholds.LINK_AFTER_SILENCE:
        return _with(found, None, 1.0 - found.probability)
    return found


def weighed(ids: Sequence[MessageId | None], chances: Rows) -> Link:
    """The likeliest of what a message may reply to (None for a start), with everything that is not far-fetched."""
    likely = [row for row in np.argsort(-chances, kind="stable") if chances[row] >= _FAR_FETCHED]
    told = tuple((ids[row], float(chances[row])) for row in likely)
    return Link(parent_id=told[0][0], probability=told[0][1], weighed=told)


def _with(found: Link, parent_id: MessageId | None, probability: float) -> Link:
    """Another outcome, by a rule; the rest share what is left."""
    left = (1.0 - probability) / max(1e-6, sum(chance for one, chance in found.weighed if one != parent_id))
    others = tuple((one, chance * min(1.0, left)) for one, chance in found.weighed if one != parent_id)
    return Link(parent_id=parent_id, probability=probability, weighed=((parent_id, probability), *others))


def _certain(parent_id: MessageId | None) -> Link:
    return Link(parent_id=parent_id, probability=1.0, weighed=((parent_id, 1.0),))


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
