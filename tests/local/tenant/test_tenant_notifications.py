"""Change notifications: who gets them, what is in them, and how they are handed over."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from joserfc import jwt
from joserfc.jwk import KeySet

from local.clock import SimulatedClock
from local.tenant.events import members_left
from local.tenant.notifications import LifecycleEvent
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import APP_ID, Certificate, GraphCaller, Listener
from tests.local.tenant.opening import open_content

_SAMPLE = Path(__file__).parents[3] / "../shared/data/graph/encrypted-chatmessage.json"


async def test_a_post_reaches_the_webhook_encrypted_and_opens_to_what_graph_serves(
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    certificate: Certificate,
    graph: GraphCaller,
) -> None:
    subscription = await subscribe()
    said = await tenant.post(company.chat, company.ann, "<p>grün &amp; gut</p>")
    await tenant.flush()
    (item,) = listener.items
    assert item["subscriptionId"] == subscription["id"]
    assert item["changeType"] == "created"
    assert item["clientState"] == "state of the client"
    assert item["tenantId"] == tenant.id
    assert item["resource"] == f"chats('{company.chat}')/messages('{said}')"
    assert item["encryptedContent"]["encryptionCertificateId"] == "cert-1"
    assert item["encryptedContent"]["encryptionCertificateThumbprint"] == certificate.thumbprint
    opened = open_content(certificate.key, item["encryptedContent"])
    served = await graph.get(f"/{item['resourceData']['@odata.id']}")
    assert opened["body"] == {"contentType": "html", "content": "<p>grün &amp; gut</p>"}
    assert {k: v for k, v in opened.items() if "@odata" not in k} == (
        {k: v for k, v in served.items() if "@odata" not in k} | {"replies": [], "hostedContents": []}
    )


def test_the_real_sample_opens_by_the_same_steps() -> None:
    if not _SAMPLE.exists():
        pytest.skip("the real notification content is not beside this checkout")
    sample = json.loads(_SAMPLE.read_text())

    key, _, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(sample["pkcs12_base64"]), sample["pkcs12_password"].encode()
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    opened = open_content(key, sample["encryptedContent"])
    assert opened == sample["decrypted"]


async def test_content_has_the_same_properties_as_the_real_sample(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, certificate: Certificate
) -> None:
    if not _SAMPLE.exists():
        pytest.skip("the real notification content is not beside this checkout")
    real = json.loads(_SAMPLE.read_text())
    await subscribe(resource="/teams/getAllMessages")
    root = await tenant.post(company.channel, company.ann, "Hello World", plain=True)
    await tenant.post(company.channel, company.bob, "Hello World", plain=True, reply_to=root)
    await tenant.flush()
    item = listener.items[1]
    assert item["encryptedContent"].keys() == real["encryptedContent"].keys()
    opened = open_content(certificate.key, item["encryptedContent"])
    assert opened.keys() == real["decrypted"].keys()
    assert opened["body"] == real["decrypted"]["body"]
    for name in ("createdDateTime", "webUrl", "from", "channelIdentity", "etag", "id", "replyToId"):
        assert type(opened[name]) is type(real["decrypted"][name])
    assert opened["from"].keys() == real["decrypted"]["from"].keys()


async def test_every_item_has_a_fresh_key(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    for _ in range(2):
        await tenant.post(company.chat, company.ann, "same")
    await tenant.flush()
    first, second = (item["encryptedContent"] for item in listener.items)
    assert first["dataKey"] != second["dataKey"]


async def test_edits_reactions_and_restores_are_updates_and_a_deletion_is_a_deletion_without_text(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, certificate: Certificate
) -> None:
    await subscribe()
    said = await tenant.post(company.chat, company.ann, "one")
    await tenant.edit(company.chat, said, "two")
    await tenant.react(company.chat, said, company.bob)
    await tenant.delete(company.chat, said)
    await tenant.restore(company.chat, said)
    await tenant.flush()
    kinds = [item["changeType"] for item in listener.items]
    assert kinds == ["created", "updated", "updated", "deleted", "updated"]
    opened = [open_content(certificate.key, item["encryptedContent"]) for item in listener.items]
    assert [o["body"]["content"] for o in opened] == ["one", "two", "two", "", "two"]
    assert [o["deletedDateTime"] is not None for o in opened] == [False, False, False, True, False]
    assert opened[1]["lastEditedDateTime"] == opened[2]["lastEditedDateTime"]
    times = [o["lastModifiedDateTime"] for o in opened]
    assert times == sorted(set(times))


async def test_a_subscription_gets_its_own_resource_and_its_own_change_types_alone(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    only_created = await subscribe(
        resource=f"/teams/{company.team}/channels/{company.channel}/messages", changeType="created"
    )
    every_channel = await subscribe(resource="/teams/getAllMessages")
    root = await tenant.post(company.channel, company.ann, "one")
    await tenant.edit(company.channel, root, "two")
    await tenant.post(company.private, company.ann, "three")
    await tenant.post(company.chat, company.ann, "four")
    await tenant.flush()
    got = [(item["subscriptionId"], item["changeType"]) for item in listener.items]
    assert got.count((only_created["id"], "created")) == 1
    assert [change for one, change in got if one == every_channel["id"]] == ["created", "updated", "created"]
    assert len(got) == 4


async def test_an_expired_subscription_gets_nothing(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    clock.advance(timedelta(days=2))
    await tenant.post(company.chat, company.ann, "late")
    await tenant.flush()
    assert listener.items == []


async def test_a_plain_subscription_gets_ids_only_and_no_token(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe(resource="/teams/getAllMessages", includeResourceData=False)
    root = await tenant.post(company.channel, company.ann, "one")
    reply = await tenant.post(company.channel, company.bob, "two", reply_to=root)
    await tenant.flush()
    assert all("validationTokens" not in batch for batch in listener.batches)
    path = f"teams('{company.team}')/channels('{company.channel}')/messages('{root}')"
    assert [item["resource"] for item in listener.items] == [path, f"{path}/replies('{reply}')"]
    assert listener.items[1]["resourceData"] == {
        "id": reply,
        "@odata.type": "#Microsoft.Graph.chatMessage",
        "@odata.id": f"{path}/replies('{reply}')",
    }
    assert "encryptedContent" not in listener.items[0]


async def test_content_over_a_megabyte_is_left_out(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    await tenant.post(company.chat, company.ann, "x" * 1_048_576)
    await tenant.flush()
    (item,) = listener.items
    assert "encryptedContent" not in item
    assert item["resourceData"]["id"]


async def test_system_messages_bear_their_name_only_for_those_who_asked_for_new_enum_members(
    tenant: Tenant,
    company: Company,
    graph: GraphCaller,
    subscribe: Subscribe,
    wanted: dict[str, object],
    listener: Listener,
    certificate: Certificate,
) -> None:
    await subscribe()
    answer = await graph.call(
        "POST",
        "/subscriptions",
        json=wanted | {"resource": f"/chats/{company.chat}/messages"},
        headers={"Prefer": "include-unknown-enum-members"},
    )
    assert answer.status_code == 201
    await tenant.post_system(company.chat, members_left(tenant.core.shapes, [company.cy], company.cy))
    await tenant.flush()
    opened = [open_content(certificate.key, item["encryptedContent"]) for item in listener.items]
    assert [o["messageType"] for o in opened] == ["unknownFutureValue", "systemEventMessage"]
    assert all(o["from"] is None for o in opened)


async def test_a_batch_has_one_signed_token_and_as_many_items_as_allowed(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    await tenant.notifier.stop()
    for number in range(45):
        await tenant.post(company.chat, company.ann, f"{number}")
    tenant.notifier.start()
    await tenant.flush()
    assert [len(batch["value"]) for batch in listener.batches] == [20, 20, 5]
    tokens = {token for batch in listener.batches for token in batch["validationTokens"]}
    assert len(tokens) == 1
    async with outgoing_client(5) as client:
        keys = (await client.get(f"{tenant.url}/login/common/discovery/v2.0/keys")).json()
    claims = jwt.decode(tokens.pop(), KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert claims["aud"] == APP_ID
    assert claims["azp"] == "0bf30f3b-4a52-48df-9a82-234910c4a086"
    assert claims["iss"] == f"https://login.microsoftonline.com/{tenant.id}/v2.0"
    assert claims["tid"] == tenant.id
    assert claims["exp"] == int((clock.now() + timedelta(hours=1)).timestamp())


async def test_the_token_is_used_again_for_some_minutes_and_then_made_anew(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    for minutes in (0, 4, 2):
        clock.advance(timedelta(minutes=minutes))
        await tenant.post(company.chat, company.ann, "tick")
        await tenant.flush()
    first, second, third = (batch["validationTokens"][0] for batch in listener.batches)
    assert first == second
    assert third != first


async def test_lifecycle_events_reach_the_lifecycle_url_and_removal_removes(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller
) -> None:
    subscription = await subscribe()
    tenant.send_lifecycle(LifecycleEvent.REAUTHORIZATION_REQUIRED)
    tenant.send_lifecycle(LifecycleEvent.MISSED, subscription["id"])
    tenant.send_lifecycle(LifecycleEvent.SUBSCRIPTION_REMOVED)
    await tenant.flush()
    assert [item["lifecycleEvent"] for item in listener.items] == [
        "reauthorizationRequired",
        "missed",
        "subscriptionRemoved",
    ]
    assert {item["clientState"] for item in listener.items} == {"state of the client"}
    assert (await graph.get("/subscriptions"))["value"] == []
