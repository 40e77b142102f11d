"""How subscriptions change, end, and are kept alive."""

from datetime import timedelta
from typing import Any

from local.clock import SimulatedClock
from local.tenant.notifications import LifecycleEvent
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import Certificate, GraphCaller, Listener, make_certificate
from tests.local.tenant.opening import open_content


def _lifecycle(listener: Listener) -> list[str]:
    return [item["lifecycleEvent"] for item in listener.items if "lifecycleEvent" in item]


async def test_a_rotated_certificate_counts_for_later_changes_alone(
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    certificate: Certificate,
    graph: GraphCaller,
) -> None:
    made = await subscribe()
    fresh = make_certificate()
    await tenant.notifier.stop()
    before = await tenant.post(company.chat, company.ann, "before")
    rotation = {"encryptionCertificate": fresh.base64_der, "encryptionCertificateId": "cert-2"}
    renewed = (await graph.call("PATCH", f"/subscriptions/{made['id']}", json=rotation)).json()
    assert renewed["encryptionCertificateId"] == "cert-2"
    assert renewed["expirationDateTime"] == made["expirationDateTime"]
    after = await tenant.post(company.chat, company.ann, "after")
    tenant.notifier.start()
    await tenant.flush()
    first, second = (item["encryptedContent"] for item in listener.items)
    assert (first["encryptionCertificateId"], second["encryptionCertificateId"]) == ("cert-1", "cert-2")
    assert second["encryptionCertificateThumbprint"] == fresh.thumbprint
    assert open_content(certificate.key, first)["id"] == before
    assert open_content(fresh.key, second)["id"] == after


async def test_a_new_notification_url_is_asked_to_echo_and_then_used(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller
) -> None:
    made = await subscribe()
    listener.handshakes.clear()
    moved = {"notificationUrl": f"{listener.webhook}?moved=1"}
    path = f"/subscriptions/{made['id']}"
    assert (await graph.call("PATCH", path, json={"notificationUrl": f"{listener.url}/nowhere"})).status_code == 400
    assert (await graph.call("PATCH", path, json=moved)).json()["notificationUrl"].endswith("moved=1")
    assert len(listener.handshakes) == 1
    await tenant.post(company.chat, company.ann, "there")
    await tenant.flush()
    assert len(listener.items) == 1
    await listener.stop()


async def test_what_a_patch_can_not_change_is_refused(
    subscribe: Subscribe, graph: GraphCaller, certificate: Certificate
) -> None:
    made = await subscribe()
    for body in (
        {},
        {"resource": "/teams/getAllMessages"},
        {"lifecycleNotificationUrl": "https://example.org/"},
        {"clientState": "other"},
        {"encryptionCertificate": certificate.base64_der},
        {"encryptionCertificateId": "cert-2"},
        {"encryptionCertificate": "none", "encryptionCertificateId": "cert-2"},
        {"encryptionCertificate": certificate.base64_der, "encryptionCertificateId": "x" * 129},
    ):
        answer = await graph.call("PATCH", f"/subscriptions/{made['id']}", json=body)
        assert answer.status_code == 400, body
    assert await graph.get(f"/subscriptions/{made['id']}") == made


async def test_a_subscription_without_its_permission_is_not_renewed(
    tenant: Tenant, subscribe: Subscribe, graph: GraphCaller, clock: SimulatedClock
) -> None:
    made = await subscribe()
    tenant.consent_to("User.Read.All")
    await graph.sign_in()
    until = {"expirationDateTime": (clock.now() + timedelta(days=2)).isoformat()}
    assert (await graph.call("PATCH", f"/subscriptions/{made['id']}", json=until)).status_code == 403


async def test_the_quota_of_the_organisation_is_a_403_that_names_it(
    tenant: Tenant, subscribe: Subscribe, graph: GraphCaller, wanted: dict[str, Any], clock: SimulatedClock
) -> None:
    tenant.faults.subscription_quota = 2
    made = await subscribe()
    await subscribe(resource="/teams/getAllMessages")
    third = wanted | {"resource": "/chats/getAllMembers"}
    answer = await graph.call("POST", "/subscriptions", json=third)
    assert answer.status_code == 403
    assert "has reached its limit of '2' subscriptions" in answer.json()["error"]["message"]
    # A second one to the same resource is a conflict, quota or not.
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 409
    await graph.call("DELETE", f"/subscriptions/{made['id']}")
    assert (await graph.call("POST", "/subscriptions", json=third)).status_code == 201
    clock.advance(timedelta(days=2))
    await graph.sign_in()
    later = {"expirationDateTime": (clock.now() + timedelta(days=2)).isoformat()}
    assert (await graph.call("POST", "/subscriptions", json=third | later)).status_code == 201


async def test_a_subscription_that_ends_without_notice_is_gone(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller
) -> None:
    made = await subscribe()
    tenant.end_subscription(made["id"])
    await tenant.post(company.chat, company.ann, "unheard")
    await tenant.flush()
    assert listener.items == []
    assert (await graph.call("GET", f"/subscriptions/{made['id']}")).status_code == 404
    await subscribe()


async def test_an_unanswered_challenge_stops_the_notifications_until_it_is_answered(
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    graph: GraphCaller,
    clock: SimulatedClock,
) -> None:
    made = await subscribe()
    tenant.send_lifecycle(LifecycleEvent.REAUTHORIZATION_REQUIRED)
    clock.advance(timedelta(minutes=59))
    early = await tenant.post(company.chat, company.ann, "still")
    clock.advance(timedelta(minutes=1))
    await tenant.post(company.chat, company.ann, "withheld")
    await graph.sign_in()
    assert (await graph.call("POST", f"/subscriptions/{made['id']}/reauthorize")).status_code == 204
    late = await tenant.post(company.chat, company.ann, "again")
    await tenant.flush()
    assert [item["resourceData"]["id"] for item in listener.items if "resourceData" in item] == [early, late]
    assert tenant.counters.withheld == 1


async def test_a_renewal_answers_a_challenge_too(
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    graph: GraphCaller,
    clock: SimulatedClock,
) -> None:
    made = await subscribe()
    tenant.send_lifecycle(LifecycleEvent.REAUTHORIZATION_REQUIRED)
    until = {"expirationDateTime": (clock.now() + timedelta(days=3)).isoformat()}
    assert (await graph.call("PATCH", f"/subscriptions/{made['id']}", json=until)).status_code == 200
    clock.advance(timedelta(hours=2))
    await tenant.post(company.chat, company.ann, "heard")
    await tenant.flush()
    assert tenant.counters.withheld == 0
    assert len(listener.items) == 2


async def test_a_challenge_comes_ahead_of_the_end_once_for_each_expiry(
    tenant: Tenant, subscribe: Subscribe, listener: Listener, graph: GraphCaller, clock: SimulatedClock
) -> None:
    tenant.faults.challenge_before = timedelta(hours=3)
    made = await subscribe()
    clock.advance(timedelta(hours=44))
    await tenant.flush()
    assert _lifecycle(listener) == []
    clock.advance(timedelta(hours=1))
    await tenant.flush()
    clock.advance(timedelta(hours=1))
    await tenant.flush()
    assert _lifecycle(listener) == ["reauthorizationRequired"]
    await graph.sign_in()
    until = {"expirationDateTime": (clock.now() + timedelta(hours=12)).isoformat()}
    await graph.call("PATCH", f"/subscriptions/{made['id']}", json=until)
    clock.advance(timedelta(hours=9))
    await tenant.flush()
    assert _lifecycle(listener) == ["reauthorizationRequired"] * 2


async def test_what_was_lost_in_an_outage_is_told_by_one_missed_event_when_so_switched(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    tenant.faults.tell_missed = True
    tenant.faults.webhook_down = True
    for text in ("one", "two"):
        await tenant.post(company.chat, company.ann, text)
    for _ in range(10 * 4):
        await tenant.flush()
        clock.advance(timedelta(minutes=6))
    await tenant.flush()
    assert tenant.counters.lost == 2
    assert listener.items == []
    tenant.faults.webhook_down = False
    tenant.retry_now()
    await tenant.flush()
    assert _lifecycle(listener) == ["missed"]
    assert tenant.undelivered == 0


async def test_planted_subscriptions_are_listed_deliver_and_stand_in_the_way(
    tenant: Tenant, company: Company, listener: Listener, graph: GraphCaller, wanted: dict[str, Any]
) -> None:
    planted = tenant.plant_subscription("/chats/getAllMessages", notification_url=f"{listener.webhook}?old=1")
    (listed,) = (await graph.get("/subscriptions"))["value"]
    assert (listed["id"], listed["notificationUrl"]) == (planted, f"{listener.webhook}?old=1")
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 409
    await tenant.post(company.chat, company.ann, "to the old place")
    await tenant.flush()
    assert [item["subscriptionId"] for item in listener.items] == [planted]
    assert (await graph.call("DELETE", f"/subscriptions/{planted}")).status_code == 204
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 201
