"""Messages as Cairn keeps them, and what a newer version of one changes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.identity import MessageId, Person, PostingId, SpaceId, ThreadId, UserKey


class MessageKind(StrEnum):
    """Who speaks: a person, Teams itself (somebody joined), or an application."""

    PERSON = "person"
    SYSTEM = "system"
    BOT = "bot"
    COMMAND = "command"
    """A person who tells Cairn itself to do something: nothing that colleagues said to each other."""


class Importance(StrEnum):
    """How its author marked a message; an urgent one notifies those it mentions again and again."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One person's reaction, by Teams' own word for it (`like`, `heart`, or the emoji)."""

    kind: str
    by: UserKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One chatMessage, normalised.

    `text` is plain text: code blocks stand between lines of three back-ticks, list items begin with
    `- ` or `1. ` (two spaces before it for each list within a list), quotes with `> `, a table's cells are
    separated by ` | `. It is empty for system messages, for applications' messages and for what was deleted.
    """

    space_id: SpaceId
    id: MessageId
    kind: MessageKind
    author: Person | None
    created_at: datetime
    modified_at: datetime
    deleted_at: datetime | None = None
    root_id: MessageId | None = None
    """In a channel, the root that Teams says this replies to; None for a root and in every chat."""
    quoted_ids: tuple[MessageId, ...] = ()
    """Messages that Teams' own quote names (chats), and a forwarded one that was said in this space."""
    subject: str = ""
    text: str = ""
    body_hash: str = ""
    """Of subject and text; what decides whether there was an edit."""
    mentions: tuple[Person, ...] = ()
    names_us: bool = False
    """Whether it mentions Cairn itself."""
    links: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """Names of what came along: a file's name, or `card`, `meeting`, `forwarded message`, `2 images` and the like."""
    importance: Importance = Importance.NORMAL
    locale: str = ""
    """Of the client that it was written with, as Teams says it (`en-us`); not always the language of the words."""
    reactions: tuple[Reaction, ...] = ()
    web_url: str = ""
    violates_policy: bool = False
    posting_ids: tuple[PostingId, ...] = ()
    """Our own cards that this message carries."""
    thread_id: ThreadId | None = None
    """Where Cairn places it: given by Teams in a channel, judged in a flat chat; None until placed."""
    parent_id: MessageId | None = None
    """In a flat chat, what it was judged to reply to; None when it starts a conversation."""
    link_probability: float = 1.0
    taken_in_at: datetime | None = None
    """When it was first stored, where that was long after it was written; retention counts from then."""
    settled: bool = False
    """Whether everything that follows from this version has been marked as due."""

    @property
    def kept_from(self) -> datetime:
        """The moment from which the time counts that messages are kept."""
        return self.taken_in_at or self.created_at

    @property
    def said_by_a_person(self) -> bool:
        """Whether there is something a person said and has not taken back."""
        return self.kind is MessageKind.PERSON and self.deleted_at is None and self.author is not None


class Change(StrEnum):
    """What the arrival of a version of a message changes."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    RESTORED = "restored"
    ANNOTATED = "annotated"
    """Reactions, mentions or the like; not the words."""
    NOTHING = "nothing"
    """The same version again, or one older than what is known."""


def succeed(known: Message | None, arrived: Message) -> tuple[Message, Change]:
    """What is known after a version has arrived, in whatever order versions come.

    A later `modified_at` wins. Of two versions with the same one, the deleted wins over the living,
    then the greater body hash, so that every order of arrival ends in the same state. What Cairn
    itself has added (the place in a thread) outlives a new version.
    """
    if known is None:
        return arrived, Change.CREATED
    if _rank(arrived) <= _rank(known):
        return known, Change.NOTHING
    merged = replace(
        arrived,
        thread_id=known.thread_id,
        parent_id=known.parent_id,
        link_probability=known.link_probability,
        taken_in_at=known.taken_in_at,
        settled=False,
    )
    if arrived.deleted_at is not None and known.deleted_at is None:
        return merged, Change.DELETED
    if arrived.deleted_at is None and known.deleted_at is not None:
        return merged, Change.RESTORED
    if arrived.deleted_at is None and arrived.body_hash != known.body_hash:
        return merged, Change.EDITED
    return merged, Change.ANNOTATED


def _rank(message: Message) -> tuple[datetime, bool, str, list[tuple[str, str]]]:
    return (
        message.modified_at,
        message.deleted_at is not None,
        message.body_hash,
        sorted((reaction.by, reaction.kind) for reaction in message.reactions),
    )


def without_words(message: Message) -> Message:
    """The same message with nothing of what was said: for deleted messages and other people's machines."""
    return replace(message, subject="", text="", mentions=(), links=(), attachments=(), reactions=(), quoted_ids=())


def as_command(message: Message) -> Message:
    """What is kept of a message in which somebody told Cairn what to do: its place, without the words."""
    return replace(without_words(message), kind=MessageKind.COMMAND, body_hash="")
