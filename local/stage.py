"""The stage: simulated tenant, function app and local host on one machine, under one clock."""

import os
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from local.clock import LocalClock, SimulatedClock
from local.host.event_hub import LocalEventHub
from local.host.host import Host
from local.host.queue_source import QueueSource, SqliteSource
from local.host.storage_source import LocalStorageQueues
from local.tenant.tenant import Tenant
from shared import wiring
from shared.adapters.queues.sqlite import SqliteQueues
from shared.errors import Misconfigured
from shared.ports import QueueName

ROOT = Path(__file__).parent.parent
APP_ID = "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
GRACE = timedelta(seconds=20)


class Stage:
    """Everything that Cairn needs to be seen at work; all of it is kept in `folder`, and goes on after a kill."""

    def __init__(
        self,
        folder: Path,
        clock: LocalClock,
        *,
        settings: Mapping[str, str] | None = None,
        concurrency: Mapping[str, int] | None = None,
    ) -> None:
        """`settings` are further `CAIRN_…` variables; `concurrency` bounds invocations by queue (see `Host`)."""
        self.folder = folder
        self.clock = clock
        self._settings = dict(settings or {})
        self._concurrency = dict(concurrency or {})
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start tenant and host. Ports are kept for the next start on the same folder, since links hold them."""
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self._kept("secret", secrets.token_hex(24))
        self.tenant = Tenant(clock=self.clock, app_id=APP_ID, app_secret=secret, store=self.folder / "tenant.sqlite")
        self.queues, self._source = self._opened_queues()
        await self._exit.enter_async_context(_Started(self.tenant, self._port("tenant-port")))
        self._keep("tenant-port", self.tenant.url.rpartition(":")[2])
        self.host = Host(
            ROOT,
            self._source,
            self.clock,
            port=self._port("host-port"),
            concurrency=self._concurrency,
            event_hubs=self._event_hubs(),
        )
        self._set_environment(secret)
        by_hand = isinstance(self.clock, SimulatedClock)
        wiring.on_one_machine(queue=self.queues, now=self.clock.now if by_hand else None)
        self._exit.push_async_callback(wiring.close)
        await self.host.start()
        self._exit.push_async_callback(self.host.stop, GRACE)
        self._keep("host-port", self.host.url.rpartition(":")[2])
        os.environ["CAIRN_PUBLIC_URL"] = self.host.url
        self.tenant.bot_endpoint = f"{self.host.url}/api/messages"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what runs, and stop."""
        await self._exit.aclose()

    async def settle(self) -> None:
        """Return when nothing is left to do at the clock's present moment: all handed over, all worked off."""
        while True:
            before = self._progress()
            await self.tenant.flush()
            await self.host.idle()
            if self._progress() == before:
                return

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass: what falls due on the way is worked off at its own moment, in order.

        Only for a stage with a `SimulatedClock`.
        """
        clock = self.clock
        if not isinstance(clock, SimulatedClock):
            raise TypeError("only a simulated clock can be moved")
        await self.settle()
        while (due := await self._next_due()) is not None and due <= moment:
            clock.advance_to(max(due, clock.now() + timedelta(milliseconds=1)))
            await self.settle()
        clock.advance_to(moment)
        await self.settle()

    async def _next_due(self) -> datetime | None:
        """When the next message can be taken from a queue that the function app works off (poison waits for people)."""
        moments = [await self._source.next_visible_at(queue) for queue in QueueName]
        return min((moment for moment in moments if moment is not None), default=None)

    def _progress(self) -> tuple[object, ...]:
        counters = self.tenant.counters
        return counters.posts, counters.retried, counters.lost, sum(self.host.statistics.invocations.values())

    def _opened_queues(self) -> tuple[SqliteQueues | LocalStorageQueues, QueueSource]:
        """What carries the work, as the product and as the host sees it."""
        path = self.folder / "queues.sqlite"
        environment = {**os.environ, **self._settings}
        if environment.get("CAIRN_QUEUES") == "storage":
            stored = LocalStorageQueues.of(environment, path=path, clock=self.clock)
            self._exit.push_async_callback(stored.close)
            return stored, stored
        queues = SqliteQueues(path, now=self.clock.now)
        self._exit.callback(queues.close)
        return queues, SqliteSource(queues)

    def _event_hubs(self) -> dict[str, LocalEventHub]:
        """A hub between tenant and function app, where the settings choose that transport."""
        if self._settings.get("CAIRN_TRANSPORT") != "event_hubs":
            return {}
        hub = LocalEventHub(self.folder / "hub.sqlite", self.clock.now)
        self._exit.callback(hub.close)
        self.tenant.event_hub = hub.send
        return {self._settings["CAIRN_EVENT_HUB_NAME"]: hub}

    def _set_environment(self, secret: str) -> None:
        tenant, folder = self.tenant, self.folder
        wanted = {
            "CAIRN_TENANT_ID": tenant.id,
            "CAIRN_APP_ID": APP_ID,
            "CAIRN_APP_SECRET": secret,
            "CAIRN_CLIENT_STATE_SECRET": secret,
            "CAIRN_PUBLIC_URL": "http://127.0.0.1:0",
            "CAIRN_GRAPH_URL": f"{tenant.url}/graph/v1.0",
            "CAIRN_LOGIN_URL": f"{tenant.url}/login",
            "CAIRN_BOT_METADATA_URL": f"{tenant.url}/login/botframework/v1/.well-known/openidconfiguration",
            "CAIRN_CONNECTOR_URL": f"{tenant.url}/connector",
            "CAIRN_TEAMS_APP_ID": tenant.teams_app_id,
            "CAIRN_STORE_PATH": str(folder / "cairn.sqlite"),
            "CAIRN_QUEUE_PATH": str(folder / "queues.sqlite"),
            "CAIRN_CERTIFICATE_PATH": str(folder / "certificate.pem"),
        } | self._settings
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        self._exit.callback(_restore, before)

    def _port(self, name: str) -> int:
        path = self.folder / name
        return int(path.read_text()) if path.exists() else 0

    def _keep(self, name: str, value: str) -> None:
        (self.folder / name).write_text(value)

    def _kept(self, name: str, fresh: str) -> str:
        path = self.folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(fresh)
        return path.read_text()


class _Started:
    def __init__(self, tenant: Tenant, port: int) -> None:
        self._tenant = tenant
        self._port = port

    async def __aenter__(self) -> Tenant:
        try:
            await self._tenant.start(self._port)
        except OSError as error:
            raise Misconfigured(
                f"port {self._port}, which an earlier run in this folder used, is taken; free it or use another folder"
            ) from error
        return self._tenant

    async def __aexit__(self, *_: object) -> None:
        await self._tenant.stop()


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
