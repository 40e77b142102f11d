"""What a message and each earlier one have to do with each other, as numbers for the link model.

One row a candidate, and one for "starts a conversation". The numbers follow Kummerfeld et al.,
"A Large-Scale Corpus for Conversation Disentanglement" (ACL 2019), where they could be had cheaply:
distance, time, who spoke to whom, what the words share.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from shared.domain.identity import UserKey
from shared.domain.messages import Message
from shared.judgement.addresses import addressed, forms_of, named
from shared.judgement.cues import Cue, cues_in
from shared.judgement.models import Rows
from shared.judgement.text import cosine, read

NEAR = 40
"""How many of the nearest messages are always candidates."""
FAR = 100
"""How far back a message is a candidate when its author is named, speaks to the author, or is the author."""

NAMES = (
    "starts", "says_question", "says_request", "says_reply", "greets", "length", "addresses", "names", "spoke",
    "since_spoke", "minutes_since_spoke", "was_addressed", "last_asked",
    "distance", "previous", "second", "lines", "minutes", "own", "addressed_by", "named_by", "addresses_author",
    "names_author", "authors_last", "own_last", "before_own_last", "latest_to_author", "to_somebody_else",
    "candidate_to_other", "same_addressee", "likeness", "shared", "best_likeness", "question", "request",
    "candidate_length", "candidate_reply", "authors_since", "own_since", "talked", "own_last_to_them",
    "addressed_since", "addressed_last", "open_question",
)  # fmt: skip
_OF_MESSAGE = 12
"""How many numbers after the first say something of the message itself, and stand in every row."""
_OF_CANDIDATE = len(NAMES) - 1 - _OF_MESSAGE

_REPLYING = frozenset({Cue.THANKS, Cue.AGREES, Cue.REFUSES, Cue.FIXED, Cue.STILL_BROKEN})
_REQUESTING = frozenset({Cue.SEEKS, Cue.INQUIRES, Cue.TROUBLE})


@dataclass(slots=True)
class _Scene:
    """The conversation as it stands when a message arrives; only people's messages, newest first."""

    message: Message
    author: UserKey
    earlier: list[Message] = field(default_factory=list)
    authors: list[UserKey] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    to: list[frozenset[UserKey]] = field(default_factory=list)
    naming: list[frozenset[UserKey]] = field(default_factory=list)


def candidates(message: Message, before: Sequence[Message]) -> tuple[list[Message], Rows]:
    """The messages that may be replied to, and float32[1 + them, features]; the first row is "starts".

    `before` is oldest first. Without an author there is nothing to go by, and no candidate.
    """
    if message.author is None:
        return [], np.zeros((1, len(NAMES)), np.float32)
    scene = _Scene(message, message.author.key)
    recent = [(distance, m) for distance, m in enumerate(reversed(before[-FAR:]), 1) if m.said_by_a_person]
    forms = forms_of({m.author.key: m.author for _, m in recent if m.author}.values())
    for distance, earlier in recent:
        if earlier.author is None:
            continue
        scene.earlier.append(earlier)
        scene.authors.append(earlier.author.key)
        scene.lines.append(distance)
        scene.to.append(addressed(earlier, forms))
        scene.naming.append(named(earlier, forms))
    to, naming = addressed(message, forms) - {scene.author}, named(message, forms) - {scene.author}
    return _rows(scene, to, naming)


def _rows(scene: _Scene, to: frozenset[UserKey], naming: frozenset[UserKey]) -> tuple[list[Message], Rows]:
    author, authors = scene.author, scene.authors
    own_last = authors.index(author) if author in authors else None
    own_last_to = scene.to[own_last] if own_last is not None else frozenset()
    of_message = _of_message(scene, to, naming, own_last)
    talked = own_last_to | {a for a, whom in zip(authors, scene.to, strict=True) if author in whom}
    mine = read(scene.message.text)
    since: Counter[UserKey] = Counter()
    spoken_to: Counter[UserKey] = Counter()
    found_latest_to_author = False
    chosen: list[Message] = []
    rows: list[list[float]] = [[1.0, *of_message, *([0.0] * _OF_CANDIDATE)]]
    for at, earlier in enumerate(scene.earlier):
        theirs, their_to, their_naming = authors[at], scene.to[at], scene.naming[at]
        own, to_author, names_author = theirs == author, author in their_to, author in their_naming
        if at < NEAR or own or theirs in to or theirs in naming or to_author or names_author:
            cues, reading = cues_in(earlier.text), read(earlier.text)
            likeness = cosine(mine, reading)
            shared = len(mine.weights.keys() & reading.weights.keys()) if likeness else 0
            request = not cues.isdisjoint(_REQUESTING)
            question = "?" in earlier.text
            chosen.append(earlier)
            rows.append([
                0.0, *of_message,
                math.log(at + 1) / 4, at == 0, at == 1, math.log(scene.lines[at]) / 4,
                _minutes(scene.message.created_at - earlier.created_at), own,
                theirs in to, theirs in naming, to_author, names_author, since[theirs] == 0,
                at == own_last, own_last is not None and at > own_last, to_author and not found_latest_to_author,
                bool(to) and theirs not in to, bool(their_to) and not to_author, bool(to & their_to),
                likeness, min(shared, 4) / 4, 0.0, question, request, math.log1p(len(reading.words)) / 4,
                not cues.isdisjoint(_REPLYING), math.log1p(since[theirs]) / 2, math.log1p(since[author]) / 2,
                theirs in talked, theirs in own_last_to, math.log1p(spoken_to[theirs]) / 2,
                theirs in to and since[theirs] == 0, (question or request) and not their_to and not spoken_to[theirs],
            ])  # fmt: skip
        found_latest_to_author = found_latest_to_author or to_author
        since[theirs] += 1
        spoken_to.update(their_to)
    table = np.asarray(rows, dtype=np.float32)
    likeness_at = NAMES.index("likeness")
    table[:, NAMES.index("best_likeness")] = table[:, likeness_at] >= max(0.05, float(table[:, likeness_at].max()))
    return chosen, table


def _of_message(scene: _Scene, to: frozenset[UserKey], naming: frozenset[UserKey], own_last: int | None) -> list[float]:
    text = scene.message.text
    cues = cues_in(text)
    spoke = own_last is not None
    return [
        "?" in text,
        not cues.isdisjoint(_REQUESTING),
        not cues.isdisjoint(_REPLYING),
        Cue.GREETS in cues,
        math.log1p(len(read(text).words)) / 4,
        bool(to),
        bool(naming),
        spoke,
        math.log1p(own_last) / 4 if own_last is not None else 0.0,
        _minutes(scene.message.created_at - scene.earlier[own_last].created_at) if own_last is not None else 0.0,
        any(scene.author in whom for whom in scene.to[:NEAR]),
        own_last is not None and "?" in scene.earlier[own_last].text,
    ]


def _minutes(gap: timedelta) -> float:
    return math.log1p(max(0.0, gap.total_seconds()) / 60) / 4
