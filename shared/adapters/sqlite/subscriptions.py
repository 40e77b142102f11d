"""Graph subscriptions, how far spaces were read, and the tenant's notes."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.table import Tables
from shared.domain.identity import SpaceId
from shared.domain.readings import Reading
from shared.domain.subscriptions import Subscription, SubscriptionKey
from shared.domain.tenant import TenantState
from shared.ports import Stored

_TENANT = "tenant"


class SubscriptionTables(Tables):
    """See `shared.ports.Subscriptions` for what each method promises."""

    async def subscription(self, key: SubscriptionKey) -> Stored[Subscription] | None:
        return self.one(Subscription, "SELECT document, etag FROM subscriptions WHERE key = ?", key)

    async def put_subscription(self, subscription: Subscription, *, etag: str | None) -> str:
        return self.put("subscriptions", {"key": subscription.key}, subscription, etag)

    async def drop_subscription(self, key: SubscriptionKey) -> None:
        self.rows("DELETE FROM subscriptions WHERE key = ?", key)

    async def all_subscriptions(self) -> Sequence[Subscription]:
        return self.many(Subscription, "SELECT document FROM subscriptions ORDER BY key")

    async def reading(self, space_id: SpaceId) -> Stored[Reading] | None:
        return self.one(Reading, "SELECT document, etag FROM readings WHERE space_id = ?", space_id)

    async def put_reading(self, reading: Reading, *, etag: str | None) -> str:
        due_at = stamp(reading.due_at) if reading.due_at else None
        return self.put("readings", {"space_id": reading.space_id}, reading, etag, due_at=due_at)

    async def readings_due(self, now: datetime, *, limit: int) -> Sequence[Reading]:
        query = "SELECT document FROM readings WHERE due_at <= ? ORDER BY due_at, space_id LIMIT ?"
        return self.many(Reading, query, stamp(now), limit)

    async def all_readings(self) -> Sequence[Reading]:
        return self.many(Reading, "SELECT document FROM readings ORDER BY space_id")

    async def tenant_state(self) -> Stored[TenantState] | None:
        return self.one(TenantState, "SELECT document, etag FROM notes WHERE id = ?", _TENANT)

    async def put_tenant_state(self, state: TenantState, *, etag: str | None) -> str:
        return self.put("notes", {"id": _TENANT}, state, etag)
