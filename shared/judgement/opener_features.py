"""What the words of a conversation's start tell about a request, and what became of it, as numbers."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from shared.domain.identity import MessageId
from shared.domain.messages import Message
from shared.judgement import models
from shared.judgement.cues import Cue, cues_in
from shared.judgement.text import read
from shared.judgement.utterances import Turns, fitted_turns, pieces_of
from shared.judgement.verdicts import Link

type Links = Mapping[MessageId, Link]
"""What messages were found to reply to, with everything that was weighed; where it is absent, what they say of it."""

_NOT_FITTED = frozenset({Cue.SCHEDULING, Cue.RHETORICAL, Cue.SOCIAL, Cue.ANNOUNCES, Cue.GREETS})
"""Set by hand, or, as a greeting does, telling a start from a reply and not a request from small talk."""
HELPING = frozenset({Cue.ADVISES, Cue.CLARIFIES, Cue.INSTRUCTS})
TELLING = frozenset({Cue.FIXED, Cue.STILL_BROKEN})
_NEAR = 0.3
"""Probability of a reply from which what it says is heard as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """The fitted models that weigh words."""

    asks: models.Linear
    turns: Turns


@cache
def fitted_weighing() -> Weighing:
    """The ones beside the code."""
    return Weighing(asks=models.linear("openers"), turns=fitted_turns())


def text_of(said: Sequence[Message]) -> str:
    """The words of several messages of one person."""
    return "\n".join(part for m in said if m.said_by_a_person for part in (m.subject, m.text) if part)


def by_others(said: Sequence[Message], later: Sequence[Message]) -> list[Message]:
    """What people other than whoever said the first said later."""
    asker = next((m.author.key for m in said if m.author), None)
    return [m for m in later if m.said_by_a_person and m.author and m.author.key != asker]


def features_of(text: str) -> Mapping[str, float]:
    """What the words alone say, beside each word: for the model of how requests sound."""
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
    """The words that the model weighs: all of them, as it is function words that ask."""
    return frozenset(read(text).words)


def features_due(
    said: Sequence[Message], later: Sequence[Message], links: Links, weighing: Weighing
) -> Mapping[str, float]:
    """What is known once a thread is due: how it began, who replied and how surely, and how it went on.

    `said` is one person's start of at least one message; `later` the rest, oldest first.
    """
    text = text_of(said)
    starts, _, draws = weighing.turns.weigh(pieces_of(text))
    others = by_others(said, later)
    own = [m for m in later if m.said_by_a_person and m not in others]
    all_said = [m.id for m in said]
    replying = {m.id: _reply(m, all_said, links) for m in others}
    near = [m for m in others if replying[m.id] > _NEAR]
    to_first = _any(_reply(m, all_said[:1], links) for m in others)
    own_cues, near_cues = [cues_in(m.text) for m in own], [cues_in(m.text) for m in near]
    waited = (near[0].created_at - said[-1].created_at).total_seconds() / 60 if near else 0.0
    start = start_probability(said[0], links)
    return {
        "question mark": float("?" in text),
        "length": min(1.5, math.log1p(len(read(text).words)) / 4),
        "very short": float(len(read(text).words) < 4),
        "asks": weighing.asks.logit(features_of(text), words_of(text)),
        "reads like a start": starts,
        "draws replies": draws,
        "starts": logit(start),
        "lines": math.log(len(said)),
        "first was replied to": to_first,
        "first was surely replied to": logit(to_first),
        "starts and was replied to": start * to_first,
        "rest was replied to": _any(_reply(m, all_said[1:], links) for m in others),
        "expected replies": math.log1p(math.fsum(replying.values())),
        "others' messages": math.log1p(len(others)),
        "near messages": math.log1p(len(near)),
        "others": math.log1p(len({m.author.key for m in near if m.author})),
        "own messages": math.log1p(len(own)),
        "minutes until others": math.log1p(max(0.0, waited)),
        "others help": float(any(not cues.isdisjoint(HELPING) for cues in near_cues)),
        "others ask back": float(any("?" in m.text for m in near)),
        "own thanks": float(any(Cue.THANKS in cues for cues in own_cues)),
        "own tells how it went": float(any(not cues.isdisjoint(TELLING) for cues in own_cues)),
        "own goes on": float(bool(own)),
    }


def start_probability(first: Message, links: Links) -> float:
    """That a message starts a conversation; certain where Teams itself gives threads."""
    known = links.get(first.id)
    if known is not None:
        return known.chance(None)
    return first.link_probability if first.parent_id is None else 0.0


def logit(probability: float) -> float:
    """Log-odds, no farther than those of 0.99 and 0.01."""
    bounded = min(0.99, max(0.01, probability))
    return math.log(bounded / (1 - bounded))


def _reply(message: Message, to: Collection[MessageId], links: Links) -> float:
    """That a message replies to any of these; a reply of which no parent is known means the first of its thread."""
    if not to:
        return 0.0
    known = links.get(message.id)
    if known is not None:
        return min(0.999, math.fsum(known.chance(one) for one in to))
    return min(0.999, message.link_probability) if message.parent_id is None or message.parent_id in to else 0.0


def _any(chances: Iterable[float]) -> float:
    return 1.0 - math.prod(1.0 - chance for chance in chances)
