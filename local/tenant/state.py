"""The tenant's records and the questions that everything else asks of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from local.tenant.journal import Journal, Table
from local.tenant.model import (
    Blob,
    HubEvent,
    JsonObject,
    LoggedActivity,
    Member,
    Message,
    Notice,
    Notification,
    Person,
    Register,
    Space,
    SpaceKind,
    Team,
)
from local.tenant.subscriptions import Subscriptions


class State:
    """All records of the tenant, in memory, kept in the journal; call `commit` after a change."""

    def __init__(self, store: Path | None) -> None:
        self.journal = Journal(store)
        self.people = Table(self.journal, "people", Person, lambda p: p.id)
        self.teams = Table(self.journal, "teams", Team, lambda t: t.id)
        self.spaces = Table(self.journal, "spaces", Space, lambda s: s.id)
        self.messages = Table(self.journal, "messages", Message, lambda m: m.key)
        self.subscriptions = Subscriptions(self.journal)
        self.hub = Table(self.journal, "hub", HubEvent, lambda e: str(e.number))
        self.blobs = Table(self.journal, "blobs", Blob, lambda b: b.id)
        self.outbox = Table(self.journal, "outbox", Notification, lambda n: str(n.id))
        self.activities = Table(self.journal, "activities", LoggedActivity, lambda a: str(a.number))
        self.notices = Table(self.journal, "notices", Notice, lambda n: str(n.number))
        self._registers = Table(self.journal, "register", Register, lambda _: "tenant")
        self._views = Table[JsonObject](self.journal, "views", dict, lambda view: view["key"])
        self._by_teams_id = {person.teams_id: person.id for person in self.people}
        self._rosters: dict[str, tuple[tuple[Member, ...], dict[str, Member]]] = {}

    @property
    def register(self) -> Register:
        """The running numbers and settings."""
        return self._registers.get("tenant") or Register()

    def set_register(self, register: Register) -> None:
        """Keep new running numbers or settings."""
        self._registers.put(register)

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        self.journal.commit()

    def next_seq(self) -> int:
        """The number of the next change of a message."""
        register = self.register
        self.set_register(replace(register, seq=register.seq + 1))
        return register.seq + 1

    def add_person(self, person: Person) -> None:
        """Add or replace a user."""
        self.people.put(person)
        self._by_teams_id[person.teams_id] = person.id

    def drop_person(self, person: Person) -> None:
        """Forget a user; what they wrote still bears their id."""
        self.people.drop(person.id)
        self._by_teams_id.pop(person.teams_id, None)

    def person(self, any_id: str) -> Person | None:
        """The user with this object id, `29:` id or principal name, or None."""
        found = self.people.get(self._by_teams_id.get(any_id, any_id))
        if found is None and "@" in any_id:
            return next((p for p in self.people if p.mail.casefold() == any_id.casefold()), None)
        return found

    def known_person(self, user_id: str) -> Person:
        """The user with this id; raises LookupError."""
        person = self.person(user_id)
        if person is None:
            raise LookupError(f"the tenant has no user {user_id}")
        return person

    def known_space(self, space_id: str) -> Space:
        """The space with this id; raises LookupError."""
        space = self.spaces.get(space_id)
        if space is None:
            raise LookupError(f"the tenant has no channel or chat {space_id}")
        return space

    def channels(self, team_id: str) -> Iterator[Space]:
        """A team's channels, General first."""
        return (space for space in self.spaces if space.team_id == team_id)

    def members(self, space: Space) -> tuple[Member, ...]:
        """Who is in a space: a standard channel has its team's members, every other its own."""
        if space.kind is SpaceKind.STANDARD:
            team = self.teams.get(space.team_id or "")
            return team.members if team else ()
        return space.members

    def is_member(self, space: Space, user_id: str) -> bool:
        """Whether the user is in the space."""
        place = space.team_id if space.kind is SpaceKind.STANDARD else space.id
        return user_id in self.roster(place or "", self.members(space))

    def roster(self, place: str, members: tuple[Member, ...]) -> dict[str, Member]:
        """The members of a team or space by their user ids; the dict must not be changed."""
        kept = self._rosters.get(place)
        # Records are never changed in place, so the same tuple is the same list of members.
        if kept is None or kept[0] is not members:
            kept = self._rosters[place] = (members, {member.user_id: member for member in members})
        return kept[1]

    def has_bot(self, space: Space) -> bool:
        """Whether the app is installed where this space is: its team, the chat, or the person's scope."""
        if space.kind is SpaceKind.PERSONAL:
            return any(member.user_id in self.register.installed for member in space.members)
        return (space.team_id or space.id) in self.register.installed

    def view(self, conversation: str, message_id: str, user_id: str) -> JsonObject | None:
        """The card that replaced a message's card for one viewer, or None."""
        kept = self._views.get(f"{conversation}/{message_id}/{user_id}")
        return None if kept is None else kept["card"]

    def set_view(self, conversation: str, message_id: str, user_id: str, card: JsonObject) -> None:
        """Let one viewer see another card from now on."""
        self._views.put({"key": f"{conversation}/{message_id}/{user_id}", "card": card})

    def forget_views(self, conversation: str, message_id: str) -> None:
        """Let every viewer see the message's own card again, as after an update by the bot."""
        prefix = f"{conversation}/{message_id}/"
        for key in [view["key"] for view in self._views if view["key"].startswith(prefix)]:
            self._views.drop(key)
