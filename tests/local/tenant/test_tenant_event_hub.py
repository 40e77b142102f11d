"""Delivery through an event hub: what is in an event, what goes by blob, and what a hub that is away means."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.clock import SimulatedClock
from local.tenant.notifications import LifecycleEvent
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import APP_ID, APP_SECRET, Certificate, GraphCaller, Listener
from tests.local.tenant.opening import open_content

_HUB = "EventHub:https://cairn.servicebus.windows.net/eventhubname/notifications?tenantId=contoso.example"
_BLOBS = "https://cairn.vault.azure.net/secrets/blobs?tenantId=contoso.example"
_BY_HUB = {"notificationUrl": _HUB, "lifecycleNotificationUrl": _HUB}


def _events(tenant: Tenant) -> list[dict[str, Any]]:
    return [json.loads(body) for body in tenant.take_hub_events()]


async def test_a_hub_needs_no_handshake_but_gets_a_validation_message(
    tenant: Tenant, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe(**_BY_HUB)
    events = _events(tenant)
    assert listener.handshakes == []
    assert len(events) == 2  # one for each of the two URLs
    (item,) = events[0]["value"]
    assert item.pop("changeType").startswith("Validation: Testing client application reachability for subscription")
    assert item == {
        "subscriptionId": "NA",
        "subscriptionExpirationDateTime": "NA",
        "clientState": "NA",
        "resource": "NA",
        "resourceData": {"@odata.type": "NA", "@odata.id": "NA", "id": "NA"},
    }


async def test_events_are_batches_without_validation_tokens_and_are_taken_once(
    tenant: Tenant, company: Company, subscribe: Subscribe, certificate: Certificate, listener: Listener
) -> None:
    await subscribe(**_BY_HUB)
    _events(tenant)
    await tenant.notifier.stop()
    said = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(3)]
    tenant.send_lifecycle(LifecycleEvent.MISSED)
    tenant.notifier.start()
    await tenant.flush()
    (event,) = _events(tenant)
    assert event.keys() == {"value"}
    opened = [open_content(certificate.key, item["encryptedContent"])["id"] for item in event["value"][:3]]
    assert opened == said
    assert event["value"][3]["lifecycleEvent"] == "missed"
    assert _events(tenant) == []
    assert listener.batches == []
    assert tenant.counters.accepted == 4


async def test_only_the_documented_forms_of_url_are_taken(graph: GraphCaller, wanted: dict[str, Any]) -> None:
    for url in (
        "EventHub:",
        "EventHub:https://example.org/",
        "EventHub:https://cairn.servicebus.windows.net/eventhubname/notifications",
        "EventHub:https://cairn.vault.azure.net/keys/hub?tenantId=contoso.example",
    ):
        answer = await graph.call("POST", "/subscriptions", json=wanted | {"notificationUrl": url})
        assert answer.status_code == 400, url
    vault = "EventHub:https://cairn.vault.azure.net/secrets/hub?tenantId=contoso.example"
    taken = wanted | _BY_HUB | {"notificationUrl": vault}
    assert (await graph.call("POST", "/subscriptions", json=taken)).status_code == 201
    wrong = wanted | _BY_HUB | {"blobStoreUrl": "https://example.org/", "resource": "/teams/getAllMessages"}
    assert (await graph.call("POST", "/subscriptions", json=wrong)).status_code == 400


async def test_what_is_too_large_goes_by_blob(
    tenant: Tenant, company: Company, subscribe: Subscribe, certificate: Certificate
) -> None:
    made = await subscribe(**_BY_HUB, blobStoreUrl=_BLOBS)
    assert made["blobStoreUrl"] == _BLOBS
    _events(tenant)
    said = await tenant.post(company.chat, company.ann, "x" * 1_100_000)
    await tenant.flush()
    ((item,),) = [event["value"] for event in _events(tenant)]
    assert not item.keys() & {"resource", "resourceData", "encryptedContent"}
    assert item["clientState"] == "state of the client"
    blob = json.loads(tenant.hub_blob(item["additionalPayloadStorageId"]))
    assert blob["resource"] == f"chats('{company.chat}')/messages('{said}')"
    assert open_content(certificate.key, blob["encryptedContent"])["id"] == said
    with pytest.raises(LookupError):
        tenant.hub_blob("none")


async def test_without_a_blob_store_what_is_too_large_is_lost(
    tenant: Tenant, company: Company, subscribe: Subscribe
) -> None:
    await subscribe(**_BY_HUB)
    _events(tenant)
    # The message itself stays below the limit above which content is left out; encrypted it does not.
    await tenant.post(company.chat, company.ann, "x" * 1_000_000)
    small = await tenant.post(company.chat, company.ann, "small")
    await tenant.flush()
    ((item,),) = [event["value"] for event in _events(tenant)]
    assert item["resourceData"]["id"] == small
    assert (tenant.counters.lost, tenant.counters.accepted) == (1, 1)


async def test_a_batch_that_is_too_large_for_one_event_is_split(
    tenant: Tenant, company: Company, subscribe: Subscribe
) -> None:
    await subscribe(**_BY_HUB)
    _events(tenant)
    await tenant.notifier.stop()
    said = [await tenant.post(company.chat, company.ann, "x" * 300_000) for _ in range(5)]
    tenant.notifier.start()
    await tenant.flush()
    bodies = tenant.take_hub_events()
    assert all(len(body) <= 1_048_576 for body in bodies)
    assert [item["resourceData"]["id"] for body in bodies for item in json.loads(body)["value"]] == said
    assert len(bodies) == 3


async def test_a_sink_gets_the_events_and_one_that_is_away_gets_them_later(
    tenant: Tenant, company: Company, subscribe: Subscribe, clock: SimulatedClock
) -> None:
    got: list[bytes] = []
    away = False

    async def sink(body: bytes) -> None:
        if away:
            raise ConnectionError
        got.append(body)

    tenant.event_hub = sink
    await subscribe(**_BY_HUB)
    got.clear()
    away = True
    said = await tenant.post(company.chat, company.ann, "wait for me")
    await tenant.flush()
    assert got == []
    away = False
    clock.advance(timedelta(seconds=10))
    await tenant.flush()
    assert json.loads(got[0])["value"][0]["resourceData"]["id"] == said
    assert tenant.take_hub_events() == []


async def test_events_and_blobs_outlive_the_process(
    tmp_path: Path, clock: SimulatedClock, wanted: dict[str, Any]
) -> None:
    store = tmp_path / "tenant.db"
    async with Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store) as before:
        ann = before.add_user(name="Ann Lee")
        chat = before.add_chat("Lunch", [ann])
        graph = GraphCaller(before)
        body = wanted | _BY_HUB | {"blobStoreUrl": _BLOBS}
        assert (await graph.call("POST", "/subscriptions", json=body)).status_code == 201
        await graph.close()
        _events(before)
        await before.post(chat, ann, "x" * 1_000_000)
        await before.flush()
    after = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store)
    ((item,),) = [event["value"] for event in _events(after)]
    assert after.hub_blob(item["additionalPayloadStorageId"])
    await after.stop()
