"""Tells the subscriptions of what changes: each matching one gets an item in the outbox."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local.clock import LocalClock
from local.tenant.encryption import CONTENT_LIMIT, Recipient
from local.tenant.faults import Faults, Spoilt
from local.tenant.model import Change, Member, Message, Person, Space, SpaceKind, Subscription, Team
from local.tenant.notifications import (
    change_item,
    installation_content,
    member_content,
    message_content,
    message_path,
    space_path,
)
from local.tenant.outbox import Outbox
from local.tenant.shapes import Shapes
from local.tenant.state import State
from local.tenant.watches import (
    Key,
    Scope,
    Watch,
    member_keys,
    message_keys,
    team_member_keys,
    watched,
)

EVENT_HUB = "EventHub:"
"""How the notification URL of a subscription begins that wants its notifications in an event hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A change of one resource; `content` makes its JSON text, by whether the reader knows new enum members."""

    change: Change
    path: str
    resource_id: str
    type_name: str
    content: Callable[[bool], bytes]


class Changes:
    """Puts an item into the outbox for each matching, unexpired subscription, encrypted as of now."""

    def __init__(
        self,
        *,
        state: State,
        clock: LocalClock,
        shapes: Shapes,
        outbox: Outbox,
        tenant_id: str,
        faults: Callable[[], Faults],
        chance: random.Random,
    ) -> None:
        self._state = state
        self._clock = clock
        self._shapes = shapes
        self._outbox = outbox
        self._tenant_id = tenant_id
        self._faults = faults
        self._chance = chance
        self._recipients: dict[tuple[str, str], Recipient] = {}

    def message(self, space: Space, message: Message, change: Change) -> None:
        """A message was posted, changed or deleted."""
        if message.visible_to is not None:
            return
        keys = message_keys(space, self._shapes.teams_app_id, has_app=self._has_app(space))
        told = _Told(
            change=change,
            path=message_path(space, message),
            resource_id=message.id,
            type_name="chatMessage",
            content=lambda new: message_content(self._shapes, space, message, knows_new_enums=new),
        )
        self._tell(list(keys), told)

    def team_member(self, team: Team, member: Member, change: Change) -> None:
        """Somebody came into a team, left it, or became or ceased to be its owner."""
        self._tell_of_member(list(team_member_keys(team.id)), f"teams('{team.id}')", team.id, member, change)

    def member(self, space: Space, member: Member, change: Change) -> None:
        """The same in a private or shared channel, or in a chat."""
        keys = member_keys(space, self._shapes.teams_app_id, has_app=self._has_app(space))
        self._tell_of_member(list(keys), space_path(space), space.id, member, change)

    def installation(self, where: Team | Space | Person, change: Change) -> None:
        """The app was installed in a team, a chat or for a person, or taken away."""
        scope = _SCOPES[type(where)]
        number = self._shapes.installation_id(where.id)
        path = f"appCatalogs/teamsApps('{self._shapes.teams_app_id}')/installations('{number}')"
        told = _Told(
            change=change,
            path=path,
            resource_id=number,
            type_name="teamsAppInstallation",
            content=lambda _: installation_content(self._shapes, path, scope, where.id),
        )
        self._tell([(Watch.INSTALLATIONS, self._shapes.teams_app_id)], told, scope)

    def _tell_of_member(self, keys: list[Key], within: str, place: str, member: Member, change: Change) -> None:
        number = self._shapes.member_id(place, member.user_id)
        path = f"{within}/members('{number}')"
        told = _Told(
            change=change,
            path=path,
            resource_id=number,
            type_name="aadUserConversationMember",
            content=lambda _: member_content(self._shapes, path, place, member),
        )
        self._tell(keys, told)

    def _has_app(self, space: Space) -> bool:
        return space.kind is SpaceKind.CHAT and self._state.has_bot(space)

    def _tell(self, keys: list[Key], told: _Told, scope: Scope | None = None) -> None:
        now = self._clock.now()
        contents: dict[bool, bytes] = {}
        for subscription in self._state.subscriptions.watching(keys, now):
            if told.change not in subscription.changes or not _covers(subscription, scope, told.change):
                continue
            if self._is_paused(subscription, now):
                self._outbox.count(withheld=1)
                continue
            content: bytes | None = None
            if subscription.rich:
                new = subscription.knows_new_enums
                content = contents[new] = contents.get(new) or told.content(new)
            self._put(subscription, told, content, now)

    def _is_paused(self, subscription: Subscription, now: datetime) -> bool:
        patience = self._faults().reauthorize_within
        return (
            patience is not None and subscription.challenged is not None and now >= subscription.challenged + patience
        )

    def _put(self, subscription: Subscription, told: _Told, content: bytes | None, now: datetime) -> None:
        faults = self._faults()
        if self._happens(faults.drop):
            self._outbox.count(dropped=1)
            return
        item = change_item(
            subscription,
            self._tenant_id,
            told.change,
            path=told.path,
            resource_id=told.resource_id,
            type_name=told.type_name,
        )
        spoilt = self._spoilt(faults) if content is not None else None
        if content is not None and _fits(subscription, content) and spoilt is not Spoilt.WITHOUT_CONTENT:
            item["encryptedContent"] = self._recipient(subscription).encrypt(
                content, tampered=spoilt is Spoilt.TAMPERED, wrong_key=spoilt is Spoilt.WRONG_KEY
            )
        due = now + faults.delay_by if self._happens(faults.delay) else now
        for _ in range(2 if self._happens(faults.duplicate) else 1):
            behind = self._chance.randint(2, 12) if self._happens(faults.reorder) else 0
            self._outbox.add(subscription, subscription.notification_url, item, due=due, behind=behind)

    def _spoilt(self, faults: Faults) -> Spoilt | None:
        rates = (
            (faults.without_content, Spoilt.WITHOUT_CONTENT),
            (faults.tampered, Spoilt.TAMPERED),
            (faults.wrong_key, Spoilt.WRONG_KEY),
        )
        return next((kind for rate, kind in rates if self._happens(rate)), None)

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate

    def _recipient(self, subscription: Subscription) -> Recipient:
        wanted = (subscription.certificate or "", subscription.certificate_id or "")
        if wanted not in self._recipients:
            self._recipients[wanted] = Recipient(*wanted)
        return self._recipients[wanted]


_SCOPES: dict[type[Team | Space | Person], Scope] = {Team: Scope.TEAM, Space: Scope.CHAT, Person: Scope.PERSONAL}


def _covers(subscription: Subscription, scope: Scope | None, change: Change) -> bool:
    """Whether a subscription to installations is about this scope; every other one is."""
    resource = watched(subscription.resource)
    if scope is None or resource is None:
        return True
    # As documented: by resource-specific consent, deletions are not told.
    return scope in resource.scopes and not (resource.by_consent and change is Change.DELETED)


def _fits(subscription: Subscription, content: bytes) -> bool:
    # With a blob store, an event hub takes content of any size.
    by_blob = subscription.notification_url.startswith(EVENT_HUB) and subscription.blob_store_url is not None
    return by_blob or len(content) <= CONTENT_LIMIT
