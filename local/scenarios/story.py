"""Could it have happened? A scenario is walked through in order, with what is known at each moment.

Whoever plays a scenario may rely on all of this, so that a mistake in the data is found when it is read
and not as a strange answer of the simulated tenant in the middle of a demo.
"""

from collections.abc import Iterable
from datetime import datetime

from local.scenarios.company import PERSONAL, EventId, PersonId, Space, SpaceId, SpaceKind
from local.scenarios.events import (
    CardKind,
    Command,
    Delete,
    Edit,
    Event,
    Install,
    Join,
    Leave,
    Post,
    Press,
    React,
    Reply,
    Restore,
    Say,
    Verb,
)
from local.scenarios.expectations import (
    CardExpected,
    Expectation,
    HelpersExpected,
    NoCardExpected,
    NotStoredExpected,
    NotVisibleExpected,
    SnippetExpected,
)
from local.scenarios.scenario import Scenario, ScenarioError

_BUTTONS = {
    CardKind.ANSWERED_BEFORE: {Verb.HELPED, Verb.NOT_HELPED},
    CardKind.HELPERS: {Verb.ASK},
    CardKind.REVIEW: {Verb.VERIFY, Verb.EDIT, Verb.REJECT, Verb.MERGE},
}


def check(scenario: Scenario) -> None:
    """Raise `ScenarioError` for the first thing that could not be, named by the id of its line.

    Spaces have known teams, owners and members. Time never goes back and ids are unique. A person acts
    after they joined the firm, and in spaces of which they are a member at that moment. Owners install the
    app before they switch capture on. A reply, edit, reaction or press is about a message that was written
    before and stands in the same space; only authors edit, delete and restore, and only what is there to be.
    Expectations name known people and messages.
    """
    for space in scenario.spaces.values():
        _check_space(scenario, space)
    walk = _Walk(scenario)
    for event in scenario.events:
        walk.take(event)
    ids: set[str] = set()
    for expectation in scenario.expectations:
        _require(expectation.id not in ids, expectation.id, "this id stands here twice")
        ids.add(expectation.id)
        walk.check_expectation(expectation)


def _require(holds: bool, line_id: str, otherwise: str) -> None:
    if not holds:
        raise ScenarioError(f"{line_id}: {otherwise}")


def _check_space(scenario: Scenario, space: Space) -> None:
    is_chat = space.kind is SpaceKind.CHAT
    _require(space.id != PERSONAL, space.id, "this id is kept for a person's own chat with the bot")
    _require(is_chat == (space.team is None), space.id, "a channel belongs to a team, a chat to none")
    _require(space.team is None or space.team in scenario.teams, space.id, f"unknown team {space.team!r}")
    for person in space.owners + space.members:
        _require(person in scenario.people, space.id, f"unknown person {person!r}")
    _require(bool(space.owners), space.id, "has no owner, so nobody could switch capture on")
    _require(set(space.owners) <= set(space.members), space.id, "an owner is not among the members")
    if space.kind is SpaceKind.PRIVATE:
        in_team = {
            person
            for other in scenario.spaces.values()
            if other.team == space.team and other.kind is SpaceKind.STANDARD
            for person in other.members
        }
        outside = ", ".join(sorted(set(space.members) - in_team))
        _require(not outside, space.id, f"a private channel's members are in its team, but not {outside}")


class _Walk:
    """What is known while the story goes by."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._members = {space.id: set(space.members) for space in scenario.spaces.values()}
        self._events: dict[EventId, Event] = {}
        self._deleted: set[EventId] = set()
        self._installed: set[SpaceId] = set()
        self._now: datetime | None = None

    def take(self, event: Event) -> None:
        """Let the event happen, or raise `ScenarioError` when it can't."""
        _require(event.id not in self._events, event.id, "this id stands here twice")
        _require(self._now is None or event.at >= self._now, event.id, "time goes back here")
        if isinstance(event, Press):
            self._check_press(event)
        self._check_actor(event)
        self._apply(event)
        self._events[event.id] = event
        self._now = event.at

    def _check_actor(self, event: Event) -> None:
        person = self._scenario.people.get(event.who)
        if person is None:
            raise ScenarioError(f"{event.id}: unknown person {event.who!r}")
        too_early = person.joins_at is not None and event.at < person.joins_at
        _require(not too_early, event.id, f"{event.who} has not joined the firm yet")
        if event.space == PERSONAL:
            _require(isinstance(event, Say), event.id, "only words to the bot are said in a personal chat")
            return
        _require(event.space in self._scenario.spaces, event.id, f"unknown space {event.space!r}")
        is_member = event.who in self._members[event.space]
        if isinstance(event, Join):
            _require(not is_member, event.id, f"{event.who} is already a member of {event.space}")
        else:
            _require(is_member, event.id, f"{event.who} is not a member of {event.space} at that moment")

    def _apply(self, event: Event) -> None:
        match event:
            case Join():
                self._members[event.space].add(event.who)
            case Leave():
                self._members[event.space].remove(event.who)
            case Install():
                self._check_owner(event)
                self._installed.add(event.space)
            case Say(words=Command.CAPTURE_ON | Command.CAPTURE_OFF):
                self._check_owner(event)
                _require(event.space in self._installed, event.id, "the app is not installed there yet")
            case Reply():
                self._check_reply(event)
            case React():
                self._standing_message(event, event.to)
            case Edit() | Delete():
                message = self._standing_message(event, event.to)
                _require(message.who == event.who, event.id, f"{event.to} was written by somebody else")
                if isinstance(event, Delete):
                    self._deleted.add(event.to)
            case Restore():
                message = self._message(event.id, event.to)
                _require(message.who == event.who, event.id, f"{event.to} was written by somebody else")
                _require(event.to in self._deleted, event.id, f"{event.to} is not deleted")
                self._deleted.discard(event.to)

    def _check_owner(self, event: Event) -> None:
        space = self._scenario.spaces.get(event.space)
        owns = space is not None and event.who in space.owners
        _require(owns, event.id, f"{event.who} does not own {event.space}")

    def _check_reply(self, event: Reply) -> None:
        message = self._standing_message(event, event.to)
        if self._scenario.spaces[event.space].kind is not SpaceKind.CHAT:
            _require(isinstance(message, Post), event.id, f"{event.to} is itself a reply; name the thread's root")

    def _standing_message(self, event: Event, to: EventId) -> Event:
        message = self._message(event.id, to)
        _require(message.space == event.space, event.id, f"{to} stands in {message.space}, not {event.space}")
        _require(to not in self._deleted, event.id, f"{to} is deleted at that moment")
        return message

    def _message(self, line_id: str, to: EventId) -> Event:
        message = self._events.get(to)
        if not isinstance(message, Post | Reply):
            raise ScenarioError(f"{line_id}: {to!r} is no message that was written before")
        return message

    def _check_press(self, event: Press) -> None:
        about = self._message(event.id, event.card.about)
        _require(about.space == event.space, event.id, f"{event.card.about} stands in {about.space}")
        allowed = _BUTTONS[event.card.kind]
        _require(event.verb in allowed, event.id, f"a card of kind {event.card.kind} has no button {event.verb}")
        values = event.values
        _require(event.verb is not Verb.ASK or values.person is not None, event.id, "ask names a person")
        _require(event.verb is not Verb.EDIT or bool(values.text), event.id, "edit brings a text")
        _require(event.verb is not Verb.MERGE or values.into is not None, event.id, "merge says into what")
        _require(not event.if_shown or values.approach is not None, event.id, "if_shown names an approach")
        self._check_people(event.id, [values.person] if values.person else [])
        for message_id in filter(None, (values.approach, values.into)):
            self._message(event.id, message_id)

    def check_expectation(self, expectation: Expectation) -> None:
        """Raise `ScenarioError` when it names a person or message that the story does not have."""
        messages: list[EventId] = []
        people: list[PersonId] = []
        match expectation:
            case SnippetExpected():
                messages = [expectation.about, *expectation.sources_include]
            case CardExpected():
                messages = [expectation.about]
                people = [expectation.person] if expectation.person else []
            case NoCardExpected():
                messages = [expectation.about]
            case HelpersExpected():
                messages = [expectation.about]
                people = [*expectation.includes, *expectation.excludes]
            case NotVisibleExpected():
                messages, people = [expectation.snippet_about], [expectation.to]
            case NotStoredExpected():
                people = [expectation.author]
                known = expectation.after in self._events
                _require(known, expectation.id, f"unknown event {expectation.after!r}")
        for message_id in messages:
            self._message(expectation.id, message_id)
        self._check_people(expectation.id, people)

    def _check_people(self, line_id: str, people: Iterable[PersonId]) -> None:
        for person in people:
            _require(person in self._scenario.people, line_id, f"unknown person {person!r}")
