"""Who works in a scenario's company, and where they talk.

The ids are the author's short words (`hannah`, `ask-it`, `vpn-question`), not Teams' ids: whoever plays the
scenario maps them to what the tenant hands out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)
TeamId = NewType("TeamId", str)
SpaceId = NewType("SpaceId", str)
EventId = NewType("EventId", str)

PERSONAL = SpaceId("personal")
"""Where a person talks to the bot alone; only `Say` events happen there."""


class SpaceKind(StrEnum):
    """The kinds of place that Teams knows."""

    STANDARD = "standard"
    PRIVATE = "private"
    SHARED = "shared"
    CHAT = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The tenant."""

    name: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works there; with `joins_at`, from that moment only."""

    id: PersonId
    name: str
    department: str
    job_title: str
    mail: str
    joins_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team; its members are those of its standard channels."""

    id: TeamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A channel or a chat, with the members it has before the first event; owners are members too."""

    id: SpaceId
    kind: SpaceKind
    name: str
    team: TeamId | None = None
    owners: tuple[PersonId, ...]
    members: tuple[PersonId, ...]
