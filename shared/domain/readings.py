"""How far a space has been read from Graph, beside what notifications brought."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from shared.domain.identity import SpaceId

OVERLAP = timedelta(minutes=15)
"""A round begins so much before the end of the last one: clocks disagree, and Graph shows some changes late."""
DELTA_REACHES_BACK = timedelta(days=240)
"""Eight months, less some days: Graph's delta tells of no older messages (Microsoft Learn, chatMessage: delta)."""
PATIENCE = timedelta(minutes=10)
"""How long a round may stand still before it is taken up again."""
_DAY = timedelta(days=1)


class Why(StrEnum):
    """What a round of reading is for."""

    FIRST = "first"
    DAILY = "daily"
    MISSED = "missed"
    """Graph said that it lost notifications, or a subscription was gone."""
    OUTAGE = "outage"
    """Cairn itself was away."""
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One reading of a space that is under way; it can be taken up again at `link`."""

    why: Why
    since: datetime
    began_at: datetime
    link: str = ""
    history: bool = False
    """Whether it goes through a channel's whole history, because delta does not reach that far."""
    pages: int = 0
    seen: int = 0
    changed: int = 0
    """Of those seen, how many were not known as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of one space: how far it was read, when it is due again, and what is under way."""

    space_id: SpaceId
    read_until: datetime | None = None
    """Everything that changed before this was seen by a round that ended."""
    delta_link: str = ""
    """Where a channel's next round goes on; empty before the first."""
    due_at: datetime | None = None
    why: Why = Why.FIRST
    """What the next round is for."""
    round: Round | None = None
    again: Why | None = None
    """Why another round follows the one under way: something was missed meanwhile."""
    backfill: Round | None = None
    """A reading of the past that an administrator asked for and that has not ended."""
    rounds: int = 0
    last_changed: int = 0
    """What the last round found that notifications had not brought."""

    def asked_for(self, why: Why, now: datetime) -> Self:
        """Due at once, because something was missed; a round under way ends first and is followed by another."""
        if self.round is not None:
            return replace(self, again=why)
        return replace(self, due_at=min(self.due_at or now, now), why=why)

    def under_way(self, at: Round, now: datetime) -> Self:
        """With a round begun or gone on; should nobody go on with it, it falls due after `PATIENCE`."""
        return replace(self, round=at, due_at=now + PATIENCE)

    def ended(self, now: datetime, *, delta_link: str) -> Self:
        """After the last page of the round under way; without one, as it is."""
        if self.round is None:
            return self
        return replace(
            self,
            read_until=self.round.began_at,
            delta_link=delta_link,
            due_at=now if self.again else next_daily(self.space_id, now),
            why=self.again or Why.DAILY,
            again=None,
            round=None,
            rounds=self.rounds + 1,
            last_changed=self.round.changed,
        )


def next_daily(space_id: SpaceId, now: datetime) -> datetime:
    """The space's own minute of the day, next time that it comes: spaces are spread over the day by their ids."""
    minute = int.from_bytes(hashlib.sha256(space_id.encode()).digest()[:4]) % 1440
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=minute)
    return today if today > now else today + _DAY
