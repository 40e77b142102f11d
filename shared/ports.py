"""What the use cases need of the outside world, as Protocols; `adapters/` fulfils them, `wiring` chooses.

Every method may raise `TryLater` when the other side is busy or away. Writes take the etag that the
reader was given (`None` for a document that must not exist yet) and raise `Conflict` when it has changed.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.domain.cards import Card
from shared.domain.embeddings import Embedding
from shared.domain.events import Event, EventKind
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.feed import Changed, Changes, FeedPlace
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
from shared.domain.labels import Label, Task
from shared.domain.messages import Message
from shared.domain.moving import Key, Kind, Moved
from shared.domain.notifications import InstallationRef, MessageRef
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.readings import Reading
from shared.domain.snippets import Snippet
from shared.domain.spaces import Member, Space, SpaceKind
from shared.domain.subscriptions import Subscription, SubscriptionKey
from shared.domain.tallies import Tally
from shared.domain.tenant import TenantState
from shared.domain.topics import KeptTopics


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

    async def purge(self, before: datetime, *, limit: int, space_id: SpaceId | None = None) -> int:
        """Remove up to `limit` messages taken in before that moment, and threads that no message is left of.

        Of one space, or of all.

        A thread that `drop_author` emptied goes once nothing is pending for it.

        Returns how many messages went.
        """

    async def drop_author(self, space_id: SpaceId | None, user: UserKey) -> Sequence[tuple[SpaceId, ThreadId]]:
        """Remove every message of a person (in one space, or in all); returns the threads that held any."""

    async def messages_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Message]]:
        """Every message whose document holds one of these texts, in any case of the letters a to z.

        For erasing people alone: it reads everything. So do the other methods called `…_naming`.
        """

    async def threads_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Thread]]:
        """As `messages_naming`, of threads' states."""

    async def count_messages(self) -> int:
        """How many messages are stored, over all spaces."""

    async def count_exchanges(self) -> Mapping[ExchangeState, int]:
        """How many threads are in each state, over all spaces; absent states are absent keys."""


class Snippets(Protocol):
    """Curated knowledge; one partition an audience. Every read for a person names their audiences."""

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        """One snippet of an audience, in whatever state; None when that audience has no such snippet."""

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        """Write a snippet into its audience; returns its new etag. Raises `Conflict`.

        An embedding that is not of the question as it stands is not kept.
        """

    async def search(
        self, audiences: frozenset[AudienceId], text: str, *, limit: int, embedding: Embedding | None = None
    ) -> Sequence[Snippet]:
        """Usable snippets of exactly these audiences that share words with `text`, likeliest first.

        With `embedding`, what `text` means, also those whose questions mean something near, by the same model; both
        rankings are fused. The audiences are part of the query. Empty for no audiences, and for a text that has
        nothing in common with any. Retired and merged-away snippets are not found.
        """

    async def visible(self, audiences: frozenset[AudienceId], *, limit: int) -> Sequence[Snippet]:
        """The usable snippets of exactly these audiences, newest first."""

    async def without_embedding(self, model: str, *, limit: int) -> Sequence[Stored[Snippet]]:
        """Up to `limit` usable snippets of any audience whose embedding is absent, out of date, or of another model.

        Reads everything: for timers and administration.
        """

    async def snippets_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Snippet]]:
        """As `messages_naming`, of snippets in whatever state and audience; for erasing people alone."""

    async def count(self) -> int:
        """How many snippets are in use (not retired, not merged away), over all audiences."""


class People(Protocol):
    """What people allow, what they have shown they know, and who was erased."""

    async def profile(self, user: UserKey) -> Stored[Profile] | None:
        """A person's profile; None when they never chose anything and were never called upon."""

    async def put_profile(self, profile: Profile, *, etag: str | None) -> str:
        """Write a profile; returns its new etag. Raises `Conflict`."""

    async def drop_profile(self, user: UserKey) -> bool:
        """Remove a profile, as the last step of erasing somebody; returns whether there was one.

        After it, nothing that was removed or replaced before is left in the store's files.
        """

    async def opted_out(self, users: frozenset[UserKey]) -> frozenset[UserKey]:
        """Which of these people have opted out."""

    async def profiles_being_erased(self) -> Sequence[Profile]:
        """People whose erasure was begun and has not ended; reads everything, for a nightly timer."""

    async def expertise(self, audience_id: AudienceId, user: UserKey) -> Stored[Expertise] | None:
        """What one person has shown within one audience, or None."""

    async def put_expertise(self, expertise: Expertise, *, etag: str | None) -> str:
        """Write what a person has shown; returns its new etag. Raises `Conflict`."""

    async def experts(self, audience_id: AudienceId) -> Sequence[Expertise]:
        """Everybody who has shown something within exactly this audience."""

    async def drop_expertise(self, user: UserKey) -> None:
        """Remove what a person has shown, in every audience."""

    async def expertise_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Expertise]]:
        """As `messages_naming`, of what people have shown; for erasing people alone."""

    async def tombstone(self, hashed: str) -> datetime | None:
        """When somebody was erased, by the salted hash of their key; None for nobody."""

    async def tombstones(self, hashes: frozenset[str]) -> frozenset[str]:
        """Which of these hashes have a tombstone."""

    async def put_tombstone(self, hashed: str, at: datetime) -> None:
        """Remember that somebody was erased; one that is there already stays as it is."""

    async def drop_tombstone(self, hashed: str) -> None:
        """Forget a tombstone; an unknown one is fine."""


class Spaces(Protocol):
    """The spaces that Cairn was installed in."""

    async def space(self, space_id: SpaceId) -> Stored[Space] | None:
        """One space, or None."""

    async def put_space(self, space: Space, *, etag: str | None) -> str:
        """Write a space, members included; returns its new etag. Raises `Conflict`."""

    async def all_spaces(self) -> Sequence[Space]:
        """Every space."""

    async def audiences_of(self, user: UserKey) -> frozenset[AudienceId]:
        """The audiences that a person belongs to right now; empty for a stranger."""


class Subscriptions(Protocol):
    """Graph subscriptions, how far each space has been read, and the tenant's own notes; all beside the spaces."""

    async def subscription(self, key: SubscriptionKey) -> Stored[Subscription] | None:
        """One subscription by its key, or None."""

    async def put_subscription(self, subscription: Subscription, *, etag: str | None) -> str:
        """Write a subscription; returns its new etag. Raises `Conflict`."""

    async def drop_subscription(self, key: SubscriptionKey) -> None:
        """Forget a subscription; an unknown one is fine."""

    async def all_subscriptions(self) -> Sequence[Subscription]:
        """Every subscription, by key."""

    async def reading(self, space_id: SpaceId) -> Stored[Reading] | None:
        """How far a space has been read, or None."""

    async def put_reading(self, reading: Reading, *, etag: str | None) -> str:
        """Write how far a space has been read; returns its new etag. Raises `Conflict`."""

    async def readings_due(self, now: datetime, *, limit: int) -> Sequence[Reading]:
        """Spaces whose reading is due at or before `now`, the longest due first."""

    async def all_readings(self) -> Sequence[Reading]:
        """How far every space has been read, by space."""

    async def tenant_state(self) -> Stored[TenantState] | None:
        """What Cairn notes about the tenant as a whole, or None."""

    async def put_tenant_state(self, state: TenantState, *, etag: str | None) -> str:
        """Write the tenant's notes; returns their new etag. Raises `Conflict`."""


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

    async def postings_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Posting]]:
        """As `messages_naming`, of postings; for erasing people alone."""

    async def drop_posting(self, posting_id: PostingId) -> None:
        """Forget a posting, in the store's files too; an unknown one is fine."""


class Events(Protocol):
    """Append-only facts."""

    async def append(self, event: Event) -> bool:
        """Add a fact; one with an id that is already there changes nothing. Returns whether it was added."""

    async def counts(self) -> Mapping[EventKind, int]:
        """How many facts of each kind there are."""

    async def latest(self, *, limit: int) -> Sequence[Event]:
        """The latest facts, newest first."""

    async def drop_events(self, user: UserKey) -> int:
        """Remove every fact about what a person did; returns how many. Reads everything: for erasing people alone."""

    async def purge_events(self, before: datetime, *, limit: int) -> int:
        """Remove up to `limit` facts of before that moment, the oldest first; returns how many."""


class Labels(Protocol):
    """What people's acts say about what Cairn claimed."""

    async def label(self, label_id: str) -> Stored[Label] | None:
        """One label, or None."""

    async def put_label(self, label: Label, *, etag: str | None) -> str:
        """Write a label; returns its new etag. Raises `Conflict`."""

    async def drop_label(self, label_id: str) -> None:
        """Forget a label; an unknown one is fine."""

    async def labels(self, task: Task, *, limit: int) -> Sequence[Label]:
        """The latest labels of one task, newest first."""

    async def drop_labels(self, user: UserKey) -> int:
        """Remove every label that a person gave or is about; returns how many. Reads everything."""

    async def purge_labels(self, before: datetime, *, limit: int) -> int:
        """Remove up to `limit` labels of before that moment, the oldest first; returns how many."""


class Feed(Protocol):
    """What has changed, and what is kept about it: for the step that keeps copies and counts (`usecases/follow.py`)."""

    async def snippet_changes(self, after: str, *, limit: int) -> Changes:
        """About `limit` snippets written since a place in the feed, in about that order; empty text: the beginning.

        A snippet that was written several times comes at least once after the last time; some come again.
        """

    def changed_in(self, documents: Sequence[Mapping[str, object]]) -> Sequence[Changed]:
        """What a trigger of the database itself handed over. Raises `Refused` (`no_trigger`) where it has none."""

    async def feed_place(self) -> Stored[FeedPlace] | None:
        """How far the feed was followed; None when it never was."""

    async def put_feed_place(self, place: FeedPlace, *, etag: str | None) -> str:
        """Write how far the feed was followed; returns its new etag. Raises `Conflict`."""

    def audiences_changed(self, audiences: frozenset[AudienceId]) -> None:
        """Let go of what this process has remembered of these audiences' snippets."""

    async def tally(self, audience_id: AudienceId, month: str) -> Stored[Tally] | None:
        """One month's tally of an audience, or None."""

    async def put_tally(self, tally: Tally, *, etag: str | None) -> str:
        """Write a tally; returns its new etag. Raises `Conflict`."""

    async def tallies(self, audience_id: AudienceId) -> Sequence[Tally]:
        """Every tally of an audience, by month."""

    async def all_tallies(self) -> Sequence[Tally]:
        """Every tally, by audience and month; reads everything, for reports."""


class Topics(Protocol):
    """The topics that curators keep, by audience."""

    async def kept_topics(self, audience_id: AudienceId) -> Stored[KeptTopics] | None:
        """The topics kept in an audience; None when nobody has kept any."""

    async def put_kept_topics(self, kept: KeptTopics, *, etag: str | None) -> str:
        """Write the topics of an audience; returns their new etag. Raises `Conflict`."""

    async def topics_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[KeptTopics]]:
        """As `messages_naming`, of kept topics; for erasing people alone."""


class Moving(Protocol):
    """Everything of one kind, page by page, for moving it to another store."""

    async def page(
        self, kind: Kind, after: Key | None, *, limit: int, audience_id: AudienceId | None = None
    ) -> Sequence[Moved]:
        """Up to `limit` things of a kind after that key, by key; fewer than `limit` when there are no more.

        With `audience_id`, only what that audience's members may see of the kinds `OF_AN_AUDIENCE`, decided in the
        query: its space, what was said in it, its usable snippets, and what people have shown in it. Raises
        `ValueError` for an audience and another kind.
        """


class Store(
    Conversations, Snippets, People, Spaces, Subscriptions, Outbox, Events, Labels, Feed, Topics, Moving, Protocol
):
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
    RECONCILIATIONS = "reconciliations"


@dataclass(frozen=True, slots=True)
class QueueLength:
    """Messages of one queue: ready to be taken, waiting for their time, and being worked on."""

    visible: int
    delayed: int
    leased: int


class Queue(Protocol):
    """The way from one step to the next; delivers at least once, in no certain order."""

    async def send(self, queue: str, body: str, *, delay: timedelta = timedelta(0)) -> None:
        """Put a message (UTF-8, at most 4 MiB) on a queue, to be seen after `delay` (at most 7 days)."""

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        """As `send`, for work that a busy neighbour made wait: counted as a retry, never as an attempt that failed."""

    def opened(self, text: str) -> AbstractAsyncContextManager[str]:
        """What a received message says, for as long as it is worked on; `text` may only stand for what is too large.

        Leaving it with the work done, or refused for good, lets go of what is kept elsewhere. Raises `Refused`
        (`claim_gone`) when that is no longer there.
        """

    async def lengths(self) -> Mapping[str, QueueLength]:
        """The length of each queue, `…-poison` queues included."""

    async def replay_poison(self, queue: str) -> int:
        """Send everything in `<queue>-poison` to `queue` once more, as if never tried; returns how many."""

    async def purge_claims(self, before: datetime) -> int:
        """Remove what is kept elsewhere for messages, and was last sent before that moment; returns how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceDetails:
    """What Graph says of a channel or chat."""

    kind: SpaceKind
    name: str
    team_name: str
    members: tuple[Member, ...]


class Pace(StrEnum):
    """Who waits for a call to Graph; it decides the call's share of Graph's limits."""

    PEOPLE = "people"
    """Somebody waits for it, or something that they see does."""
    BACKGROUND = "background"
    """Reconciliation, backfill, renewals: whenever there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionMade:
    """A subscription as Graph confirmed it; `certificate_id` is empty for one without resource data."""

    id: str
    expires_at: datetime
    certificate_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFound:
    """A subscription of our app that Graph lists; `ours` when it notifies this very deployment."""

    id: str
    resource: str
    expires_at: datetime
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """One page of a space's messages: roots and replies, deleted ones included."""

    messages: tuple[Message, ...]
    next_link: str = ""
    """Where to go on; empty on the last page."""
    delta_link: str = ""
    """Where the next round of changes begins; on the last page of `channel_changes` alone."""


class Graph(Protocol):
    """Microsoft Graph, as far as Cairn calls it."""

    async def authenticate(self, validation_tokens: Sequence[str], *, received_at: datetime) -> None:
        """Check that Graph's change tracking signed for this delivery, as of the time of receipt. Raises `Refused`."""

    async def decrypt(self, ref: MessageRef, encrypted: Mapping[str, object]) -> Message:
        """Open a rich notification's `encryptedContent`; forged, damaged or for no key of ours raises `Refused`."""

    async def installation(self, encrypted: Mapping[str, object]) -> InstallationRef:
        """Where our app was added or removed, from a rich notification's content. Raises `Refused` as `decrypt`."""

    async def message(self, ref: MessageRef, *, pace: Pace = Pace.PEOPLE) -> Message | None:
        """Fetch one message; None when Graph says there is none."""

    async def space(self, space_id: SpaceId, team_id: TeamId | None, *, pace: Pace = Pace.PEOPLE) -> SpaceDetails:
        """Ask what a channel or chat is and who is in it. Raises `Gone` when there is no such place."""

    async def channel_changes(
        self, space_id: SpaceId, team_id: TeamId, *, since: datetime, link: str = ""
    ) -> MessagePage:
        """A page of the threads that changed after `since` (at most 8 months back), replies included.

        `link` is a next or delta link of an earlier page. Raises `Gone` when its token has expired: begin
        again without it.
        """

    async def channel_history(self, space_id: SpaceId, team_id: TeamId, *, link: str = "") -> MessagePage:
        """A page of a channel's threads however old, replies included, the latest active first."""

    async def chat_changes(self, space_id: SpaceId, *, since: datetime, link: str = "") -> MessagePage:
        """A page of a chat's messages that were written or changed after `since`, the latest changed first."""

    async def subscribe(self, resource: str, *, rich: bool, client_state: str, now: datetime) -> SubscriptionMade:
        """Ask for notifications of a resource, with its data when `rich`.

        Raises `AlreadySubscribed` when this app has a subscription on it, `QuotaReached` when the
        organisation may have no more, `Gone` when there is no such resource.
        """

    async def renew(self, subscription_id: str, *, rich: bool, now: datetime) -> SubscriptionMade:
        """Prolong a subscription, a rich one under the current certificate. Raises `Gone` when it ended."""

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is already gone is fine."""

    async def subscriptions(self) -> Sequence[SubscriptionFound]:
        """Every subscription of this app that Graph knows."""

    async def keep_certificates(self, *, in_use: frozenset[str], now: datetime) -> str:
        """Replace the content certificate when it is old, and let go of replaced ones that nothing uses.

        `in_use` are the certificate ids of the subscriptions. Returns the id of the current one.
        """

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

    @property
    def model(self) -> str:
        """The model's name and version, by which vectors of another one are told; empty where there is none."""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """A vector (float32[384], of length 1) for each different text that has words.

        Computed once per text as long as it is kept. Empty, never an error, where the model can't be used.
        """

    async def check(self) -> None:
        """Raise `Misconfigured` with a plain sentence when texts are compared by their words alone, and why."""
