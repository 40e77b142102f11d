"""Wrong input over HTTP, each with a clear answer and nothing changed."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.tenant.activities import Forgery
from local.tenant.faults import Faults, TokenFault
from shared.domain.events import EventKind
from shared.domain.notifications import client_state
from shared.domain.postings import PostingKind
from tests.e2e.conftest import Company


async def send(company: Company, body: bytes | dict[str, Any]) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx.AsyncClient() as client:
        answer = await client.post(company.webhook, content=content)
    await company.stage.settle()
    return answer


async def untouched(company: Company) -> None:
    """Nothing is kept, nothing is left in a queue, nothing is poison."""
    assert await (await company.store()).count_messages() == company.kept_at_first
    lengths = await company.stage.queues.lengths()
    assert not any(length.visible for length in lengths.values())
    assert not any(name.endswith("-poison") and length.visible for name, length in lengths.items())


def item(company: Company, **changes: Any) -> dict[str, Any]:
    subscription = company.stage.tenant.subscriptions()[0]
    return {
        "subscriptionId": subscription.id,
        "clientState": subscription.client_state,
        "changeType": "created",
        "tenantId": company.stage.tenant.id,
        "resource": f"teams('{company.team}')/channels('{company.channel}')/messages('1')",
    } | changes


async def test_the_endpoint_validation_is_echoed_as_plain_text(company: Company) -> None:
    token = "Validation: <script>alert(1)</script> & +"
    async with httpx.AsyncClient() as client:
        answer = await client.post(company.webhook, params={"validationToken": token})
    assert (answer.status_code, answer.text) == (200, token)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"x" * 6_000_001, 413, "larger than"),
        (b"{", 400, "not JSON"),
        (b'{"values": []}', 400, "no list of notifications"),
        (b'["value"]', 400, "no list of notifications"),
        (b"", 400, "not JSON"),
    ],
)
async def test_what_is_no_batch_is_answered_plainly(company: Company, body: bytes, status: int, said: str) -> None:
    answer = await send(company, body)
    assert answer.status_code == status
    assert said in answer.json()["error"]
    await untouched(company)


async def test_a_wrong_client_state_is_refused_at_the_door(company: Company) -> None:
    answer = await send(company, {"value": [item(company, clientState="wrong")]})
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 0, "refused": [{"index": 0, "reason": "its clientState is not ours"}]}
    await untouched(company)


async def test_one_bad_item_among_good_ones_stops_none_of_them(company: Company) -> None:
    message = await company.stage.tenant.post(company.channel, company.bob, "Where is the manual?")
    good = item(company, resource=f"teams('{company.team}')/channels('{company.channel}')/messages('{message}')")
    answer = await send(company, {"value": [good, 7, item(company, clientState="wrong"), good]})
    assert answer.json()["accepted"] == 2
    assert [r["index"] for r in answer.json()["refused"]] == [1, 2]
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text == "Where is the manual?"


async def test_an_unknown_subscription_with_a_genuine_client_state_is_refused_for_good(company: Company) -> None:
    secret = (company.stage.folder / "secret").read_text()
    forged = item(company, subscriptionId="unknown", clientState=client_state(secret, "0" * 32, "1" * 24))
    assert (await send(company, {"value": [forged]})).json()["accepted"] == 1
    await company.later(minutes=2)
    assert (await (await company.store()).counts())[EventKind.REFUSED] == 1
    await untouched(company)


@pytest.mark.parametrize(
    "misbehave",
    [
        lambda faults: setattr(faults, "tampered", 1.0),
        lambda faults: setattr(faults, "wrong_key", 1.0),
        lambda faults: setattr(faults, "validation_token", TokenFault.FOREIGN_KEY),
        lambda faults: setattr(faults, "validation_token", TokenFault.FOREIGN_TENANT),
        lambda faults: setattr(faults, "validation_token", TokenFault.WRONG_AUDIENCE),
        lambda faults: setattr(faults, "validation_token", TokenFault.MISSING),
    ],
)
async def test_forged_content_is_refused_and_nothing_is_kept(
    company: Company, misbehave: Callable[[Faults], None]
) -> None:
    misbehave(company.stage.tenant.faults)
    message = await company.ask("Where is the manual?")
    assert await company.kept(message) is None
    assert (await (await company.store()).counts())[EventKind.REFUSED] == 1
    await untouched(company)


async def test_a_rich_notification_without_content_is_fetched(company: Company) -> None:
    company.stage.tenant.faults.without_content = 1.0
    message = await company.ask("Where is the manual?")
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text == "Where is the manual?"


async def test_a_megabyte_of_text_and_html_with_scripts_are_taken_as_text(company: Company) -> None:
    long = await company.ask("<p>" + "many words " * 95_000 + "</p>")
    kept = await company.kept(long)
    assert kept is not None
    assert 0 < len(kept.text) <= 64_000
    hostile = await company.ask("<p>Hello<script>alert(1)</script><img src=x onerror=alert(2)> <b>there</b></p>")
    kept = await company.kept(hostile)
    assert kept is not None
    assert kept.text == "Hello there"


async def test_a_message_without_a_body_is_kept_as_such(company: Company) -> None:
    message = await company.ask("")
    kept = await company.kept(message)
    assert kept is not None
    assert kept.text == ""


@pytest.mark.parametrize("forgery", list(Forgery))
async def test_an_action_that_the_connector_did_not_vouch_for_changes_nothing(
    company: Company, forgery: Forgery
) -> None:
    question = await company.ask("How do I reset the badge printer on the second floor? It says error E-17.")
    await company.reply(question, "Hold the green button at the back for ten seconds, then reload the ribbon.")
    await company.later(minutes=15)
    store = await company.store()
    (review,) = [p for p in await store.all_postings() if p.kind is PostingKind.REVIEW]
    before = await store.count(), await store.counts()
    answer = await company.stage.tenant.press(
        company.ann, review.conversation_id, review.activity_id, "verify", {"posting": review.id}, forgery=forgery
    )
    assert answer.status in (401, 403)
    assert (await store.count(), await store.counts()) == before
