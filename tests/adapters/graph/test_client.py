"""One call and what may become of it, against a Graph that answers by script."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.tenant.server import HttpServer
from shared.adapters.graph.calls import Calls
from shared.adapters.graph.client import GraphClient, LimitReached
from shared.adapters.graph.history import History
from shared.adapters.graph.key_files import KeyFiles
from shared.adapters.graph.key_ring import KeyRing
from shared.adapters.graph.limiter import Limiter
from shared.adapters.graph.normalise import message_of
from shared.adapters.graph.watching import Watching
from shared.domain.identity import SpaceId, TeamId
from shared.errors import AlreadySubscribed, CairnError, Gone, Misconfigured, QuotaReached, TryLater
from shared.ports import Pace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "a-secret-token"
TEAM, CHANNEL = TeamId("11111111-2222-3333-4444-555555555555"), SpaceId("19:a/b c@thread.tacv2")


class Scripted:
    """A Graph whose answers are written beforehand, and a client for it."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.asked: list[Request] = []
        self.bodies: list[bytes] = []
        self.ports: set[int] = set()
        self.slept: list[float] = []
        self.refused: list[str] = []
        self.claims: list[str | None] = []
        self._server = HttpServer(Starlette(routes=[Route("/{rest:path}", self._answer, methods=["GET", "POST"])]))

    async def start(self) -> None:
        self.root = f"http://127.0.0.1:{await self._server.start(0)}/v1.0"
        self.client = self.client_at(self.root)
        self.calls = Calls(lambda: self.client.pipeline)

    def client_at(self, root: str) -> GraphClient:
        return GraphClient(
            root=root,
            tokens=self._token,
            limiter=Limiter(share=1, now=lambda: NOW, sleep=self._at_once),
            now=lambda: NOW,
            sleep=self._sleep,
        )

    async def stop(self) -> None:
        await self.client.close()
        await self._server.stop()

    async def get(self, *answers: Response, pace: Pace = Pace.PEOPLE) -> Any:
        self.answers = list(answers)
        return await self.client.send(self.calls.team(TEAM), pace=pace)

    async def _token(self, *, refused: str = "", claims: str | None = None) -> str:
        self.claims.append(claims)
        if refused:
            self.refused.append(refused)
        return f"{TOKEN}-{len(self.refused)}"

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _at_once(self, _: float) -> None:
        return

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        self.bodies.append(await request.body())
        assert request.client is not None
        self.ports.add(request.client.port)
        return self.answers.pop(0)


@pytest.fixture
async def graph() -> AsyncIterator[Scripted]:
    graph = Scripted()
    await graph.start()
    yield graph
    await graph.stop()


def fine(**value: object) -> Response:
    return JSONResponse(value)


def fault(status: int, code: str = "Code", message: str = "Said.", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=named)


async def test_every_call_carries_our_token_and_asks_for_new_enum_members(graph: Scripted) -> None:
    assert await graph.get(fine(displayName="Ops")) == {"displayName": "Ops"}
    headers = graph.asked[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}-0"
    assert headers["prefer"] == "include-unknown-enum-members"


async def test_ids_are_encoded_in_paths_and_parameters_are_named_as_graph_names_them(graph: Scripted) -> None:
    graph.answers = [fine(value=[])]
    await graph.client.send(graph.calls.channel_changes(CHANNEL, TEAM, NOW), pace=Pace.BACKGROUND)
    asked = graph.asked[0].scope
    assert asked["raw_path"].decode() == (f"/v1.0/teams/{TEAM}/channels/19%3Aa%2Fb%20c%40thread.tacv2/messages/delta()")
    assert sorted(asked["query_string"].decode().split("&")) == [
        "$expand=replies",
        "$filter=lastModifiedDateTime%20gt%202026-03-02T09%3A00%3A00.000Z",
        "$top=20",
    ]


async def test_one_connection_serves_one_call_after_the_other(graph: Scripted) -> None:
    for _ in range(4):
        await graph.get(fine())
    assert len(graph.ports) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_passes_by_itself_is_tried_again_by_us_alone(graph: Scripted, status: int) -> None:
    assert await graph.get(fault(status), fault(status), fine(id="1")) == {"id": "1"}
    assert len(graph.asked) == 3
    assert len(graph.slept) == 2


@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        ("3", 3.0),
        (format_datetime(NOW + timedelta(seconds=4), usegmt=True), 4.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
    ],
)
async def test_retry_after_is_honoured_in_seconds_and_as_a_date(graph: Scripted, asked: str, slept: float) -> None:
    await graph.get(fault(503, Retry_After=asked), fine())
    assert graph.slept == [slept]


@pytest.mark.parametrize("asked", ["soon", "-5", "1e3", "", "Mon, 99 Foo 2001"])
async def test_a_retry_after_that_says_nothing_is_left_aside(graph: Scripted, asked: str) -> None:
    assert await graph.get(fault(503, Retry_After=asked), fine(id="1")) == {"id": "1"}


@pytest.mark.parametrize("asked", ["9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_retry_after_without_measure_is_a_day(graph: Scripted, asked: str) -> None:
    with pytest.raises(TryLater) as raised:
        await graph.get(fault(503, Retry_After=asked))
    assert raised.value.after == timedelta(days=1)


async def test_a_429_holds_back_the_next_call_on_the_same_team_as_well(graph: Scripted) -> None:
    with pytest.raises(TryLater) as raised:
        await graph.get(fault(429, Retry_After="60"))
    assert raised.value.after == timedelta(seconds=60)
    with pytest.raises(TryLater) as raised:
        await graph.get()
    assert timedelta(seconds=55) < raised.value.after <= timedelta(seconds=60)
    assert len(graph.asked) == 1


async def test_a_graph_that_is_not_there_is_tried_for_a_while_and_left_for_later(graph: Scripted) -> None:
    gone = graph.client_at("http://127.0.0.1:9/v1.0")
    calls = Calls(lambda: gone.pipeline)
    with pytest.raises(TryLater):
        await gone.send(calls.team(TEAM), pace=Pace.PEOPLE)
    assert graph.slept
    assert sum(graph.slept) <= 6
    await gone.close()


async def test_a_refused_token_is_replaced_once_and_then_the_permission_is_wrong(graph: Scripted) -> None:
    assert await graph.get(fault(401), fine(id="1")) == {"id": "1"}
    assert graph.refused == [f"{TOKEN}-0"]
    assert graph.asked[1].headers["authorization"] == f"Bearer {TOKEN}-1"
    with pytest.raises(Misconfigured):
        await graph.get(fault(401), fault(401))
    assert graph.answers == []


async def test_what_graph_says_a_token_lacks_is_asked_for(graph: Scripted) -> None:
    challenge = 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="'
    assert await graph.get(fault(401, WWW_Authenticate=challenge), fine(id="1")) == {"id": "1"}
    assert graph.claims == [None, '{"a":1}']


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fault(404), Gone),
        (fault(410), Gone),
        (fault(400, "SyncStateNotFound"), Gone),
        (fault(403), Misconfigured),
        (fault(400), CairnError),
        (fault(418), CairnError),
        (PlainTextResponse("<html>", status_code=400), CairnError),
        (Response(status_code=302, headers={"Location": "http://127.0.0.1:9/"}), CairnError),
    ],
)
async def test_other_answers_are_errors_in_our_words(
    graph: Scripted, answer: Response, error: type[CairnError]
) -> None:
    with pytest.raises(error) as raised:
        await graph.get(answer)
    assert not isinstance(raised.value, TryLater)
    assert len(graph.asked) == 1
    assert TEAM not in str(raised.value)


@pytest.mark.parametrize("body", [b'{"id": "1"', b"[]", b"null", b"<html>", b"\xff\xfe", b"[" * 100_000])
async def test_an_answer_cut_off_or_of_another_making_is_asked_for_again(graph: Scripted, body: bytes) -> None:
    """Else a page of changes that broke on the way would look like the last one."""
    assert await graph.get(Response(body, media_type="application/json"), fine(id="1")) == {"id": "1"}


async def test_no_error_and_nothing_that_led_to_it_shows_a_token_or_what_graph_said(graph: Scripted) -> None:
    silent = graph.client_at("http://127.0.0.1:9/v1.0")
    said = fault(400, "Bad<script>" + "x" * 100, f"The word of {TEAM}")
    for client, answers in ((graph.client, [said]), (graph.client, [fault(401), fault(401)]), (silent, [])):
        graph.answers = list(answers)
        with pytest.raises(CairnError) as raised:
            await client.send(Calls(lambda c=client: c.pipeline).team(TEAM), pace=Pace.PEOPLE)  # type: ignore[misc]
        shown = "".join(traceback.format_exception(raised.value))
        assert TOKEN not in shown
        assert TEAM not in shown.replace(__file__, "")
        assert "<script>" not in shown
        assert raised.value.__context__ is None or "httpx" not in repr(raised.value.__context__)
    await silent.close()


async def test_a_call_leaves_no_address_in_the_log(graph: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await graph.get(fault(503), fine())
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    assert not any(TEAM in message for message in ours)


async def test_a_next_page_elsewhere_is_not_fetched(graph: Scripted) -> None:
    link = {"@odata.nextLink": f"{graph.root}.evil.example/steal"}
    graph.answers = [fine(value=[{"id": "1"}], **link)]
    with pytest.raises(CairnError, match="another host"):
        [item async for item in graph.client.pages(graph.calls.team_members(TEAM), pace=Pace.PEOPLE)]
    assert len(graph.asked) == 1


async def test_replies_beyond_those_that_a_page_brings_are_fetched(graph: Scripted) -> None:
    more = f"{graph.root}/teams/{TEAM}/channels/c/messages/1/replies?$skiptoken=x"
    last = f"{more}y"
    root = a_message("1") | {"replies": [a_message("2", "1")], "replies@odata.nextLink": more}
    delta = {"@odata.deltaLink": f"{graph.root}/delta"}
    graph.answers = [
        fine(value=[root, {"broken": True}, a_message("9")], **delta),
        fine(value=[a_message("3", "1")], **{"@odata.nextLink": last}),
        fine(value=[a_message("4", "1")]),
    ]
    page = await a_history(graph).channel_changes(CHANNEL, TEAM, NOW, "")
    assert [message.id for message in page.messages] == ["1", "2", "3", "4", "9"]
    assert page.delta_link == f"{graph.root}/delta"


async def test_a_call_that_is_cancelled_while_it_waits_takes_nobodys_place(graph: Scripted) -> None:
    graph.answers = [fine() for _ in range(8)]
    calls = [asyncio.create_task(graph.client.send(graph.calls.team(TEAM), pace=Pace.PEOPLE)) for _ in range(8)]
    await asyncio.sleep(0)
    calls[4].cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(answer == {} for answer in done) == 7


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fault(409), AlreadySubscribed),
        (
            fault(403, message="App 'a' has reached its limit of '1' '/CHATS' subscription on tenant 'b'"),
            AlreadySubscribed,
        ),
        (fault(403, message="App has reached its limit of '10000' subscriptions on the tenant"), QuotaReached),
        (fault(403, message="The subscription quota of the organization is used up"), QuotaReached),
        (fault(403, message="Missing role permissions"), Misconfigured),
        (fault(404), Gone),
    ],
)
async def test_why_there_can_be_no_subscription_is_told_apart(
    graph: Scripted, answer: Response, error: type[CairnError]
) -> None:
    graph.answers = [answer]
    with pytest.raises(error) as raised:
        await a_watching(graph).subscribe("/chats/1/messages", rich=False, client_state="s", now=NOW)
    assert not isinstance(raised.value, LimitReached)


async def test_a_subscription_asks_for_what_graph_requires(graph: Scripted) -> None:
    graph.answers = [fine(id="7", expirationDateTime="2026-03-05T08:59:00.1234567Z")]
    made = await a_watching(graph).subscribe("/chats/1/members", rich=False, client_state="state", now=NOW)
    assert (made.id, made.certificate_id) == ("7", "")
    assert json.loads(graph.bodies[0]) == {
        "changeType": "created,updated,deleted",
        "notificationUrl": "EventHub:https://vault.example/secrets/hub",
        "lifecycleNotificationUrl": "EventHub:https://vault.example/secrets/hub",
        "resource": "/chats/1/members",
        "expirationDateTime": "2026-03-05T08:59:00+00:00",
        "clientState": "state",
    }


def a_message(message_id: str, root: str | None = None) -> dict[str, Any]:
    moment = "2026-03-02T09:00:00Z"
    return {"id": message_id, "replyToId": root, "createdDateTime": moment, "body": {"content": "Hello"}}


def a_history(graph: Scripted) -> History:
    def normalise(raw: Any, space_id: SpaceId) -> Any:
        return message_of(raw, space_id=space_id, tenant_id="t", app_id="a", posting_id_in=lambda _: None)

    return History(graph.client, graph.calls, normalise)


def a_watching(graph: Scripted) -> Watching:
    ring = KeyRing(KeyFiles(Path("nowhere")), life=timedelta(days=90), now=lambda: NOW)
    url = "EventHub:https://vault.example/secrets/hub"
    return Watching(graph.client, graph.calls, ring, notification_url=url)
