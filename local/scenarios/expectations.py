"""What must be true when a scenario has been played to its end."""

from dataclasses import dataclass
from enum import StrEnum

from local.scenarios.company import EventId, PersonId
from local.scenarios.events import CardKind


class Trust(StrEnum):
    """How far a snippet is trusted; `absent` means that there is none."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    RETIRED = "retired"
    ABSENT = "absent"


class Place(StrEnum):
    """Where a card is expected."""

    THREAD = "thread"
    PERSON = "person"
    NOWHERE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something that must be true when the last event is done; `says` is the sentence for a reader."""

    id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetExpected(Expectation):
    """The snippet of the exchange that holds `about`. What is left out is not checked: no `approaches`,
    any number; empty `trust`, any; otherwise one of those. The strings stand in none of its texts."""

    about: EventId
    approaches: int | None = None
    trust: tuple[Trust, ...] = ()
    must_not_contain: tuple[str, ...] = ()
    sources_include: tuple[EventId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardExpected(Expectation):
    """A card was shown in the thread, or to `person` alone, or (`Place.NOWHERE`) to nobody at all."""

    card: CardKind
    about: EventId
    place: Place
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCardExpected(Expectation):
    """No card of any kind was shown about that message."""

    about: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpersExpected(Expectation):
    """A helpers card about that message named all of `includes` and none of `excludes`."""

    about: EventId
    includes: tuple[PersonId, ...] = ()
    excludes: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotVisibleExpected(Expectation):
    """The snippet about that message can't be found or seen by the person `to`."""

    snippet_about: EventId
    to: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStoredExpected(Expectation):
    """Nothing that `author` wrote after the event `after` is kept anywhere."""

    author: PersonId
    after: EventId
