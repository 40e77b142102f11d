"""Our own function app under the local host, with the doors alone: what they queue stays there to be seen."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from local.clock import SimulatedClock
from local.host.event_hub import LocalEventHub
from local.host.host import Host
from shared import clock as house_clock
from shared.adapters.queues.sqlite import SqliteQueues
from shared.domain.notifications import QueuedNotification

ROOT = Path(__file__).parents[2]
SECRET = "a secret of sixteen"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Doors:
    """The running app, what reaches it, and what it has queued."""

    host: Host
    web: httpx.AsyncClient
    hub: LocalEventHub
    queues: SqliteQueues
    clock: SimulatedClock

    @property
    def webhook(self) -> str:
        return f"{self.host.url}/api/notifications"

    def queued(self) -> list[QueuedNotification]:
        """What waits on the queue of notifications, oldest first."""
        return [QueuedNotification.from_json(message.body) for message in self.queues.peek("notifications", 10_000)]


type Open = Callable[..., AbstractAsyncContextManager[Doors]]


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_CLIENT_STATE_SECRET", SECRET)
    monkeypatch.setenv("CAIRN_EVENT_HUB_NAME", "graph")
    monkeypatch.delenv("CAIRN_TRANSPORT", raising=False)
    monkeypatch.delenv("CAIRN_MAX_NOTIFICATION_BYTES", raising=False)


@pytest.fixture
def clock() -> Iterator[SimulatedClock]:
    simulated = SimulatedClock(START)
    house_clock.use(simulated.now)
    yield simulated
    house_clock.use(None)


@pytest.fixture
def open_doors(tmp_path: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Run the app: `async with open_doors("event_hubs") as doors`."""

    @asynccontextmanager
    async def opened(transport: str = "webhook") -> AsyncIterator[Doors]:
        monkeypatch.setenv("CAIRN_TRANSPORT", transport)
        queues = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
        hub = LocalEventHub(tmp_path / "hub.sqlite", clock.now)
        skip = frozenset({"queueTrigger", "timerTrigger"})
        async with (
            Host(ROOT, queues, clock, skip=skip, event_hubs={"graph": hub}) as host,
            httpx.AsyncClient() as web,
        ):
            yield Doors(host=host, web=web, hub=hub, queues=queues, clock=clock)
        queues.close()
        hub.close()

    return opened
