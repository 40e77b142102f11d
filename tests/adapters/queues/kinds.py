"""Each kind of queues as the contract's tests see it: the port, the receiving side, and time."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from local.clock import SimulatedClock
from shared.adapters.queues.messages import QueuedMessage
from shared.adapters.queues.sqlite import SqliteQueues
from shared.adapters.queues.storage import StorageQueues
from shared.adapters.queues.storage_address import StorageAddress
from shared.adapters.queues.storage_consumer import StorageConsumer
from shared.adapters.queues.storage_service import StorageService
from shared.ports import Queue

LEASE = timedelta(minutes=1)
NAMES = ("work", "other", "threads")
_STEP = 0.05
_BOUND = 10.0


class Kind(Protocol):
    """Queues under test, all empty."""

    @property
    def port(self) -> Queue:
        """What the product uses."""

    async def receive(self, queue: str, count: int = 32, visibility: timedelta = LEASE) -> Sequence[QueuedMessage]:
        """Lease what is visible now."""

    async def receive_after(self, span: timedelta, queue: str) -> Sequence[QueuedMessage]:
        """Lease what becomes visible once `span` has passed."""

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """As the adapter's."""

    async def release(self, message: QueuedMessage, visibility: timedelta = timedelta(0)) -> bool:
        """As the adapter's."""

    async def delete(self, message: QueuedMessage) -> bool:
        """As the adapter's."""

    async def poison(self, message: QueuedMessage) -> bool:
        """As the adapter's."""

    async def peek(self, queue: str) -> Sequence[QueuedMessage]:
        """As the adapter's."""

    async def replay_poison(self, queue: str) -> int:
        """As the adapter's."""


class OnSqlite:
    """Queues in a file, on a clock that the test moves."""

    def __init__(self, queues: SqliteQueues, clock: SimulatedClock) -> None:
        self.port = queues
        self._clock = clock

    async def receive(self, queue: str, count: int = 32, visibility: timedelta = LEASE) -> Sequence[QueuedMessage]:
        return self.port.receive(queue, count, visibility)

    async def receive_after(self, span: timedelta, queue: str) -> Sequence[QueuedMessage]:
        self._clock.advance(span)
        return await self.receive(queue)

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        return self.port.extend(message, visibility)

    async def release(self, message: QueuedMessage, visibility: timedelta = timedelta(0)) -> bool:
        return self.port.release(message, visibility)

    async def delete(self, message: QueuedMessage) -> bool:
        return self.port.delete(message)

    async def poison(self, message: QueuedMessage) -> bool:
        return self.port.poison(message)

    async def peek(self, queue: str) -> Sequence[QueuedMessage]:
        return self.port.peek(queue)

    async def replay_poison(self, queue: str) -> int:
        return await self.port.replay_poison(queue)


class OnStorage:
    """Queues in a storage account, whose time is the server's: what has to pass is waited for, with a bound."""

    def __init__(self, queues: StorageQueues) -> None:
        self.port = queues
        self._consumer = StorageConsumer(queues)
        self.extend = self._consumer.extend
        self.release = self._consumer.release
        self.delete = self._consumer.delete
        self.poison = self._consumer.poison
        self.peek = self._consumer.peek
        self.replay_poison = queues.replay_poison

    async def receive(self, queue: str, count: int = 32, visibility: timedelta = LEASE) -> Sequence[QueuedMessage]:
        return await self._consumer.receive(queue, count, visibility)

    async def receive_after(self, span: timedelta, queue: str) -> Sequence[QueuedMessage]:
        for _ in range(math.ceil((span.total_seconds() + _BOUND) / _STEP)):
            if found := await self.receive(queue):
                return found
            await asyncio.sleep(_STEP)
        raise AssertionError(f"nothing came to be seen on {queue}")


@asynccontextmanager
async def on_sqlite(folder: Path, clock: SimulatedClock) -> AsyncIterator[OnSqlite]:
    """Queues in a file of `folder`."""
    queues = SqliteQueues(folder / "queues.sqlite", clock.now)
    yield OnSqlite(queues, clock)
    queues.close()


@asynccontextmanager
async def on_storage(address: StorageAddress) -> AsyncIterator[OnStorage]:
    """Queues in an account of the test's own, which it leaves empty."""
    service = StorageService(address)
    queues = StorageQueues(service, names=NAMES)
    yield OnStorage(queues)
    await clear(service)
    await queues.close()


async def clear(service: StorageService) -> None:
    """Remove every queue and every container of an account."""
    async for queue in service.queues.list_queues():
        await service.queues.delete_queue(queue.name)
    async for container in service.blobs.list_containers():
        await service.blobs.delete_container(container.name)
