"""A simulated tenant, a webhook that remembers what it was sent, and the Graph adapter between them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.clock import SimulatedClock
from local.tenant.server import HttpServer
from local.tenant.tenant import Tenant
from shared.adapters.graph.authenticity import ValidationTokens
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.graph import MicrosoftGraph
from shared.adapters.graph.key_files import KeyFiles
from shared.adapters.graph.key_ring import KeyRing
from shared.adapters.graph.limiter import Limiter
from shared.adapters.identity.credentials import Credentials, Secret
from shared.adapters.identity.keys import SigningKeys
from shared.domain.identity import SpaceId, TeamId, TenantId

APP = "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIFE = timedelta(days=90)


async def at_once(_: float) -> None:
    """Sleep, where sleeping takes no time."""


class World:
    """Everything that the adapter meets."""

    def __init__(self, folder: Path) -> None:
        self.clock = SimulatedClock(START)
        self.tenant = Tenant(clock=self.clock, app_id=APP, app_secret="right")
        self.batches: list[dict[str, object]] = []
        self.slept: list[float] = []
        self._folder = folder
        self._webhook = HttpServer(Starlette(routes=[Route("/api/notifications", self._receive, methods=["POST"])]))
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        await self.tenant.start()
        self.url = f"http://127.0.0.1:{await self._webhook.start(0)}/api/notifications"
        self.graph = self.adapter()

    def adapter(self, *, secret: str = "right", graph_url: str = "") -> MicrosoftGraph:
        """Another process's adapter; all of them share the folder with the keys."""
        login = f"{self.tenant.url}/login"
        credentials = Credentials(login_url=login, tenant_id=self.tenant.id, app_id=APP, proof=Secret(secret))
        keys = SigningKeys(f"{login}/common/discovery/v2.0/keys", metadata=False)
        client = GraphClient(
            root=graph_url or f"{self.tenant.url}/graph/v1.0",
            tokens=credentials.graph,
            limiter=Limiter(share=0.8, now=self.clock.now, sleep=at_once),
            now=self.clock.now,
            sleep=self._sleep,
        )
        graph = MicrosoftGraph(
            client=client,
            tokens=ValidationTokens(keys=keys, app_id=APP, tenant_id=self.tenant.id),
            ring=KeyRing(KeyFiles(self._folder / "certificate.pem"), life=LIFE, now=self.clock.now),
            tenant_id=TenantId(self.tenant.id),
            app_id=APP,
            notification_url=self.url,
            posting_id_in=lambda _: None,
        )
        self._closing += [graph.close, credentials.close]
        return graph

    async def stop(self) -> None:
        for close in self._closing:
            await close()
        await self.tenant.stop()
        await self._webhook.stop()

    async def channel(self, kind: str = "standard") -> tuple[TeamId, SpaceId, str, str]:
        """A channel that the app is installed in, with two people."""
        ann, bob = self.tenant.add_user(name="Ann Lee"), self.tenant.add_user(name="Bob Ray")
        team = self.tenant.add_team("Operations", owners=[ann], members=[bob])
        own = {} if kind == "standard" else {"owners": [bob]}
        channel = self.tenant.add_channel(team, "Help", kind, **own)
        await self.tenant.install(team, by=ann)
        return TeamId(team), SpaceId(channel), ann, bob

    async def chat(self) -> tuple[SpaceId, str, str]:
        """A chat that the app is installed in, with two people."""
        ann, bob = self.tenant.add_user(name="Ann Lee"), self.tenant.add_user(name="Bob Ray")
        chat = self.tenant.add_chat("Pumps", [ann, bob])
        await self.tenant.install(chat, by=ann)
        return SpaceId(chat), ann, bob

    def keys(self) -> list[Path]:
        """The files with keys."""
        return sorted(self._folder.glob("*.pem"))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _receive(self, request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            return PlainTextResponse(token)
        self.batches.append(await request.json())
        return PlainTextResponse("", status_code=202)


def messages_of(team: TeamId | None, space: SpaceId) -> str:
    """The resource that tells of a space's messages."""
    return f"/chats/{space}/messages" if team is None else f"/teams/{team}/channels/{space}/messages"
