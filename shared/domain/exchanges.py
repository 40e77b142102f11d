"""Threads, and the exchange that a thread may hold: a question on its way to an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.identity import MessageId, Person, SnippetId, SpaceId, ThreadId


class ExchangeState(StrEnum):
    """How far a thread's question has come; `talk` is a thread without one."""

    TALK = "talk"
    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How long Cairn waits before it looks again."""

    quiet: timedelta = timedelta(minutes=10)
    """After the last change of a thread, before it is judged as a whole."""
    patience: timedelta = timedelta(hours=2)
    """Without an answer, before people who may help are named."""
    abandon: timedelta = timedelta(days=7)
    """Without an answer, before the exchange counts as abandoned."""
    fresh: timedelta = timedelta(days=1)
    """After which a question is history (taken in late, or long ago): nothing is posted about it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A root and its replies, and what Cairn has made of them so far."""

    space_id: SpaceId
    id: ThreadId
    state: ExchangeState = ExchangeState.TALK
    due_at: datetime | None = None
    """When it is to be looked at again; None when nothing is pending."""
    asker: Person | None = None
    opened_at: datetime | None = None
    question_ids: tuple[MessageId, ...] = ()
    answer_ids: tuple[MessageId, ...] = ()
    snippet_id: SnippetId | None = None
    looked_up: str = ""
    """Hash of the question that has been looked up for an earlier answer; empty before."""
    helpers_named_at: datetime | None = None
