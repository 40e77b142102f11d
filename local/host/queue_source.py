"""Where the host takes messages from: SQLite's queues, or any that receive as Azure Storage's do."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from shared.adapters.queues.messages import Outgoing, QueuedMessage
from shared.adapters.queues.sqlite import SqliteQueues


class QueueSource(Protocol):
    """The receiving side of queues, and the writing side of output bindings.

    Every method may raise `TryLater`; a lease that is lost is told as False or None.
    """

    @property
    def path(self) -> Path:
        """A file name beside which the host keeps its own records."""

    async def recover(self) -> int:
        """Make what a dead host had leased visible again, where that can be known; returns how many."""

    async def send_many(self, messages: Sequence[Outgoing]) -> None:
        """Put these messages on their queues."""

    async def receive(self, queue: str, count: int, visibility: timedelta) -> Sequence[QueuedMessage]:
        """Lease up to `count` visible messages."""

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """Keep a leased message hidden from now on for so long; None when the lease was lost."""

    async def release(self, message: QueuedMessage, visibility: timedelta) -> bool:
        """Give a message back after a failed attempt."""

    async def delete(self, message: QueuedMessage) -> bool:
        """Remove a message that has been dealt with."""

    async def poison(self, message: QueuedMessage) -> bool:
        """Move a message to `<queue>-poison`."""

    async def next_visible_at(self, queue: str) -> datetime | None:
        """When the next message of a queue can be taken, as far as it is known; None for no message known."""

    def when_enqueued(self, call: Callable[[str], None]) -> Callable[[], None]:
        """Call `call(queue)` whenever this process sends a message; returns how to stop being called."""


class SqliteSource:
    """Queues in a file: each call is one short transaction, and nothing comes between its steps."""

    def __init__(self, queues: SqliteQueues) -> None:
        self._queues = queues
        self.path = queues.path

    async def send_many(self, messages: Sequence[Outgoing]) -> None:
        """As `SqliteQueues.send_many`."""
        await self._queues.send_many(messages)

    def when_enqueued(self, call: Callable[[str], None]) -> Callable[[], None]:
        """As `SqliteQueues.when_enqueued`."""
        return self._queues.when_enqueued(call)

    async def recover(self) -> int:
        """Become the file's only consumer. Raises `Misconfigured` when there is another."""
        return self._queues.recover()

    async def receive(self, queue: str, count: int, visibility: timedelta) -> Sequence[QueuedMessage]:
        """As `SqliteQueues.receive`."""
        return self._queues.receive(queue, count, visibility)

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """As `SqliteQueues.extend`."""
        return self._queues.extend(message, visibility)

    async def release(self, message: QueuedMessage, visibility: timedelta) -> bool:
        """As `SqliteQueues.release`."""
        return self._queues.release(message, visibility)

    async def delete(self, message: QueuedMessage) -> bool:
        """As `SqliteQueues.delete`."""
        return self._queues.delete(message)

    async def poison(self, message: QueuedMessage) -> bool:
        """As `SqliteQueues.poison`."""
        return self._queues.poison(message)

    async def next_visible_at(self, queue: str) -> datetime | None:
        """As `SqliteQueues.next_visible_at`."""
        return self._queues.next_visible_at(queue)
