"""What people do in a scenario: they post, edit, delete, press a button …"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from local.scenarios.company import EventId, PersonId, SpaceId


class CardKind(StrEnum):
    """The cards that people press buttons on."""

    ANSWERED_BEFORE = "answered_before"
    HELPERS = "helpers"
    REVIEW = "review"


class Verb(StrEnum):
    """The buttons of those cards."""

    HELPED = "helped"
    NOT_HELPED = "not_helped"
    ASK = "ask"
    VERIFY = "verify"
    EDIT = "edit"
    REJECT = "reject"
    MERGE = "merge"


class Command(StrEnum):
    """What a person can tell the bot in words."""

    CAPTURE_ON = "capture on"
    CAPTURE_OFF = "capture off"
    OPT_OUT = "opt out"
    OPT_IN = "opt in"


class Tag(StrEnum):
    """Why an event is in the scenario; tests and the progress display look for these."""

    ASKED_AGAIN = "asked_again"
    ASKED_AGAIN_ACROSS = "asked_again_across"
    WRONG_SHORTCUT = "wrong_shortcut"
    CORRECTION = "correction"
    SECOND_APPROACH = "second_approach"
    UNANSWERED = "unanswered"
    EDITED_ANSWER = "edited_answer"
    DELETED_ANSWER = "deleted_answer"
    RESTORED = "restored"
    SECRET = "secret"  # noqa: S105 (the name of a tag)
    PERSONAL_DATA = "personal_data"
    OPT_OUT = "opt_out"
    NEWCOMER = "newcomer"
    SMALL_TALK = "small_talk"
    OWN_SOLUTION = "own_solution"
    THANKS = "thanks"
    MULTI_MESSAGE = "multi_message"
    INTERLEAVED = "interleaved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """The person behind `<at id="index">name</at>` in a body."""

    index: int
    person: PersonId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A message's text: as its author typed it into the file, and as Teams' HTML with mentions."""

    written: str
    html: str
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has: when (UTC), who, where; `why` is a sentence for an onlooker, or empty."""

    id: EventId
    at: datetime
    who: PersonId
    space: SpaceId
    why: str = ""
    tags: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Event):
    """A new thread in a channel, or a message in a chat."""

    text: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Event):
    """A reply to the root `to` in a channel, or a chat message that quotes `to`."""

    to: EventId
    text: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Event):
    """The author gives their message `to` another text."""

    to: EventId
    text: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Event):
    """The author deletes their message `to`."""

    to: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(Event):
    """The author takes back the deletion of their message `to`."""

    to: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class React(Event):
    """A reaction on the message `to`."""

    to: EventId
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Event):
    """The person becomes a member of the space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Event):
    """The person leaves the space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install(Event):
    """An owner adds the app to the space (to the space's team, where it is a channel)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Event):
    """A word to the bot, in the space or, with `space == PERSONAL`, in the person's own chat with it."""

    words: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRef:
    """The card of that kind which stands for the exchange that holds the message `about`."""

    about: EventId
    kind: CardKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PressValues:
    """What goes with a button: whom to ask, which approach (by a message it came from), the new text,
    the reason of a rejection, the question of the snippet to merge `into`."""

    person: PersonId | None = None
    approach: EventId | None = None
    text: str | None = None
    reason: str | None = None
    into: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Event):
    """A press on a card's button; with `if_shown`, only if the card shows the approach that `values` names."""

    card: CardRef
    verb: Verb
    values: PressValues = PressValues()
    if_shown: bool = False
