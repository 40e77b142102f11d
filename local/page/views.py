"""What the page is given: view models of names and words. Keys are for the page's own requests and never shown."""

from datetime import datetime
from typing import Any

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Becomes JSON with names in camel case."""


class Spot(View, frozen=True):
    """A message to go to: where it stands, and who can see it there (empty: whoever is in that place)."""

    place: str
    message: str = ""
    viewer: str = ""


class Person(View, frozen=True):
    """Somebody whom a visitor can choose to be."""

    key: str
    name: str
    department: str
    title: str


class Place(View, frozen=True):
    """A channel, a chat, or one person's own chat with Cairn."""

    key: str
    name: str
    group: str
    """The team's name; "Chats", or "Chats with Cairn"."""
    kind: str
    """standard, private, shared, chat or personal."""
    privacy: str
    """A word where not everybody of the team is in it; else empty."""
    members: tuple[str, ...]
    """Their keys; of a personal chat, the one person's."""
    cards: int
    """How many cards of Cairn's stand there, as far as the viewer may know."""


class Step(View, frozen=True):
    """One thing worth seeing in the story."""

    at: datetime
    why: str
    who: str
    """Through whose eyes, a person's key."""
    spot: Spot


class Telling(View, frozen=True):
    """How far the story has been told."""

    done: int
    total: int
    moment: str
    why: str
    told: bool
    version: int


class Overview(View, frozen=True):
    """Everything but what was said."""

    people: tuple[Person, ...]
    places: tuple[Place, ...]
    now: datetime
    telling: Telling
    steps: int
    """How many steps the story has."""


class Reaction(View, frozen=True):
    """One kind of reaction, and whose."""

    emoji: str
    names: tuple[str, ...]


class Quoted(View, frozen=True):
    """The message that another one answers by Teams' own quote."""

    author: str
    text: str


class Said(View, frozen=True):
    """One message as one person sees it."""

    key: str
    author: str
    bot: bool
    mine: bool
    at: datetime
    html: str
    """Teams' HTML as it was posted, which the page must sanitise; empty for a card and where nothing was said."""
    system: str
    """Something that Teams says: who came, who went."""
    subject: str
    edited: bool
    deleted: bool
    quoted: Quoted | None
    reactions: tuple[Reaction, ...]
    card: dict[str, Any] | None
    """The Adaptive Card as this viewer sees it."""
    notice: str
    """What Cairn last told this viewer alone about the card."""
    replies: tuple["Said", ...] = ()


class Conversation(View, frozen=True):
    """What stands in a place: posts with their replies in a channel, one list in a chat."""

    key: str
    name: str
    label: str
    kind: str
    privacy: str
    members: int
    threaded: bool
    reading: bool
    """Whether Cairn reads along there."""
    items: tuple[Said, ...]


class Source(View, frozen=True):
    """Who said something, and when."""

    name: str
    at: datetime
    spot: Spot


class Way(View, frozen=True):
    """One way to answer."""

    text: str
    sources: tuple[Source, ...]
    file: str
    """Which file states it, in words; empty for what messages say."""
    conditions: str
    helped: int
    not_helped: int
    disputed_by: tuple[str, ...]
    edited_by: str


class Answer(View, frozen=True):
    """A snippet."""

    key: str
    question: str
    asker: str
    """Empty for what a file asks."""
    where: str
    at: datetime
    spot: Spot
    trust: str
    """proposed, verified or stale."""
    reason: str
    """How far it is trusted and why, in words."""
    removed: str
    """What was taken out before it was kept, in words; empty for nothing."""
    ways: tuple[Way, ...]


class Shown(View, frozen=True):
    """A question that somebody answered."""

    question: str
    where: str
    at: datetime
    helped: bool
    spot: Spot


class Knower(View, frozen=True):
    """What a person has shown; nothing at all of somebody who opted out."""

    name: str
    department: str
    title: str
    opted_out: bool
    shown: tuple[Shown, ...] = ()
    named_this_week: int = 0
    capacity: int = 0


class Happening(View, frozen=True):
    """Something that happened, and what Cairn did about it and why."""

    at: datetime
    text: str
    where: str
    kind: str
    """question, answer, cairn, people or privacy: which picture goes with it."""
    spot: Spot | None


class Knowledge(View, frozen=True):
    """What Cairn knows, as one person may see it or as a whole."""

    answers: tuple[Answer, ...]
    people: tuple[Knower, ...]
    happenings: tuple[Happening, ...]
    brought_back: int
    """How often an earlier answer was brought back."""
