"""Builds the adapters that the settings ask for; the only file that knows them all."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import clock
from shared.config import Settings, read_settings
from shared.domain.identity import TenantId
from shared.ports import Embedder, Graph, Queue, Store, Teams
from shared.usecases.context import Context

if TYPE_CHECKING:
    from shared.adapters.graph.key_ring import KeyRing
    from shared.adapters.identity.credentials import Credentials


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
            plan=self.settings.plan,
            erased_stay_nameless=self.settings.erased_approaches == "nameless",
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
    now, credentials = clock.now, _credentials(settings)
    queue, closing = _queue(settings, credentials)
    return Services(
        settings=settings,
        store=_store(settings, credentials),
        queue=queue,
        graph=_graph(settings, credentials),
        teams=_teams(settings, credentials),
        embedder=_embedder(settings),
        now=now,
        closing=(*closing, credentials.close),
    )


def _store(settings: Settings, credentials: "Credentials") -> Store:
    if settings.store == "cosmos" and settings.cosmos_url is not None:
        from shared.adapters.cosmos.store import CosmosStore

        return CosmosStore(
            settings.cosmos_url,
            settings.cosmos_key.get_secret_value() or credentials.azure(),
            database=settings.cosmos_database,
            tenant_id=TenantId(settings.tenant_id),
            ranks_inside=settings.cosmos_ranks,
            search_bytes=settings.search_megabytes * 2**20,
            sleep=clock.sleep,
            # A stand-in on this machine knows no other regions.
            enable_endpoint_discovery=settings.cosmos_url.startswith("https://"),
        )
    from shared.adapters.sqlite.store import SqliteStore

    settings.store_path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteStore(
        settings.store_path,
        tenant_id=TenantId(settings.tenant_id),
        search_bytes=settings.search_megabytes * 2**20,
    )


def _queue(settings: Settings, credentials: "Credentials") -> tuple[Queue, tuple[Callable[[], Awaitable[None]], ...]]:
    """The queues, and how to let go of them; those that somebody else opened are theirs to close."""
    if _process.queue is not None:
        return _process.queue, ()
    if settings.queues == "storage":
        from shared.adapters.queues.storage import StorageQueues
        from shared.adapters.queues.storage_address import storage_address
        from shared.adapters.queues.storage_service import StorageService

        service = StorageService(storage_address(os.environ, credentials.azure), sleep=clock.sleep)
        stored = StorageQueues(service)
        return stored, (stored.close,)
    from shared.adapters.queues.sqlite import SqliteQueues

    return SqliteQueues(settings.queue_path, now=clock.now), ()


def _embedder(settings: Settings) -> Embedder:
    if settings.embedding == "none":
        from shared.adapters.embedding.absent import NoEmbedder

        return NoEmbedder()
    if settings.embedding == "multilingual":
        from shared.adapters.embedding.multilingual import multilingual

        return multilingual()
    from shared.adapters.embedding.minilm import minilm

    return minilm()


def _graph(settings: Settings, credentials: "Credentials") -> Graph:
    from shared.adapters.graph.authenticity import ValidationTokens
    from shared.adapters.graph.client import GraphClient
    from shared.adapters.graph.graph import MicrosoftGraph
    from shared.adapters.graph.limiter import Limiter
    from shared.adapters.identity.keys import SigningKeys
    from shared.adapters.teams.cards import posting_id_in

    keys = SigningKeys(f"{settings.login_url}/common/discovery/v2.0/keys", metadata=False)
    return MicrosoftGraph(
        client=GraphClient(
            root=settings.graph_url,
            tokens=credentials.graph,
            limiter=Limiter(share=settings.graph_share, now=clock.now, sleep=clock.sleep),
            now=clock.now,
            sleep=clock.sleep,
        ),
        tokens=ValidationTokens(keys=keys, app_id=settings.app_id, tenant_id=settings.tenant_id, now=clock.now),
        ring=_key_ring(settings, credentials),
        tenant_id=TenantId(settings.tenant_id),
        app_id=settings.app_id,
        notification_url=settings.notification_url,
        posting_id_in=posting_id_in,
    )


def _key_ring(settings: Settings, credentials: "Credentials") -> "KeyRing":
    from shared.adapters.graph.key_files import KeyFiles
    from shared.adapters.graph.key_ring import KeyRing
    from shared.adapters.graph.key_vault import KeyVault

    url = settings.key_vault_url
    if settings.certificates == "key_vault" and url is not None:
        vault = KeyVault(url=url, credential=credentials.azure, name=settings.certificate_name)
        return KeyRing(vault, life=timedelta(days=settings.certificate_days), now=clock.now)
    return KeyRing(KeyFiles(settings.certificate_path), life=timedelta(days=settings.certificate_days), now=clock.now)


def _credentials(settings: Settings) -> "Credentials":
    from shared.adapters.identity.credentials import Certificate, Credentials, ManagedIdentity, Proof, Secret

    proof: Proof
    if settings.credential == "managed_identity":
        proof = ManagedIdentity(settings.managed_identity_client_id)
    elif settings.credential == "certificate" and settings.app_certificate_path is not None:
        proof = Certificate(settings.app_certificate_path)
    else:
        proof = Secret(settings.app_secret.get_secret_value())
    return Credentials(login_url=settings.login_url, tenant_id=settings.tenant_id, app_id=settings.app_id, proof=proof)


def _teams(settings: Settings, credentials: "Credentials") -> Teams:
    from shared.adapters.identity.keys import SigningKeys
    from shared.adapters.teams.connector import ConnectorTeams

    return ConnectorTeams(
        app_id=settings.app_id,
        tenant_id=settings.tenant_id,
        token=credentials.connector(),
        keys=SigningKeys(settings.bot_metadata_url, metadata=True),
        allowed_service_urls=(settings.connector_url,) if settings.connector_url else (),
        now=clock.now,
        sleep=clock.sleep,
    )
