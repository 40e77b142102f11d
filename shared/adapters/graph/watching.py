"""Graph subscriptions: made, prolonged under the current certificate, ended and listed.

Sources: Microsoft Learn, "subscription resource type", "Change notifications for Microsoft Teams resources",
and for certificates "Set up change notifications that include resource data", rotating keys.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.adapters.graph.calls import Calls
from shared.adapters.graph.client import AlreadyThere, GraphClient, LimitReached
from shared.adapters.graph.key_ring import KeyRing
from shared.errors import AlreadySubscribed, CairnError, Gone, QuotaReached
from shared.ports import Pace, SubscriptionFound, SubscriptionMade

LIFETIME = timedelta(minutes=4319)
"""A minute less than Graph's limit for Teams' resources, for clocks that disagree."""


class Watching:
    """The subscriptions of one app registration."""

    def __init__(self, client: GraphClient, calls: Calls, ring: KeyRing, *, notification_url: str) -> None:
        """`notification_url` is the webhook's public address, or the event hub's (`EventHub:https://…`)."""
        self._client = client
        self._calls = calls
        self._ring = ring
        self._notification_url = notification_url

    async def subscribe(self, resource: str, *, rich: bool, client_state: str, now: datetime) -> SubscriptionMade:
        """See `shared.ports.Graph`."""
        certificate_id, encryption = await self._encryption(rich=rich, now=now)
        wanted = {
            "change_type": "created,updated,deleted",
            "notification_url": self._notification_url,
            "lifecycle_notification_url": self._notification_url,
            "resource": resource,
            "expiration_date_time": now + LIFETIME,
            "client_state": client_state,
        }
        rich_only = {"include_resource_data": True} if rich else {}
        try:
            made = await self._client.send(self._calls.subscribe(wanted | rich_only | encryption), pace=Pace.BACKGROUND)
        except AlreadyThere as error:
            raise AlreadySubscribed("Graph has a subscription of this app on that already") from error
        except LimitReached as error:
            # The quota of one app and resource is one, and Graph says so in either way.
            if error.most == 1:
                raise AlreadySubscribed("Graph has a subscription of this app on that already") from error
            raise QuotaReached("the organisation has as many Graph subscriptions as it may") from error
        return _made(made, certificate_id)

    async def renew(self, subscription_id: str, *, rich: bool, now: datetime) -> SubscriptionMade:
        """See `shared.ports.Graph`."""
        certificate_id, encryption = await self._encryption(rich=rich, now=now)
        changed = {"expiration_date_time": now + LIFETIME} | encryption
        renewed = await self._client.send(self._calls.renew(subscription_id, changed), pace=Pace.BACKGROUND)
        return _made({"id": subscription_id} | dict(renewed), certificate_id)

    async def unsubscribe(self, subscription_id: str) -> None:
        """See `shared.ports.Graph`."""
        try:
            await self._client.send(self._calls.unsubscribe(subscription_id), pace=Pace.BACKGROUND)
        except Gone:
            return

    async def subscriptions(self) -> Sequence[SubscriptionFound]:
        """See `shared.ports.Graph`."""
        listed = self._client.pages(self._calls.subscriptions(), pace=Pace.BACKGROUND)
        return [found async for raw in listed if (found := self._found(raw)) is not None]

    async def _encryption(self, *, rich: bool, now: datetime) -> tuple[str, dict[str, object]]:
        if not rich:
            return "", {}
        key = await self._ring.current(now)
        return key.id, {"encryption_certificate": key.public_base64, "encryption_certificate_id": key.id}

    def _found(self, raw: Mapping[str, Any]) -> SubscriptionFound | None:
        subscription_id, expires_at = raw.get("id"), _time(raw.get("expirationDateTime"))
        if not isinstance(subscription_id, str) or expires_at is None:
            return None
        return SubscriptionFound(
            id=subscription_id,
            resource=str(raw.get("resource") or ""),
            expires_at=expires_at,
            ours=str(raw.get("notificationUrl") or "").casefold() == self._notification_url.casefold(),
        )


def _made(raw: Mapping[str, Any], certificate_id: str) -> SubscriptionMade:
    subscription_id, expires_at = raw.get("id"), _time(raw.get("expirationDateTime"))
    if not isinstance(subscription_id, str) or expires_at is None:
        raise CairnError("Graph confirms a subscription without its id or its end")
    return SubscriptionMade(id=subscription_id, expires_at=expires_at, certificate_id=certificate_id)


def _time(value: object) -> datetime | None:
    """A moment as Graph writes it (up to seven decimals of a second)."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
