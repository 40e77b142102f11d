"""Subscriptions, readings and the tenant's notes: kept as written, changed by whoever read them last."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.identity import SpaceId
from shared.domain.readings import Reading, Round, Why
from shared.domain.subscriptions import Outage, Subscription, SubscriptionKey, Watched
from shared.domain.tenant import TenantState
from shared.errors import Conflict
from shared.ports import Store
from tests.builders import START, at

KEY = SubscriptionKey("0" * 32)


def a_subscription(key: str = KEY) -> Subscription:
    return Subscription(
        key=SubscriptionKey(key),
        resource="/chats/19:a@thread.v2/messages",
        what=Watched.MESSAGES,
        space_id=SpaceId("19:a@thread.v2"),
        id="at-graph",
        client_state_hash="f" * 64,
        earlier_hashes=("e" * 64,),
        certificate_id="key-1",
        expires_at=at(4000),
        renew_at=at(2000),
        trouble="",
        outages=(Outage(began_at=START, noticed_at=at(1), reason="it was gone", repaired_at=at(2)),),
    )


async def test_a_subscription_comes_back_as_it_was_written(store: Store) -> None:
    assert await store.subscription(KEY) is None
    etag = await store.put_subscription(a_subscription(), etag=None)
    found = await store.subscription(KEY)
    assert found is not None
    assert (found.value, found.etag) == (a_subscription(), etag)


async def test_a_subscription_is_changed_by_whoever_read_it_last(store: Store) -> None:
    etag = await store.put_subscription(a_subscription(), etag=None)
    with pytest.raises(Conflict):
        await store.put_subscription(a_subscription(), etag=None)
    await store.put_subscription(replace(a_subscription(), trouble="refused"), etag=etag)
    with pytest.raises(Conflict):
        await store.put_subscription(a_subscription(), etag=etag)


async def test_a_forgotten_subscription_is_gone_and_its_neighbour_stays(store: Store) -> None:
    for key in ("0" * 32, "1" * 32):
        await store.put_subscription(a_subscription(key), etag=None)
    await store.drop_subscription(KEY)
    await store.drop_subscription(KEY)
    assert [s.key for s in await store.all_subscriptions()] == ["1" * 32]


async def test_readings_are_due_in_the_order_of_their_time(store: Store) -> None:
    for name, due in (("late", at(5)), ("early", at(1)), ("later", at(9)), ("never", None)):
        await store.put_reading(Reading(space_id=SpaceId(name), due_at=due), etag=None)
    assert [r.space_id for r in await store.readings_due(at(5), limit=10)] == ["early", "late"]
    assert [r.space_id for r in await store.readings_due(at(5), limit=1)] == ["early"]
    assert [r.space_id for r in await store.all_readings()] == ["early", "late", "later", "never"]


async def test_a_reading_comes_back_with_its_round(store: Store) -> None:
    began = Round(why=Why.OUTAGE, since=START, began_at=at(1), link="https://next", pages=3, seen=99, changed=2)
    reading = Reading(space_id=SpaceId("a"), read_until=START, delta_link="x", round=began, again=Why.MISSED)
    etag = await store.put_reading(reading, etag=None)
    found = await store.reading(SpaceId("a"))
    assert found is not None
    assert found.value == reading
    await store.put_reading(replace(reading, round=None, due_at=None), etag=etag)
    with pytest.raises(Conflict):
        await store.put_reading(reading, etag=etag)


async def test_the_tenants_notes_are_one_document(store: Store) -> None:
    assert await store.tenant_state() is None
    etag = await store.put_tenant_state(TenantState(awake_at=START), etag=None)
    await store.put_tenant_state(TenantState(awake_at=START + timedelta(hours=1), salt="5" * 64), etag=etag)
    found = await store.tenant_state()
    assert found is not None
    assert found.value == TenantState(awake_at=START + timedelta(hours=1), salt="5" * 64)
    with pytest.raises(Conflict):
        await store.put_tenant_state(TenantState(), etag=etag)
