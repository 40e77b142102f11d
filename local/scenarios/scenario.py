"""A whole scenario: a company, what its people do over some weeks, and what must be true afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from local.scenarios.company import Company, EventId, Person, PersonId, Space, SpaceId, Team, TeamId
from local.scenarios.events import Event, Join, Leave, Post, Reply
from local.scenarios.expectations import Expectation


class ScenarioError(ValueError):
    """A scenario does not hold together; the message begins with the id of the line to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole, checked scenario; events in the order in which they happen."""

    company: Company
    people: Mapping[PersonId, Person]
    teams: Mapping[TeamId, Team]
    spaces: Mapping[SpaceId, Space]
    events: tuple[Event, ...]
    expectations: tuple[Expectation, ...]

    def event(self, event_id: EventId) -> Event:
        """The event of that id; raises `KeyError` when there is none."""
        for event in self.events:
            if event.id == event_id:
                return event
        raise KeyError(event_id)

    def messages(self) -> Iterator[Post | Reply]:
        """Posts and replies, in order."""
        return (event for event in self.events if isinstance(event, Post | Reply))

    def members_at(self, space_id: SpaceId, moment: datetime) -> frozenset[PersonId]:
        """Who is a member of the space once everything up to and including `moment` has happened."""
        members = set(self.spaces[space_id].members)
        for event in self.events:
            if event.space != space_id or event.at > moment:
                continue
            if isinstance(event, Join):
                members.add(event.who)
            elif isinstance(event, Leave):
                members.discard(event.who)
        return frozenset(members)
