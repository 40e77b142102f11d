"""Builds the adapters that the settings ask for; the only file that knows them all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared import clock
from shared.config import Settings, read_settings
from shared.domain.identity import TenantId
from shared.ports import Embedder, Graph, Queue, Store, Teams
from shared.usecases.context import Context

if TYPE_CHECKING:
    from shared.adapters.identity.credentials import ClientCredentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What this process runs on."""

    settings: Settings
    store: Store
    queue: Queue
    graph: Graph
    teams: Teams
    embedder: Embedder
    now: Callable[[], datetime]
    closing: tuple[Callable[[], Awaitable[None]], ...] = ()

    def context(self) -> Context:
        """What a piece of work that begins now is given."""
        return Context(
            store=self.store,
            queue=self.queue,
            graph=self.graph,
            teams=self.teams,
            now=self.now(),
            tenant_id=TenantId(self.settings.tenant_id),
            client_state_secret=self.settings.client_state_secret.get_secret_value(),
            rhythm=self.settings.rhythm,
            keep=self.settings.keep,
            paused=self.settings.paused,
            embedder=self.embedder,
        )


@dataclass(slots=True)
class _Process:
    """What is built once a process, on first use, by whichever step comes first."""

    queue: Queue | None = None
    services: Services | None = None
    building: asyncio.Lock | None = None


_process = _Process()


def on_one_machine(*, queue: Queue, now: Callable[[], datetime] | None = None) -> None:
    """Run on a queue that the local host listens to, and on a clock moved by hand; called before the first step."""
    clock.use(now)
    _process.queue = queue
    _process.services = None


async def services() -> Services:
    """The process's adapters, built on first use. Raises `Misconfigured` naming the settings to mend."""
    if _process.services is None:
        _process.building = _process.building or asyncio.Lock()
        async with _process.building:
            if _process.services is None:
                _process.services = await _build(read_settings())
    return _process.services


async def context() -> Context:
    """What a piece of work that begins now is given."""
    return (await services()).context()


async def close() -> None:
    """Let go of everything, queue and clock included; the next step builds it anew."""
    built, _process.services, _process.building, _process.queue = _process.services, None, None, None
    clock.use(None)
    if built is not None:
        for let_go in (built.store.close, built.graph.close, built.teams.close, *built.closing):
            await let_go()


async def _build(settings: Settings) -> Services:
    from shared.adapters.identity.credentials import CONNECTOR_SCOPE
    from shared.adapters.queues.sqlite import SqliteQueues
    from shared.adapters.sqlite.store import SqliteStore

    now, bot = clock.now, _credentials(settings, CONNECTOR_SCOPE)
    settings.store_path.parent.mkdir(parents=True, exist_ok=True)
    settings.queue_path.parent.mkdir(parents=True, exist_ok=True)
    return Services(
        settings=settings,
        store=SqliteStore(settings.store_path, tenant_id=TenantId(settings.tenant_id)),
        queue=_process.queue or SqliteQueues(settings.queue_path, now=now),
        graph=_graph(settings),
        teams=_teams(settings, bot),
        embedder=_embedder(settings),
        now=now,
        closing=(bot.close,),
    )


def _embedder(settings: Settings) -> Embedder:
    if settings.embedding == "none":
        from shared.adapters.embedding.absent import NoEmbedder

        return NoEmbedder()
    if settings.embedding == "multilingual":
        from shared.adapters.embedding.multilingual import multilingual

        return multilingual()
    from shared.adapters.embedding.minilm import minilm

    return minilm()


def _graph(settings: Settings) -> Graph:
    from shared.adapters.graph.authenticity import ValidationTokens
    from shared.adapters.graph.certificates import load_or_create
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.graph.graph import MicrosoftGraph
    from shared.adapters.identity.credentials import GRAPH_SCOPE
    from shared.adapters.identity.keys import SigningKeys
    from shared.adapters.teams.cards import posting_id_in

    credentials = _credentials(settings, GRAPH_SCOPE)
    keys = SigningKeys(f"{settings.login_url}/common/discovery/v2.0/keys", metadata=False)
    return MicrosoftGraph(
        client=GraphClient(root=settings.graph_url, credentials=credentials),
        tokens=ValidationTokens(keys=keys, app_id=settings.app_id, tenant_id=settings.tenant_id),
        key=load_or_create(settings.certificate_path),
        tenant_id=TenantId(settings.tenant_id),
        app_id=settings.app_id,
        notification_url=f"{settings.public_url}/api/notifications",
        posting_id_in=posting_id_in,
    )


def _credentials(settings: Settings, scope: str) -> "ClientCredentials":
    from shared.adapters.identity.credentials import ClientCredentials

    return ClientCredentials(
        token_url=f"{settings.login_url}/{settings.tenant_id}/oauth2/v2.0/token",
        client_id=settings.app_id,
        client_secret=settings.app_secret.get_secret_value(),
        scope=scope,
    )


def _teams(settings: Settings, credentials: "ClientCredentials") -> Teams:
    from shared.adapters.identity.keys import SigningKeys
    from shared.adapters.teams.connector import ConnectorTeams

    return ConnectorTeams(
        app_id=settings.app_id,
        tenant_id=settings.tenant_id,
        token=credentials.token,
        keys=SigningKeys(settings.bot_metadata_url, metadata=True),
        allowed_service_urls=(settings.connector_url,) if settings.connector_url else (),
        now=clock.now,
        sleep=clock.sleep,
    )
