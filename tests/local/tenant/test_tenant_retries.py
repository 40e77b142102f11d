"""What becomes of a notification that the webhook refused."""

from datetime import timedelta

import pytest

from local.clock import SimulatedClock
from local.tenant import notifier
from local.tenant.model import Counters
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import GraphCaller, Listener


async def test_a_refused_notification_is_retried_later_and_later_by_the_clock(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    listener.statuses = [503, 500, 202]
    await tenant.post(company.chat, company.ann, "again")
    await tenant.flush()
    assert tenant.counters.retried == 1
    clock.advance(timedelta(seconds=9))
    await tenant.flush()
    assert tenant.counters.posts == 1
    clock.advance(timedelta(seconds=1))
    await tenant.flush()
    assert tenant.counters.posts == 2
    clock.advance(timedelta(seconds=29))
    await tenant.flush()
    assert tenant.counters.posts == 2
    clock.advance(timedelta(seconds=1))
    await tenant.flush()
    assert len(listener.items) == 1
    assert tenant.counters == Counters(due=1, posts=3, accepted=1, retried=2)
    assert tenant.undelivered == 0


async def test_after_four_hours_of_refusals_a_notification_is_lost(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    await listener.stop()
    began = clock.now()
    await tenant.post(company.chat, company.ann, "nobody is there")
    await tenant.flush()
    ended = began
    for _ in range(5 * 60):
        clock.advance(timedelta(minutes=1))
        await tenant.flush()
        ended = clock.now() if tenant.undelivered else ended
    assert tenant.counters.lost == 1
    assert tenant.counters.accepted == 0
    assert timedelta(hours=2) < ended - began < timedelta(hours=4)


async def test_retry_now_does_not_wait_for_the_clock(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    listener.statuses = [500]
    await tenant.post(company.chat, company.ann, "now")
    await tenant.flush()
    assert listener.items == []
    tenant.retry_now()
    await tenant.flush()
    assert len(listener.items) == 1


async def test_a_notification_for_a_deleted_subscription_is_withdrawn(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller
) -> None:
    subscription = await subscribe()
    listener.statuses = [500]
    await tenant.post(company.chat, company.ann, "gone")
    await tenant.flush()
    await graph.call("DELETE", f"/subscriptions/{subscription['id']}")
    tenant.retry_now()
    await tenant.flush()
    assert listener.items == []
    assert tenant.counters.withdrawn == 1
    assert tenant.undelivered == 0


async def test_a_webhook_that_is_down_gets_no_post_and_no_handshake(
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    graph: GraphCaller,
    clock: SimulatedClock,
) -> None:
    made = await subscribe()
    listener.handshakes.clear()
    tenant.faults.webhook_down = True
    await tenant.post(company.chat, company.ann, "wait")
    await tenant.flush()
    moved = {"notificationUrl": f"{listener.webhook}?moved"}
    assert (await graph.call("PATCH", f"/subscriptions/{made['id']}", json=moved)).status_code == 400
    assert (listener.handshakes, listener.batches) == ([], [])
    assert tenant.counters.retried == 1
    tenant.faults.webhook_down = False
    clock.advance(timedelta(seconds=10))
    await tenant.flush()
    assert len(listener.items) == 1


async def test_slow_answers_are_counted(
    tenant: Tenant, company: Company, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe()
    await tenant.post(company.chat, company.ann, "quick")
    await tenant.flush()
    assert tenant.counters.slow == 0
    monkeypatch.setattr(notifier, "SLOW_SECONDS", 0.0)
    await tenant.post(company.chat, company.ann, "slow")
    await tenant.flush()
    assert tenant.counters.slow == 1
