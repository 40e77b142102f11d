"""Postings: what Cairn puts into Teams, where, and how far that has come."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.identity import (
    AudienceId,
    Person,
    PostingId,
    SnippetId,
    SpaceId,
    ThreadId,
    UserKey,
    derived_id,
)
from shared.domain.labels import Claim


class PostingKind(StrEnum):
    """What a card is for."""

    ANSWERED_BEFORE = "answered_before"
    HELPERS = "helpers"
    REVIEW = "review"
    ASK = "ask"
    """A mentor is asked, by name, on the asker's wish."""
    NOTICE = "notice"
    """A space is told that capture is on, or off."""
    RECALL = "recall"
    """Somebody who received a piece of advice is told, once and privately, that it no longer holds."""


class PostingState(StrEnum):
    """`wanted` → `reserved` (about to be posted; a crash may have happened) → `posted` → `withdrawn`."""

    WANTED = "wanted"
    RESERVED = "reserved"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """One person on a card of helpers, and why."""

    person: Person
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One card, at one place, for one reason; its id follows from these, so that a repeated step finds it."""

    id: PostingId
    kind: PostingKind
    space_id: SpaceId
    thread_id: ThreadId | None = None
    recipient: Person | None = None
    """For their eyes only; None for everybody in the space."""
    snippet_id: SnippetId | None = None
    snippet_audience: AudienceId | None = None
    """Under which audience the snippet was found, and is read again."""
    claim: Claim | None = None
    """How sure it was that the snippet's question is the same; None on other cards."""
    asker: Person | None = None
    """Whose question it is about."""
    suggested: tuple[Suggested, ...] = ()
    asked: tuple[UserKey, ...] = ()
    """Of those suggested, who has been asked."""
    text: str = ""
    """A notice's or recall's sentence, or the question (redacted) that helpers are named for."""
    wanted: bool = True
    """False when it must no longer stand: deliver then withdraws it."""
    forget: bool = False
    """Whether nothing of it is kept once it is withdrawn: it was to or about somebody who is forgotten."""
    state: PostingState = PostingState.WANTED
    conversation_id: str = ""
    activity_id: str = ""
    card_hash: str = ""
    """Of what was last sent, so that nothing is sent twice in vain."""
    created_at: datetime
    posted_at: datetime | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something is still to be done: not posted, standing and no longer wanted, or to be forgotten."""
        return (
            self.forget
            or self.state in (PostingState.WANTED, PostingState.RESERVED)
            or (self.state is PostingState.POSTED and not self.wanted)
        )


def posting_id_of(
    kind: PostingKind,
    space_id: SpaceId,
    *,
    thread_id: str = "",
    recipient: UserKey | None = None,
    about: str = "",
) -> PostingId:
    """The id of the one posting of that kind at that place for that reason."""
    return PostingId(derived_id(kind, space_id, thread_id, recipient or "", about))


def reserved(posting: Posting) -> Posting:
    """About to be posted: from here on, a repeated step must look before it posts."""
    return replace(posting, state=PostingState.RESERVED)


def posted(posting: Posting, *, conversation_id: str, activity_id: str, card_hash: str, now: datetime) -> Posting:
    """Standing in Teams."""
    return replace(
        posting,
        state=PostingState.POSTED,
        conversation_id=conversation_id,
        activity_id=activity_id,
        card_hash=card_hash,
        posted_at=posting.posted_at or now,
    )


def forgotten(posting: Posting) -> Posting:
    """To be taken out of Teams and then forgotten; until then it holds nothing but where it stands."""
    return replace(
        posting,
        recipient=None,
        asker=None,
        claim=None,
        suggested=(),
        asked=(),
        text="",
        card_hash="",
        wanted=False,
        forget=True,
    )
