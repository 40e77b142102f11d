"""Spaces: where people talk, who is there, and what the owner allowed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from shared.domain.identity import Person, SpaceId, TeamId, UserKey


class SpaceKind(StrEnum):
    """Each kind has its own member list: only a standard channel shares its team's."""

    STANDARD = "standard"
    PRIVATE = "private"
    SHARED = "shared"
    CHAT = "chat"


class Role(StrEnum):
    """What Teams says of a member."""

    OWNER = "owner"
    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a space."""

    person: Person
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A channel or a chat that Cairn was installed in.

    `members` is None as long as nobody has told us who is there, or when that knowledge was lost:
    then nothing is shown to anybody (deny when membership is unknown).
    """

    id: SpaceId
    kind: SpaceKind
    name: str
    team_id: TeamId | None = None
    team_name: str = ""
    installed_by: Person | None = None
    capture: bool = False
    capture_by: Person | None = None
    capture_since: datetime | None = None
    members: tuple[Member, ...] | None = None
    members_as_of: datetime | None = None
    unnamed: int = 0
    """How many more are here who were erased: nothing is shown to them, and nobody keeps who they are."""
    named_curators: tuple[UserKey, ...] = ()
    reads_from: datetime | None = None
    """Messages written before this are not kept: when capture was first switched on, or what a backfill reaches."""
    keep_days: float | None = None
    """Days that this space's messages are kept, where its owner wants another time than the organisation's."""
    service_url: str = ""
    """The Bot Connector's address for this space, as its activities give it."""

    @property
    def label(self) -> str:
        """How a person would call it: `Team › Channel`, or the chat's topic."""
        return f"{self.team_name} › {self.name}" if self.team_name else self.name

    def member(self, user: UserKey) -> Member | None:
        """The member with that key, or None (also when membership is unknown)."""
        return next((m for m in self.members or () if m.person.key == user), None)

    @property
    def curators(self) -> tuple[Person, ...]:
        """Who may decide on this space's snippets: its owners and those whom an owner named, as long as they are here.

        A chat has no meaningful owners (Teams calls every member one): whoever switched capture on curates it.
        """
        present = self.members or ()
        if self.kind is SpaceKind.CHAT:
            named = {*self.named_curators, *([self.capture_by.key] if self.capture_by else [])}
            return tuple(m.person for m in present if m.person.key in named)
        return tuple(m.person for m in present if m.role is Role.OWNER or m.person.key in self.named_curators)

    def may_switch_capture(self, user: UserKey) -> bool:
        """Whether that person may switch capture: a team's or channel's owner; in a chat, who installed the app."""
        if self.kind is SpaceKind.CHAT:
            return self.installed_by is not None and self.installed_by.key == user and self.member(user) is not None
        member = self.member(user)
        return member is not None and member.role is Role.OWNER

    def may_curate(self, user: UserKey) -> bool:
        """Whether that person may verify, edit, merge or reject here."""
        return any(curator.key == user for curator in self.curators)

    def with_members(self, members: tuple[Member, ...] | None, as_of: datetime, *, unnamed: int = 0) -> Self:
        """The space after Teams has told who is there; `unnamed` of them were erased and are not listed."""
        return replace(self, members=members, members_as_of=as_of, unnamed=unnamed)
