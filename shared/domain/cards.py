"""What a card says to one reader, before it takes any shape; `adapters/teams` turns it into an Adaptive Card."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.identity import Person, PostingId
from shared.domain.postings import Suggested
from shared.domain.snippets import Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredBefore:
    """The same question was asked before: its approaches, where they were said, how far they are trusted."""

    posting_id: PostingId
    snippet: Snippet
    space_label: str
    """Where it was answered, by name."""
    private: bool
    """Whether only the asker sees it, and is told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpers:
    """Nobody has answered for a while: who may know, and why them."""

    posting_id: PostingId
    asker: Person
    question: str
    suggested: tuple[Suggested, ...]
    asked: frozenset[str]
    """User keys of those already asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A proposed snippet before a curator; `similar` are those of the same audience that it may be merged into."""

    posting_id: PostingId
    snippet: Snippet
    space_label: str
    similar: tuple[Snippet, ...] = ()
    may_share: bool = False
    """Whether it may be shown to the whole organisation by the curator's word alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A mentor is asked by name, on the asker's wish."""

    posting_id: PostingId
    mentor: Person
    asker: Person
    question: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One plain sentence or two: capture is on, or off."""

    posting_id: PostingId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Advice that somebody received no longer holds: what it was, why, and what replaces it."""

    posting_id: PostingId
    question: str
    reason: str
    at: datetime
    replacement: Snippet | None = None


Card = AnsweredBefore | Helpers | Review | Ask | Notice | Recall
