"""Subscriptions: what Graph checks before it makes one, and what may be done with it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.responses import PlainTextResponse, Response

from local.clock import SimulatedClock
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import Certificate, GraphCaller, Listener


async def test_a_subscription_comes_back_as_asked_for(
    subscribe: Subscribe, wanted: dict[str, Any], graph: GraphCaller
) -> None:
    made = await subscribe()
    for name in ("changeType", "resource", "clientState", "encryptionCertificateId", "includeResourceData"):
        assert made[name] == wanted[name]
    again = await graph.get(f"/subscriptions/{made['id']}")
    assert again == made
    assert [one["id"] for one in (await graph.get("/subscriptions"))["value"]] == [made["id"]]


async def test_a_wrong_request_is_refused_with_its_reason(
    graph: GraphCaller, wanted: dict[str, Any], listener: Listener
) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"changeType": None}, "changeType"),
        ({"changeType": "created,renamed"}, "changeType"),
        ({"notificationUrl": None}, "notificationUrl"),
        ({"notificationUrl": "ftp://127.0.0.1/x"}, "URL"),
        ({"notificationUrl": "http://example.org/x"}, "https"),
        ({"resource": None}, "resource"),
        ({"resource": "/me/events"}, "not supported"),
        ({"expirationDateTime": None}, "expirationDateTime"),
        ({"expirationDateTime": "soon"}, "expirationDateTime"),
        ({"lifecycleNotificationUrl": None}, "greater than 1 hour"),
        ({"clientState": "x" * 129}, "128"),
        ({"encryptionCertificate": None}, "encryptionCertificate"),
        ({"encryptionCertificate": "bm9uZQ=="}, "X.509"),
        ({"encryptionCertificate": "%%%"}, "X.509"),
        ({"encryptionCertificateId": None}, "encryptionCertificateId"),
    ]
    for changes, says in wrong:
        answer = await graph.call("POST", "/subscriptions", json=wanted | changes)
        assert answer.status_code == 400, changes
        assert says in answer.json()["error"]["message"]
    assert listener.handshakes == []
    assert (await graph.get("/subscriptions"))["value"] == []


async def test_a_body_that_is_no_json_is_refused(graph: GraphCaller) -> None:
    answer = await graph.call("POST", "/subscriptions", content=b"{")
    assert answer.status_code == 400


async def test_it_lasts_three_days_at_most_and_an_hour_without_lifecycle_url(
    graph: GraphCaller, wanted: dict[str, Any], clock: SimulatedClock
) -> None:
    def until(minutes: int) -> dict[str, str]:
        return {"expirationDateTime": (clock.now() + timedelta(minutes=minutes)).isoformat()}

    assert (await graph.call("POST", "/subscriptions", json=wanted | until(4321))).status_code == 400
    assert (await graph.call("POST", "/subscriptions", json=wanted | until(-1))).status_code == 400
    short = wanted | {"lifecycleNotificationUrl": None}
    assert (await graph.call("POST", "/subscriptions", json=short | until(61))).status_code == 400
    made = await graph.call("POST", "/subscriptions", json=short | until(60))
    assert made.status_code == 201
    one = f"/subscriptions/{made.json()['id']}"
    assert (await graph.call("PATCH", one, json=until(61))).status_code == 400
    clock.advance(timedelta(minutes=30))
    renewed = await graph.call("PATCH", one, json=until(60))
    assert renewed.status_code == 200
    clock.advance(timedelta(minutes=59))
    await graph.sign_in()
    assert (await graph.call("GET", one)).status_code == 200
    clock.advance(timedelta(minutes=1))
    assert (await graph.call("GET", one)).status_code == 404


async def test_both_urls_are_asked_to_echo_a_token(
    subscribe: Subscribe, listener: Listener, wanted: dict[str, Any]
) -> None:
    seen: list[str] = []

    def echo(token: str) -> Response:
        seen.append(token)
        return PlainTextResponse(token)

    listener.handshake = echo
    await subscribe()
    assert len(seen) == 2
    assert seen[0].startswith("Validation: Testing client application reachability")


async def test_an_endpoint_that_does_not_echo_gets_no_subscription(
    graph: GraphCaller, wanted: dict[str, Any], listener: Listener
) -> None:
    wrong: dict[str, Callable[[str], Response]] = {
        "other text": lambda _: PlainTextResponse("something else"),
        "other status": lambda token: PlainTextResponse(token, status_code=202),
        "other type": lambda token: Response(token, media_type="text/html"),
        "not decoded": lambda token: PlainTextResponse(token.replace(" ", "+")),
    }
    for name, handshake in wrong.items():
        listener.handshake = handshake
        answer = await graph.call("POST", "/subscriptions", json=wanted)
        assert answer.status_code == 400, name
        assert answer.json()["error"]["code"] == "ValidationError"
    assert (await graph.get("/subscriptions"))["value"] == []


async def test_an_endpoint_that_is_not_there_gets_no_subscription(
    graph: GraphCaller, wanted: dict[str, Any], listener: Listener
) -> None:
    await listener.stop()
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 400


async def test_one_resource_takes_one_subscription_until_it_ends(
    graph: GraphCaller, wanted: dict[str, Any], subscribe: Subscribe, clock: SimulatedClock
) -> None:
    made = await subscribe()
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 409
    same = wanted | {"resource": "chats/getAllMessages"}
    assert (await graph.call("POST", "/subscriptions", json=same)).status_code == 409
    assert (await graph.call("DELETE", f"/subscriptions/{made['id']}")).status_code == 204
    await subscribe()


async def test_two_requests_at_once_make_one_subscription(graph: GraphCaller, wanted: dict[str, Any]) -> None:
    await graph.sign_in()
    answers = await asyncio.gather(*(graph.call("POST", "/subscriptions", json=wanted) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_a_channel_or_chat_that_does_not_exist_is_not_found(
    graph: GraphCaller, wanted: dict[str, Any], company: Company
) -> None:
    for resource in (
        "/chats/19:none@thread.v2/messages",
        f"/teams/{company.team}/channels/{company.chat}/messages",
        f"/teams/nobody/channels/{company.channel}/messages",
        f"/chats/{company.channel}/messages",
    ):
        answer = await graph.call("POST", "/subscriptions", json=wanted | {"resource": resource})
        assert answer.status_code == 404, resource


async def test_without_permission_only_where_the_app_is_installed(
    tenant: Tenant, graph: GraphCaller, wanted: dict[str, Any], company: Company
) -> None:
    tenant.consent_to()
    here = wanted | {"resource": f"/teams/{company.team}/channels/{company.channel}/messages"}
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 403
    assert (await graph.call("POST", "/subscriptions", json=here)).status_code == 403
    await tenant.install(company.team, by=company.ann)
    assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 403
    assert (await graph.call("POST", "/subscriptions", json=here)).status_code == 201


async def test_reauthorize_and_unknown_subscriptions(graph: GraphCaller, subscribe: Subscribe) -> None:
    made = await subscribe()
    assert (await graph.call("POST", f"/subscriptions/{made['id']}/reauthorize")).status_code == 204
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/reauthorize")):
        answer = await graph.call(method, f"/subscriptions/{made['applicationId']}{path}", json={})
        assert answer.status_code == 404


async def test_the_list_of_subscriptions_is_paged(
    tenant: Tenant, graph: GraphCaller, wanted: dict[str, Any], company: Company, certificate: Certificate
) -> None:
    plain = wanted | {"includeResourceData": False}
    for number in range(101):
        chat = tenant.add_chat(f"Chat {number}", [company.ann, company.bob])
        resource = {"resource": f"/chats/{chat}/messages"}
        assert (await graph.call("POST", "/subscriptions", json=plain | resource)).status_code == 201
    first = await graph.get("/subscriptions")
    assert len(first["value"]) == 100
    assert len({one["id"] for one in await graph.everything("/subscriptions")}) == 101
