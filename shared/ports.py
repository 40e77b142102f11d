"""What the use cases need of the outside world, as Protocols; `adapters/` fulfils them, `wiring` chooses.

Every method may raise `TryLater` when the other side is busy or away. Writes take the etag that the
reader was given (`None` for a document that must not exist yet) and raise `Conflict` when it has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.domain.cards import Card
from shared.domain.events import Event, EventKind
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import (
    AudienceId,
    MessageId,
    PostingId,
    SnippetId,
    SpaceId,
    TeamId,
    ThreadId,
    UserKey,
)
from shared.domain.messages import Message
from shared.domain.notifications import MessageRef
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.snippets import Snippet
from shared.domain.spaces import Member, Space, SpaceKind


@dataclass(frozen=True, slots=True)
class Stored[T]:
    """A document and the etag under which it was read."""

    value: T
    etag: str


class Conversations(Protocol):
    """Messages, and each thread's state; one partition a space."""

    async def message(self, space_id: SpaceId, message_id: MessageId) -> Stored[Message] | None:
        """One message, deleted ones included (without their words); None when it was never taken in."""

    async def put_message(self, message: Message, *, etag: str | None) -> str:
        """Write a message; returns its new etag. Raises `Conflict`."""

    async def thread_messages(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Stored[Message]]:
        """All messages placed in a thread, by (created_at, id); empty when there are none."""

    async def before(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        """The last `limit` messages of a space before (created_at, id), oldest first."""

    async def after(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        """The first `limit` messages of a space after (created_at, id), oldest first."""

    async def thread(self, space_id: SpaceId, thread_id: ThreadId) -> Stored[Thread] | None:
        """A thread's state; None when it has none yet."""

    async def put_thread(self, thread: Thread, *, etag: str | None) -> str:
        """Write a thread's state; returns its new etag. Raises `Conflict`."""

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Thread]:
        """Threads of any space whose `due_at` is at or before `now`, the longest overdue first."""

    async def purge(self, before: datetime, *, limit: int) -> int:
        """Remove up to `limit` messages created before that moment, and threads that no message is left of.

        A thread that `drop_author` emptied goes once nothing is pending for it.

        Returns how many messages went.
        """

    async def drop_author(self, space_id: SpaceId | None, user: UserKey) -> Sequence[tuple[SpaceId, ThreadId]]:
        """Remove every message of a person (in one space, or in all); returns the threads that held any."""

    async def count_messages(self) -> int:
        """How many messages are stored, over all spaces."""

    async def count_exchanges(self) -> Mapping[ExchangeState, int]:
        """How many threads are in each state, over all spaces; absent states are absent keys."""


class Snippets(Protocol):
    """Curated knowledge; one partition an audience. Every read for a person names their audiences."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        """One snippet of an audience, in whatever state; None when that audience has no such snippet."""

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        """Write a snippet into its audience; returns its new etag. Raises `Conflict`."""

    async def search(self, audiences: frozenset[AudienceId], text: str, *, limit: int) -> Sequence[Snippet]:
        """Usable snippets of exactly these audiences that share words with `text`, likeliest first.

        The audiences are part of the query. Empty for no audiences, no words in common, or an empty text.
        Retired and merged-away snippets are not found.
        """

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        """The usable snippets of exactly these audiences, newest first."""

    async def count(self) -> int:
        """How many snippets are in use (not retired, not merged away), over all audiences."""


class People(Protocol):
    """What people allow, and what they have shown they know."""

    async def profile(self, user: UserKey) -> Stored[Profile] | None:
        """A person's profile; None when they never chose anything and were never called upon."""

    async def put_profile(self, profile: Profile, *, etag: str | None) -> str:
        """Write a profile; returns its new etag. Raises `Conflict`."""

    async def expertise(self, audience_id: AudienceId, user: UserKey) -> Stored[Expertise] | None:
        """What one person has shown within one audience, or None."""

    async def put_expertise(self, expertise: Expertise, *, etag: str | None) -> str:
        """Write what a person has shown; returns its new etag. Raises `Conflict`."""

    async def experts(self, audience_id: AudienceId) -> Sequence[Expertise]:
        """Everybody who has shown something within exactly this audience."""

    async def drop_expertise(self, user: UserKey) -> None:
        """Remove what a person has shown, in every audience."""


class Spaces(Protocol):
    """The spaces that Cairn was installed in."""

    async def space(self, space_id: SpaceId) -> Stored[Space] | None:
        """One space, or None."""

    async def put_space(self, space: Space, *, etag: str | None) -> str:
        """Write a space, members included; returns its new etag. Raises `Conflict`."""

    async def all_spaces(self) -> Sequence[Space]:
        """Every space."""

    async def by_subscription(self, subscription_id: str) -> Space | None:
        """The space that a Graph subscription feeds, or None."""

    async def audiences_of(self, user: UserKey) -> frozenset[AudienceId]:
        """The audiences that a person belongs to right now; empty for a stranger."""


class Outbox(Protocol):
    """What was, or is to be, put into Teams."""

    async def posting(self, posting_id: PostingId) -> Stored[Posting] | None:
        """One posting, or None."""

    async def put_posting(self, posting: Posting, *, etag: str | None) -> str:
        """Write a posting; returns its new etag. Raises `Conflict`."""

    async def showing(self, snippet_id: SnippetId) -> Sequence[Posting]:
        """Every posting that shows a snippet, whatever its state."""

    async def of_thread(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Posting]:
        """Every posting about a thread, whatever its state."""

    async def unfinished(self, created_before: datetime, *, limit: int) -> Sequence[Posting]:
        """Postings made before that moment whose delivery was lost: not posted yet, or posted and no longer wanted."""

    async def all_postings(self) -> Sequence[Posting]:
        """Every posting, in order of creation."""


class Events(Protocol):
    """Append-only facts."""

    async def append(self, event: Event) -> None:
        """Add a fact; one with an id that is already there changes nothing."""

    async def counts(self) -> Mapping[EventKind, int]:
        """How many facts of each kind there are."""

    async def latest(self, *, limit: int) -> Sequence[Event]:
        """The latest facts, newest first."""


class Store(Conversations, Snippets, People, Spaces, Outbox, Events, Protocol):
    """Everything that Cairn keeps, as one adapter offers it."""

    async def check(self) -> None:
        """Raise `Misconfigured` or `TryLater` with a plain sentence when the store can't be used."""

    async def close(self) -> None:
        """Let go of what is open."""


class QueueName(StrEnum):
    """The queues between the steps; `host` and Azure know them by these names."""

    NOTIFICATIONS = "notifications"
    THREADS = "threads"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class QueueLength:
    """Messages of one queue: ready to be taken, waiting for their time, and being worked on."""

    visible: int
    delayed: int
    leased: int


class Queue(Protocol):
    """The way from one step to the next; delivers at least once, in no certain order."""

    async def send(self, queue: str, body: str, *, delay: timedelta = timedelta(0)) -> None:
        """Put a message (UTF-8, at most 48 KiB) on a queue, to be seen after `delay` (at most 7 days)."""

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        """As `send`, for work that a busy neighbour made wait: counted as a retry, never as an attempt that failed."""

    async def lengths(self) -> Mapping[str, QueueLength]:
        """The length of each queue, `…-poison` queues included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceDetails:
    """What Graph says of a channel or chat."""

    kind: SpaceKind
    name: str
    team_name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionMade:
    """A subscription as Graph confirmed it."""

    id: str
    expires_at: datetime
    certificate_id: str


class Graph(Protocol):
    """Microsoft Graph, as far as Cairn calls it."""

    async def authenticate(self, validation_tokens: Sequence[str], *, received_at: datetime) -> None:
        """Check that Graph's change tracking signed for this delivery, as of the time of receipt. Raises `Refused`."""

    def decrypt(self, ref: MessageRef, encrypted: Mapping[str, object]) -> Message:
        """Open a rich notification's `encryptedContent`; forged, damaged or for no key of ours raises `Refused`."""

    async def message(self, ref: MessageRef) -> Message | None:
        """Fetch one message; None when Graph says there is none."""

    async def space(self, space_id: SpaceId, team_id: TeamId | None) -> SpaceDetails:
        """Ask what a channel or chat is and who is in it. Raises `Gone` when there is no such place."""

    async def subscribe(
        self, space_id: SpaceId, team_id: TeamId | None, *, client_state: str, now: datetime
    ) -> SubscriptionMade:
        """Ask for rich notifications of a space's messages."""

    async def renew(self, subscription_id: str, *, now: datetime) -> datetime:
        """Prolong a subscription; returns its new end. Raises `Gone` when it ended."""

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is already gone is fine."""

    async def find_posting(self, conversation_id: str, posting_id: PostingId, *, team_id: TeamId | None) -> str | None:
        """The id of the message that carries our card, if it stands in that conversation; None when it does not."""

    async def check(self) -> None:
        """Raise `Misconfigured` or `TryLater` with a plain sentence when Graph can't be used."""

    async def close(self) -> None:
        """Let go of what is open."""


class Teams(Protocol):
    """The Bot Connector: what Cairn says in Teams."""

    async def personal_conversation(self, user: UserKey, *, service_url: str) -> str:
        """The id of the bot's own conversation with a person. Raises `Gone` when the app isn't installed for them."""

    async def post(self, conversation_id: str, card: Card, *, service_url: str) -> str:
        """Put a card into a conversation (a thread is `{channel};messageid={root}`); returns its activity id."""

    async def update(self, conversation_id: str, activity_id: str, card: Card, *, service_url: str) -> None:
        """Replace a card that stands there. Raises `Gone` when somebody deleted it."""

    async def withdraw(self, conversation_id: str, activity_id: str, *, service_url: str) -> None:
        """Take a card away; one that is already gone is fine."""

    def fingerprint(self, card: Card) -> str:
        """A hash of what the card would look like: the same hash means that there is nothing to send."""

    async def authenticate(self, authorization: str, *, service_url: str, now: datetime) -> None:
        """Check an activity's bearer token. Raises `Refused`."""

    async def say(self, conversation_id: str, text: str, *, service_url: str) -> None:
        """Answer in plain words where somebody spoke to the bot."""

    def render(self, card: Card) -> Mapping[str, object]:
        """The card as Teams takes it, for an invoke's answer."""

    async def check(self) -> None:
        """Raise `Misconfigured` or `TryLater` with a plain sentence when the Bot Connector can't be used."""

    async def close(self) -> None:
        """Let go of what is open."""


class Embedder(Protocol):
    """What texts mean, as vectors of a sentence model."""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """A vector (float32[384], of length 1) for each different text that has words.

        Computed once per text as long as it is kept. Empty, never an error, where the model can't be used.
        """

    async def check(self) -> None:
        """Raise `Misconfigured` with a plain sentence when texts are compared by their words alone, and why."""
