"""Graph subscriptions, how far spaces were read, and the tenant's notes: a partition of `spaces` for each."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.cosmos.containers import SPACES
from shared.adapters.cosmos.documents import value_of
from shared.adapters.cosmos.ids import document_id, just_after, ordered
from shared.adapters.cosmos.parts import Parts
from shared.adapters.cosmos.queries import ALL_IN_ORDER, READINGS_DUE
from shared.domain.identity import SpaceId
from shared.domain.readings import Reading
from shared.domain.subscriptions import Subscription, SubscriptionKey
from shared.domain.tenant import TenantState
from shared.ports import Stored

_SUBSCRIPTIONS, _READINGS, _TENANT = "@subscriptions", "@readings", "@tenant"
"""Keys of partitions: no space's id looks like them."""


class SubscriptionParts(Parts):
    """See `shared.ports.Subscriptions` for what each method promises."""

    async def subscription(self, key: SubscriptionKey) -> Stored[Subscription] | None:
        return await self.one(Subscription, SPACES, document_id("subscription", key), _SUBSCRIPTIONS)

    async def put_subscription(self, subscription: Subscription, *, etag: str | None) -> str:
        name = document_id("subscription", subscription.key)
        columns = {"spaceId": _SUBSCRIPTIONS, "place": subscription.key}
        return await self.put(SPACES, name, "subscription", subscription, etag, **columns)

    async def drop_subscription(self, key: SubscriptionKey) -> None:
        await self.of(SPACES).remove(document_id("subscription", key), _SUBSCRIPTIONS)

    async def all_subscriptions(self) -> Sequence[Subscription]:
        found = await self.of(SPACES).ask(ALL_IN_ORDER, key=_SUBSCRIPTIONS)
        return [value_of(Subscription, content) for content in found]

    async def reading(self, space_id: SpaceId) -> Stored[Reading] | None:
        return await self.one(Reading, SPACES, document_id("reading", space_id), _READINGS)

    async def put_reading(self, reading: Reading, *, etag: str | None) -> str:
        columns: dict[str, object] = {"spaceId": _READINGS, "place": reading.space_id}
        if reading.due_at:
            columns["due"] = ordered(reading.due_at, reading.space_id)
        return await self.put(SPACES, document_id("reading", reading.space_id), "reading", reading, etag, **columns)

    async def readings_due(self, now: datetime, *, limit: int) -> Sequence[Reading]:
        found = await self.of(SPACES).ask(READINGS_DUE, {"until": just_after(now)}, key=_READINGS, limit=limit)
        return [value_of(Reading, content) for content in found]

    async def all_readings(self) -> Sequence[Reading]:
        found = await self.of(SPACES).ask(ALL_IN_ORDER, key=_READINGS)
        return [value_of(Reading, content) for content in found]

    async def tenant_state(self) -> Stored[TenantState] | None:
        return await self.one(TenantState, SPACES, "tenant", _TENANT)

    async def put_tenant_state(self, state: TenantState, *, etag: str | None) -> str:
        return await self.put(SPACES, "tenant", "tenant", state, etag, spaceId=_TENANT)
