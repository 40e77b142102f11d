"""Graph subscriptions: what Cairn wants to be told of, and what became of each.

Sources: Microsoft Learn, "Change notifications for Microsoft Teams resources" (resources),
"subscription resource type" (4,320 minutes; one per app and resource), "Reduce missing subscriptions and
change notifications" (lifecycle events).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Self

from shared.domain.identity import SpaceId, derived_id
from shared.domain.spaces import Space, SpaceKind

SubscriptionKey = NewType("SubscriptionKey", str)
"""Stands for a resource that is subscribed to: 32 hexadecimal digits derived from its path."""

LIFETIME = timedelta(minutes=4320)
"""The longest that Graph lets a subscription on Teams' resources live."""
ORGANISATION_QUOTA = 10_000
"""Subscriptions that one organisation may have on Teams' resources, over all apps."""
_MOST_OUTAGES = 20
_MOST_EARLIER = 3


class Watched(StrEnum):
    """What a subscription tells of."""

    MESSAGES = "messages"
    MEMBERS = "members"
    INSTALLATIONS = "installations"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPlan:
    """The administrator's choice of what to subscribe to."""

    tenant_wide: bool = False
    """One subscription over every channel, and one over every chat, instead of one a space."""
    installed_chats_only: bool = False
    """Tenant-wide, for chats: only those where the app is installed."""
    teams_app_id: str = ""
    """The app's id in the organisation's catalogue; without it, installations are learned from the bot alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A resource that should be subscribed to; `space_id` for one that concerns a single space."""

    resource: str
    what: Watched
    space_id: SpaceId | None = None

    @property
    def key(self) -> SubscriptionKey:
        """The key of the subscription on it."""
        return SubscriptionKey(derived_id("subscription", self.resource))

    @property
    def rich(self) -> bool:
        """Whether notifications bring the resource.

        Messages do; so do installations, which would not say where otherwise. Who is where is asked for,
        to know it as it is now.
        """
        return self.what is not Watched.MEMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which notifications may have been lost, and when the subscription stood again."""

    began_at: datetime
    noticed_at: datetime
    reason: str
    repaired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription that is wanted; `id` is empty as long as Graph has not confirmed it."""

    key: SubscriptionKey
    resource: str
    what: Watched
    space_id: SpaceId | None = None
    id: str = ""
    client_state_hash: str = ""
    """SHA-256 of the clientState, hexadecimal; the state itself is kept nowhere."""
    earlier_hashes: tuple[str, ...] = ()
    """Of the subscriptions that stood here before, whose last notifications may still be on their way."""
    certificate_id: str = ""
    expires_at: datetime | None = None
    renew_at: datetime | None = None
    trouble: str = ""
    """Why it does not stand, in one sentence; empty when it does."""
    outages: tuple[Outage, ...] = ()
    """The latest, oldest first."""

    @property
    def rich(self) -> bool:
        """See `Wanted.rich`."""
        return self.what is not Watched.MEMBERS

    def stands(self, now: datetime) -> bool:
        """Whether Graph has confirmed it and it has not ended, as far as we know."""
        return bool(self.id) and self.expires_at is not None and self.expires_at > now

    def knows(self, state_hash: str) -> bool:
        """Whether a notification with that clientState is of this subscription, or of the one before it."""
        return bool(state_hash) and state_hash in (self.client_state_hash, *self.earlier_hashes)

    def about_to_be_made(self, state_hash: str) -> Self:
        """As it is written before Graph is asked: should the answer be lost, what Graph made can be adopted."""
        earlier = (*self.earlier_hashes, self.client_state_hash) if self.client_state_hash else self.earlier_hashes
        return replace(
            self, id="", client_state_hash=state_hash, earlier_hashes=earlier[-_MOST_EARLIER:], expires_at=None
        )

    def confirmed(self, subscription_id: str, expires_at: datetime, certificate_id: str, now: datetime) -> Self:
        """As Graph made, renewed or listed it: it stands, and what was out is repaired."""
        return replace(
            self,
            id=subscription_id,
            expires_at=expires_at,
            certificate_id=certificate_id,
            renew_at=half_life(self.key, expires_at, now),
            trouble="",
            outages=tuple(replace(o, repaired_at=o.repaired_at or now) for o in self.outages),
        )

    def out(self, *, since: datetime, reason: str, now: datetime) -> Self:
        """With a time noted in which notifications may have been lost; one that is already open is not noted twice."""
        if any(o.repaired_at is None for o in self.outages):
            return self
        outage = Outage(began_at=since, noticed_at=now, reason=reason)
        return replace(self, outages=(*self.outages, outage)[-_MOST_OUTAGES:])


def new_subscription(wanted: Wanted) -> Subscription:
    """What is written down of a wanted subscription before it stands."""
    return Subscription(key=wanted.key, resource=wanted.resource, what=wanted.what, space_id=wanted.space_id)


def half_life(key: SubscriptionKey, expires_at: datetime, now: datetime) -> datetime:
    """When to renew: half-way to its end, earlier by up to a tenth, so that thousands don't fall due at once."""
    jitter = int.from_bytes(hashlib.sha256(f"{key}{expires_at.isoformat()}".encode()).digest()[:4]) / 2**32
    return now + (expires_at - now) * (0.5 - 0.1 * jitter)


def wanted_for(spaces: Iterable[Space], plan: SubscriptionPlan) -> Mapping[SubscriptionKey, Wanted]:
    """Everything that should be subscribed to, given which spaces there are; nothing for those without capture."""
    captured = [space for space in spaces if space.capture]
    found = _tenant_wide(captured, plan) if plan.tenant_wide else [w for space in captured for w in _of_space(space)]
    if captured and plan.teams_app_id:
        resource = f"/appCatalogs/teamsApps/{plan.teams_app_id}/installations"
        where = "$filter=scopeInfo/scope eq 'team' or scopeInfo/scope eq 'groupChat'"
        found.append(Wanted(resource=f"{resource}?{where}", what=Watched.INSTALLATIONS))
    return {wanted.key: wanted for wanted in found}


def _of_space(space: Space) -> list[Wanted]:
    if space.team_id is None:
        messages, members = f"/chats/{space.id}/messages", f"/chats/{space.id}/members"
        return [
            Wanted(resource=messages, what=Watched.MESSAGES, space_id=space.id),
            Wanted(resource=members, what=Watched.MEMBERS, space_id=space.id),
        ]
    messages = f"/teams/{space.team_id}/channels/{space.id}/messages"
    # Who leaves the team leaves its private channels too: both are watched.
    return [
        Wanted(resource=messages, what=Watched.MESSAGES, space_id=space.id),
        Wanted(resource=f"/teams/{space.team_id}/members", what=Watched.MEMBERS),
        *_own_members(space),
    ]


def _own_members(space: Space) -> list[Wanted]:
    """Private and shared channels have member lists of their own; one subscription a team serves them all.

    (The resource over all teams is in Graph's preview alone.)
    """
    if space.team_id is None or space.kind not in (SpaceKind.PRIVATE, SpaceKind.SHARED):
        return []
    return [Wanted(resource=f"/teams/{space.team_id}/channels/getAllMembers", what=Watched.MEMBERS)]


def _tenant_wide(captured: list[Space], plan: SubscriptionPlan) -> list[Wanted]:
    found: list[Wanted] = []
    if any(space.team_id is not None for space in captured):
        found += [
            Wanted(resource="/teams/getAllMessages", what=Watched.MESSAGES),
            Wanted(resource="/teams/getAllMembers", what=Watched.MEMBERS),
            *(wanted for space in captured for wanted in _own_members(space)),
        ]
    if any(space.team_id is None for space in captured):
        installed = f"/appCatalogs/teamsApps/{plan.teams_app_id}/installedToChats"
        chats = installed if plan.installed_chats_only else "/chats"
        found += [
            Wanted(resource=f"{chats}/getAllMessages", what=Watched.MESSAGES),
            Wanted(resource=f"{chats}/getAllMembers", what=Watched.MEMBERS),
        ]
    return found


def feeds(subscription: Subscription, space: Space) -> bool:
    """Whether a subscription on messages brings those of this space."""
    if subscription.what is not Watched.MESSAGES:
        return False
    if subscription.space_id is not None:
        return subscription.space_id == space.id
    return subscription.resource.startswith("/teams/") == (space.team_id is not None)
