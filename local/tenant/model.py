"""What a tenant consists of: people, teams, spaces, messages, subscriptions and what is on its way."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

type JsonObject = dict[str, Any]

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"


class SpaceKind(StrEnum):
    """The kinds of space; a channel's value is Graph's `membershipType`."""

    STANDARD = "standard"
    PRIVATE = "private"
    SHARED = "shared"
    CHAT = "chat"
    PERSONAL = "personal"


class MessageKind(StrEnum):
    """Graph's `messageType`, as far as the tenant writes it."""

    MESSAGE = "message"
    SYSTEM = "systemEventMessage"


class Change(StrEnum):
    """Graph's `changeType`."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the tenant; `teams_id` is the `29:` id by which the Bot Connector names them."""

    id: str
    teams_id: str
    name: str
    mail: str
    department: str | None = None
    job_title: str | None = None
    guest: bool = False
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person's place in a team or space."""

    user_id: str
    owner: bool = False
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team; `general` is the id of its General channel, which the connector uses as the team's id."""

    id: str
    name: str
    general: str
    members: tuple[Member, ...]
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A channel, a chat, or one person's conversation with the bot.

    `members` is empty for a standard channel, whose members are its team's.
    """

    id: str
    kind: SpaceKind
    name: str
    team_id: str | None = None
    members: tuple[Member, ...] = ()
    created: datetime

    @property
    def is_channel(self) -> bool:
        """Whether the space belongs to a team."""
        return self.team_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Whom an `<at id="n">` names; no user means the bot."""

    text: str
    user_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What an `<attachment id="…">` stands for; a card's or a quotation's content is a JSON string."""

    id: str
    content_type: str
    content: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One person's reaction."""

    user_id: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it stands now.

    `seq` counts the changes of the whole tenant, so that a delta can say what is newer. A deleted message
    keeps its content for a restore; nobody who reads it through Graph sees that content. `author` is None
    for the bot's messages (`from_app`) and for system messages. `visible_to` is the user id of the only
    person who sees a targeted message.
    """

    space_id: str
    id: str
    seq: int
    root_id: str | None = None
    author: str | None = None
    from_app: bool = False
    kind: MessageKind = MessageKind.MESSAGE
    content: str = ""
    content_type: str = "html"
    subject: str | None = None
    summary: str | None = None
    created: datetime
    modified: datetime
    edited: datetime | None = None
    deleted: datetime | None = None
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    event: JsonObject | None = None
    visible_to: str | None = None

    @property
    def key(self) -> str:
        """The key under which the message is kept."""
        return f"{self.space_id}/{self.id}"

    @property
    def card(self) -> Attachment | None:
        """The message's first Adaptive Card, if it has one."""
        return next((a for a in self.attachments if a.content_type == ADAPTIVE_CARD), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A change subscription as its owner asked for it.

    `challenged` is when Graph asked for a reauthorisation that has not come since. `blob_store_url` is where
    notifications go that are too large for an event hub.
    """

    id: str
    resource: str
    changes: tuple[Change, ...]
    notification_url: str
    lifecycle_url: str | None = None
    expires: datetime
    client_state: str | None = None
    rich: bool = False
    certificate: str | None = None
    certificate_id: str | None = None
    knows_new_enums: bool = False
    tls: str = "v1_2"
    blob_store_url: str | None = None
    challenged: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notification in the outbox: the item to send, with its content encrypted as of the change if it is rich.

    `order` is the place in the line; `due` the moment from which it may be sent; `tried` the moment of the
    first attempt, from which the four hours of retrying count.
    """

    id: int
    order: int
    subscription_id: str
    url: str
    item: JsonObject
    rich: bool = False
    lifecycle: bool = False
    due: datetime
    tried: datetime | None = None
    attempts: int = 0


class Direction(StrEnum):
    """Which way an activity went."""

    TO_BOT = "toBot"
    FROM_BOT = "fromBot"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedActivity:
    """An activity that passed between Teams and the bot; no status means that the bot was unreachable."""

    number: int
    direction: Direction
    at: datetime
    conversation: str
    activity: JsonObject
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that answered somebody's press of a button, as Teams shows it to them alone."""

    number: int
    user_id: str
    conversation: str
    activity_id: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What became of the notifications so far.

    `due` counts the items put into the outbox (a duplicate counts again); at any time
    due = accepted + lost + withdrawn + those still in the outbox. `retried` counts refused attempts per item,
    `dropped` the items that a fault kept from the outbox, `withheld` those kept from it because a
    reauthorisation was not answered, `slow` the posts that took longer than 2.9 s by the machine's clock.
    """

    due: int = 0
    posts: int = 0
    accepted: int = 0
    retried: int = 0
    lost: int = 0
    withdrawn: int = 0
    dropped: int = 0
    withheld: int = 0
    slow: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HubEvent:
    """What Graph has put into an event hub and nobody has taken; `url` is the subscription's notification URL."""

    number: int
    url: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """What was too large for an event hub: `resource`, `resourceData` and `encryptedContent`, as JSON text."""

    id: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The tenant's own running numbers and settings; `owner` says whose they are."""

    owner: str = ""
    seq: int = 0
    notification: int = 0
    activity: int = 0
    hub_event: int = 0
    token_generation: int = 0
    delta_generation: int = 0
    consented: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    counters: Counters = field(default_factory=Counters)
