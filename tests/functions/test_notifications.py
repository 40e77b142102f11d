"""The webhook over HTTP: a handshake that costs nothing and harms nobody, and batches that are queued or refused."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from functions.notifications import LONGEST_TOKEN
from shared.adapters.queues.sqlite import SqliteQueues
from shared.domain.notifications import Transport
from tests.functions.batches import CONTENT, batch, item
from tests.functions.conftest import START, Open

TOKENS = [
    "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a&b=c;d+e %41",
    "{{7*7}} ${7*7} %s %n",
    "../../etc/passwd",
    "Ünïcödé 日本",
    "x" * LONGEST_TOKEN,
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:12])
async def test_a_handshake_is_answered_with_its_token_as_plain_text(open_doors: Open, token: str) -> None:
    async with open_doors() as doors:
        answer = await doors.web.post(doors.webhook, params={"validationToken": token})
        assert (answer.status_code, answer.text) == (200, token)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "token",
    [
        "x" * (LONGEST_TOKEN + 1),
        "x" * 60_000,
        "a\r\nSet-Cookie: stolen=1",
        "a\nLocation: https://evil.test",
        "a\x00b",
        "\u202egnp.exe",
        "a\u200bb",
        "\x1b[31m",
    ],
    ids=range(8),
)
async def test_a_token_that_graph_would_not_send_is_refused_and_not_repeated(open_doors: Open, token: str) -> None:
    async with open_doors() as doors:
        answer = await doors.web.post(f"{doors.webhook}?validationToken={quote(token)}")
        assert answer.status_code == 400
        assert token not in answer.text
        assert set(answer.headers) <= {"content-type", "content-length", "date"}
        assert answer.headers["content-type"].startswith("application/json")


async def test_bytes_that_are_no_text_are_no_token(open_doors: Open) -> None:
    async with open_doors() as doors:
        for encoded in ("%ED%A0%80", "%FF%FE", "%C0%AF", "%"):
            answer = await doors.web.post(f"{doors.webhook}?validationToken={encoded}")
            assert answer.status_code in (200, 400)
            assert answer.headers["content-type"].startswith(("text/plain", "application/json"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_no_method_but_post_is_known(open_doors: Open, method: str) -> None:
    async with open_doors() as doors:
        answer = await doors.web.request(method, doors.webhook, params={"validationToken": "token"})
        assert (answer.status_code, answer.content) == (404, b"")


async def test_a_handshake_takes_nothing_from_the_body(open_doors: Open) -> None:
    async with open_doors() as doors:
        answer = await doors.web.post(doors.webhook, params={"validationToken": "token"}, content=batch(item()))
        assert answer.text == "token"
        assert doors.queued() == []


async def test_a_flood_of_handshakes_leaves_nothing_behind(open_doors: Open, caplog: pytest.LogCaptureFixture) -> None:
    """Genuine batches pass between them; nothing is queued, looked up or logged for a handshake."""
    async with open_doors() as doors:
        await doors.web.post(doors.webhook, params={"validationToken": "warm"})
        caplog.clear()
        for _ in range(10):
            flood = [doors.web.post(doors.webhook, params={"validationToken": "y" * 4000}) for _ in range(30)]
            answers = await asyncio.gather(*flood, doors.web.post(doors.webhook, content=batch(item())))
            assert {answer.status_code for answer in answers[:-1]} == {200}
            assert answers[-1].status_code == 202
        assert len(doors.queued()) == 10
        assert not [record for record in caplog.records if record.name.startswith("cairn")]


async def test_a_batch_is_queued_with_the_moment_of_receipt_and_its_tokens(open_doors: Open) -> None:
    async with open_doors() as doors:
        answer = await doors.web.post(
            doors.webhook, content=batch(item(1), 7, item(2, encryptedContent=CONTENT), validationTokens=["t"])
        )
        assert answer.status_code == 202
        assert answer.json() == {"accepted": 2, "refused": [{"index": 1, "reason": "it is not an object"}]}
        assert [dict(one.item) for one in doors.queued()] == [item(1), item(2, encryptedContent=CONTENT)]
        assert {(one.received_at, one.validation_tokens, one.transport) for one in doors.queued()} == {
            (START, ("t",), Transport.WEBHOOK)
        }


@pytest.mark.parametrize("transport", ["webhook", "event_hubs"])
async def test_nothing_that_is_posted_passes_for_what_came_through_a_hub(open_doors: Open, transport: str) -> None:
    """Also where Event Hubs is the transport: content at the webhook needs tokens, so it stays the webhook's."""
    claims: dict[str, Any] = {"transport": "event_hubs", "stripped": True}
    async with open_doors(transport) as doors:
        forged = batch(item(encryptedContent=CONTENT, **claims), **claims)
        assert (await doors.web.post(doors.webhook, content=forged)).status_code == 202
        (queued,) = doors.queued()
        assert (queued.transport, queued.validation_tokens, queued.stripped) == (Transport.WEBHOOK, (), False)


async def test_lifecycle_events_may_be_posted_whatever_the_transport(open_doors: Open) -> None:
    async with open_doors("event_hubs") as doors:
        answer = await doors.web.post(doors.webhook, content=batch(item(resource=None, lifecycleEvent="missed")))
        assert answer.json()["accepted"] == 1


async def test_a_batch_that_is_too_large_is_answered_413(open_doors: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_MAX_NOTIFICATION_BYTES", "2000")
    async with open_doors() as doors:
        assert (await doors.web.post(doors.webhook, content=batch(*[item()] * 20))).status_code == 413
        assert (await doors.web.post(doors.webhook, content=batch(*[0] * 1001))).status_code == 413
        assert doors.queued() == []


async def test_a_thousand_items_are_queued(open_doors: Open) -> None:
    async with open_doors() as doors:
        body = batch(*(item(number, encryptedContent=CONTENT | {"data": "x" * 2500}) for number in range(1000)))
        assert (await doors.web.post(doors.webhook, content=body)).json()["accepted"] == 1000
        assert len(doors.queued()) == 1000


async def test_when_the_queue_fails_graph_is_told_to_come_again(
    open_doors: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_doors() as doors:
        with monkeypatch.context() as broken:
            broken.setattr(SqliteQueues, "send_many", _disk_full)
            assert (await doors.web.post(doors.webhook, content=batch(item()))).status_code == 500
        assert doors.queued() == []
        assert (await doors.web.post(doors.webhook, content=batch(item()))).status_code == 202
        assert len(doors.queued()) == 1


async def _disk_full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_without_a_secret_nothing_is_taken_but_a_handshake(
    open_doors: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_CLIENT_STATE_SECRET", "")
    async with open_doors() as doors:
        answer = await doors.web.post(doors.webhook, content=batch(item()))
        assert (answer.status_code, doors.queued()) == (503, [])
        assert (await doors.web.post(doors.webhook, params={"validationToken": "t"})).status_code == 200


async def test_what_was_refused_is_counted_in_the_log_and_not_quoted(
    open_doors: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_doors() as doors:
        await doors.web.post(doors.webhook, content=batch(item(clientState="private words"), item()))
        assert "items_refused accepted=1 refused=1" in caplog.text
        assert "private words" not in caplog.text


async def test_a_slow_body_holds_up_nobody_else(open_doors: Open) -> None:
    async with open_doors() as doors:
        released = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield batch(item())[:10]
            await released.wait()
            yield batch(item())[10:]

        async with httpx.AsyncClient() as another:
            slow = asyncio.create_task(another.post(doors.webhook, content=slowly()))
            assert (await doors.web.post(doors.webhook, content=batch(item()))).status_code == 202
            assert not slow.done()
            released.set()
            assert (await slow).status_code == 202
