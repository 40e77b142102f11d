"""What the Graph adapter asks for, against the simulated tenant over HTTP, well-behaved and not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.clock import SimulatedClock
from local.tenant.faults import TokenFault
from local.tenant.server import HttpServer
from local.tenant.tenant import Tenant
from shared.adapters.graph.authenticity import ValidationTokens
from shared.adapters.graph.certificates import load_or_create
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.graph import MicrosoftGraph
from shared.adapters.identity.credentials import GRAPH_SCOPE, ClientCredentials
from shared.adapters.identity.keys import SigningKeys
from shared.domain.identity import MessageId, SpaceId, TeamId, TenantId
from shared.domain.notifications import MessageRef
from shared.domain.spaces import Role, SpaceKind
from shared.errors import Gone, Misconfigured, Refused, TryLater

APP = "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class World:
    """A tenant, a webhook that remembers what it was sent, and the adapter between them."""

    def __init__(self, folder: Path) -> None:
        self.clock = SimulatedClock(START)
        self.tenant = Tenant(clock=self.clock, app_id=APP, app_secret="right")
        self.batches: list[dict[str, object]] = []
        self._folder = folder
        self._webhook = HttpServer(Starlette(routes=[Route("/api/notifications", self._receive, methods=["POST"])]))

    async def start(self) -> None:
        await self.tenant.start()
        url = f"http://127.0.0.1:{await self._webhook.start(0)}/api/notifications"
        self.graph = self.adapter(secret="right", notification_url=url)

    def adapter(self, *, secret: str, notification_url: str = "http://127.0.0.1:1/api/notifications") -> MicrosoftGraph:
        login = f"{self.tenant.url}/login"
        credentials = ClientCredentials(
            token_url=f"{login}/{self.tenant.id}/oauth2/v2.0/token",
            client_id=APP,
            client_secret=secret,
            scope=GRAPH_SCOPE,
        )
        keys = SigningKeys(f"{login}/common/discovery/v2.0/keys", metadata=False)
        return MicrosoftGraph(
            client=GraphClient(root=f"{self.tenant.url}/graph/v1.0", credentials=credentials),
            tokens=ValidationTokens(keys=keys, app_id=APP, tenant_id=self.tenant.id),
            key=load_or_create(self._folder / "certificate.pem"),
            tenant_id=TenantId(self.tenant.id),
            app_id=APP,
            notification_url=notification_url,
            posting_id_in=lambda _: None,
        )

    async def stop(self) -> None:
        await self.graph.close()
        await self.tenant.stop()
        await self._webhook.stop()

    async def _receive(self, request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            return PlainTextResponse(token)
        self.batches.append(await request.json())
        return PlainTextResponse("", status_code=202)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.start()
    yield world
    await world.stop()


async def a_channel(world: World, kind: str = "standard") -> tuple[TeamId, SpaceId, str, str]:
    ann, bob = world.tenant.add_user(name="Ann Lee"), world.tenant.add_user(name="Bob Ray")
    team = world.tenant.add_team("Operations", owners=[ann], members=[bob])
    own = {} if kind == "standard" else {"owners": [bob]}
    channel = world.tenant.add_channel(team, "Help", kind, **own)
    await world.tenant.install(team, by=ann)
    return TeamId(team), SpaceId(channel), ann, bob


async def test_a_standard_channel_has_its_teams_members(world: World) -> None:
    team, channel, ann, bob = await a_channel(world)
    details = await world.graph.space(channel, team)
    assert (details.kind, details.name, details.team_name) == (SpaceKind.STANDARD, "Help", "Operations")
    assert {m.person.object_id: m.role for m in details.members} == {ann: Role.OWNER, bob: Role.MEMBER}


@pytest.mark.parametrize("kind", ["private", "shared"])
async def test_a_private_or_shared_channel_has_its_own_members(world: World, kind: str) -> None:
    team, channel, _, bob = await a_channel(world, kind)
    details = await world.graph.space(channel, team)
    assert details.kind == kind
    assert [m.person.object_id for m in details.members] == [bob]


async def test_a_channel_that_is_gone_is_said_to_be_gone(world: World) -> None:
    team, *_ = await a_channel(world)
    with pytest.raises(Gone):
        await world.graph.space(SpaceId("19:nothing@thread.tacv2"), team)


async def test_a_subscription_brings_notifications_that_open(world: World) -> None:
    team, channel, ann, _ = await a_channel(world)
    made = await world.graph.subscribe(channel, team, client_state="state", now=START)
    assert timedelta(days=2) < made.expires_at - START <= timedelta(minutes=4320)
    question = await world.tenant.post(channel, ann, "<p>Where is the <b>manual</b>?</p>")
    await world.tenant.flush()
    batch = world.batches[-1]
    item = batch["value"][0]  # type: ignore[index]
    await world.graph.authenticate(batch["validationTokens"], received_at=START)  # type: ignore[arg-type]
    ref = MessageRef(team_id=team, space_id=channel, message_id=MessageId(question))
    message = world.graph.decrypt(ref, item["encryptedContent"])
    assert message == await world.graph.message(ref)
    assert message.text == "Where is the manual?"


async def test_a_reply_is_fetched_below_its_root(world: World) -> None:
    team, channel, ann, bob = await a_channel(world)
    root = await world.tenant.post(channel, ann, "Where?")
    reply = await world.tenant.post(channel, bob, "In the drawer.", reply_to=root)
    message = await world.graph.message(
        MessageRef(team_id=team, space_id=channel, message_id=MessageId(reply), root_id=MessageId(root))
    )
    assert message is not None
    assert (message.text, message.root_id) == ("In the drawer.", root)


async def test_a_message_that_never_was_is_none(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    assert await world.graph.message(MessageRef(team_id=team, space_id=channel, message_id=MessageId("1"))) is None


async def test_subscribing_again_replaces_what_a_crash_left(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    first = await world.graph.subscribe(channel, team, client_state="one", now=START)
    second = await world.graph.subscribe(channel, team, client_state="two", now=START)
    assert [s.id for s in world.tenant.subscriptions()] == [second.id]
    assert first.id != second.id


async def test_renewing_moves_the_end_and_a_removed_subscription_is_gone(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    made = await world.graph.subscribe(channel, team, client_state="state", now=START)
    later = START + timedelta(days=1)
    world.clock.advance_to(later)
    assert await world.graph.renew(made.id, now=later) > made.expires_at
    await world.graph.unsubscribe(made.id)
    await world.graph.unsubscribe(made.id)
    with pytest.raises(Gone):
        await world.graph.renew(made.id, now=later)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_passing_fault_is_ridden_out(world: World, status: int) -> None:
    team, channel, *_ = await a_channel(world)
    world.tenant.faults.graph.retry_after = 0
    world.tenant.faults.graph.script = [status]
    assert (await world.graph.space(channel, team)).name == "Help"


async def test_a_long_retry_after_is_left_to_the_queue(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    world.tenant.faults.graph.retry_after = 30
    world.tenant.faults.graph.script = [429]
    with pytest.raises(TryLater) as raised:
        await world.graph.space(channel, team)
    assert raised.value.after == timedelta(seconds=30)


async def test_a_fault_that_stays_ends_in_try_later(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    world.tenant.faults.graph.retry_after = 0
    world.tenant.faults.graph.script = [503] * 10
    with pytest.raises(TryLater):
        await world.graph.space(channel, team)


async def test_an_access_token_that_ended_early_is_fetched_anew(world: World) -> None:
    team, channel, *_ = await a_channel(world)
    await world.graph.space(channel, team)
    world.tenant.expire_access_tokens()
    assert (await world.graph.space(channel, team)).name == "Help"


async def test_a_wrong_secret_names_its_setting(world: World) -> None:
    adapter = world.adapter(secret="wrong")
    with pytest.raises(Misconfigured, match="CAIRN_APP_SECRET"):
        await adapter.check()
    await adapter.close()


async def test_a_next_page_elsewhere_is_not_followed_with_our_token(world: World) -> None:
    asked: list[str] = []

    async def elsewhere(request: Request) -> Response:
        asked.append(request.headers.get("Authorization", ""))
        return PlainTextResponse("{}")

    server = HttpServer(Starlette(routes=[Route("/{rest:path}", elsewhere)]))
    port = await server.start(0)
    client = world.graph._client

    async def lying(method: str, url: str, **_: object) -> httpx2.Response:
        link = f"http://127.0.0.1:{port}/steal"
        return httpx2.Response(200, json={"value": [], "@odata.nextLink": link})

    client._http.request = lying  # type: ignore[method-assign, assignment]
    with pytest.raises(Exception, match="another host"):
        [item async for item in client.pages("/subscriptions")]
    assert asked == []
    await server.stop()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (TokenFault.EXPIRED, "expired_token"),
        (TokenFault.FOREIGN_KEY, "bad_token"),
        (TokenFault.FOREIGN_TENANT, "foreign_token"),
        (TokenFault.WRONG_AUDIENCE, "foreign_token"),
        (TokenFault.WRONG_PARTY, "foreign_token"),
        (TokenFault.MISSING, "no_token"),
    ],
)
async def test_a_wrong_validation_token_is_refused(world: World, fault: TokenFault, code: str) -> None:
    team, channel, ann, _ = await a_channel(world)
    await world.graph.subscribe(channel, team, client_state="state", now=START)
    world.tenant.faults.validation_token = fault
    await world.tenant.post(channel, ann, "Hello")
    await world.tenant.flush()
    tokens = world.batches[-1].get("validationTokens") or []
    soon = START + timedelta(minutes=10)
    with pytest.raises(Refused) as raised:
        await world.graph.authenticate(tokens, received_at=soon)  # type: ignore[arg-type]
    assert raised.value.code == code


async def test_the_moment_of_receipt_decides_whether_a_token_had_expired(world: World) -> None:
    team, channel, ann, _ = await a_channel(world)
    await world.graph.subscribe(channel, team, client_state="state", now=START)
    await world.tenant.post(channel, ann, "Hello")
    await world.tenant.flush()
    tokens = world.batches[-1]["validationTokens"]
    await world.graph.authenticate(tokens, received_at=START)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="expired"):
        await world.graph.authenticate(tokens, received_at=START + timedelta(hours=3))  # type: ignore[arg-type]


async def test_of_several_tokens_each_must_be_genuine(world: World) -> None:
    team, channel, ann, _ = await a_channel(world)
    await world.graph.subscribe(channel, team, client_state="state", now=START)
    await world.tenant.post(channel, ann, "Hello")
    await world.tenant.flush()
    good = world.batches[-1]["validationTokens"]
    with pytest.raises(Refused):
        await world.graph.authenticate([*good, "a.b.c"], received_at=START)  # type: ignore[misc]
