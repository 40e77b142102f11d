"""What a judgement says: the values that the functions of this package return."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.identity import MessageId, Person
from shared.domain.people import Evidence
from shared.judgement import thresholds


class Verdict(StrEnum):
    """Yes, no, or not sure enough to act; "unsure" is a valid outcome everywhere."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Role(StrEnum):
    """What a reply does for a question: answers it, helps on the way (asks back, gives a part), or neither."""

    ANSWER = "answer"
    HELP = "help"
    TALK = "talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a message of a flat chat replies to; `parent_id` is None when it starts a conversation."""

    parent_id: MessageId | None
    probability: float
    """Of this very outcome, between 0 and 1."""
    weighed: tuple[tuple[MessageId | None, float], ...] = ()
    """Everything it may reply to that is not far-fetched, and None for a start, each with its probability."""

    @property
    def claimed(self) -> bool:
        """Whether the outcome is likely enough to be told as such; else it is the best guess."""
        return self.probability >= thresholds.LINK

    @property
    def also(self) -> tuple[MessageId, ...]:
        """What else it replies to with enough certainty of its own, the likeliest first."""
        return tuple(
            one
            for one, chance in self.weighed
            if one is not None and one != self.parent_id and chance >= thresholds.LINK
        )

    def chance(self, parent_id: MessageId | None) -> float:
        """The probability that it replies to this message, or of a start for None; 0 for what is far-fetched."""
        return next((chance for one, chance in self.weighed if one == parent_id), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether what somebody said opens a request for help or knowledge."""

    verdict: Verdict
    probability: float
    """That it does, between 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyVerdict:
    """What one reply does for the question."""

    message_id: MessageId
    role: Role
    probability: float
    """That the reply is an answer, between 0 and 1, whatever the role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundApproach:
    """One way to answer: the messages that give it, in order, and the words to keep."""

    message_ids: tuple[MessageId, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One reply contradicts another: `disputed` is a message of an approach, `by` came later."""

    disputed: MessageId
    by: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a thread's replies amount to."""

    replies: tuple[ReplyVerdict, ...] = ()
    resolved: bool = False
    resolved_probability: float = 0.0
    approaches: tuple[FoundApproach, ...] = ()
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An earlier question with its answers, as a store found it."""

    id: str
    question: str
    answers: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a candidate compares with a new question."""

    id: str
    score: float
    """What the candidates are ordered by; higher is better, comparable within one ranking only."""
    probability: float
    """That it is the same question, between 0 and 1."""
    same: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Knower:
    """Somebody who has shown that they know about a question, with the evidence that says so, best first."""

    person: Person
    score: float
    because: tuple[Evidence, ...]
