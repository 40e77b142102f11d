"""Azure Storage queues (Azurite) under the local host, on the machine's clock or on one moved by hand.

Storage's clock is the server's own. On a clock moved by hand a delayed message is therefore hidden for as long as
Storage can, and shown when its moment has come: who sends or releases a message holds the receipt to do that with.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import UUID

from local.clock import LocalClock, SimulatedClock
from shared.adapters.queues.messages import LONGEST_DELAY, QueuedMessage, QueueTotals
from shared.adapters.queues.storage import StorageQueues
from shared.adapters.queues.storage_address import storage_address
from shared.adapters.queues.storage_consumer import StorageConsumer
from shared.adapters.queues.storage_service import StorageService
from shared.errors import Misconfigured

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.queue import QueueMessage

_NOW = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class _Hidden:
    """A message in Storage that waits for its moment."""

    due: datetime
    order: int
    queue: str = field(compare=False)
    id: str = field(compare=False)
    pop_receipt: str = field(compare=False)


class LocalStorageQueues(StorageQueues):
    """What the product sends with, and the host's `QueueSource`, in one: it has to see what is sent.

    On a clock moved by hand this process must be the only one that uses the account's queues.
    """

    def __init__(self, service: StorageService, *, path: Path, clock: LocalClock) -> None:
        """`path` is the file name beside which the host keeps its records. `service` becomes this object's to close."""
        super().__init__(service)
        self.path = path
        self._clock = clock
        self._by_hand = isinstance(clock, SimulatedClock)
        self._consumer = StorageConsumer(self)
        self._told: list[Callable[[str], None]] = []
        self._promising: set[str] = set()
        """By hand: queues in which a message may be seen; the others need not be asked."""
        self._hidden: dict[str, list[_Hidden]] = defaultdict(list)
        self._order = 0
        self._totals: dict[str, Counter[str]] = defaultdict(Counter)

    @classmethod
    def of(cls, environment: Mapping[str, str], *, path: Path, clock: LocalClock) -> Self:
        """The queues of the account whose connection string is in `AzureWebJobsStorage`. Raises `Misconfigured`."""

        def nobody() -> "AsyncTokenCredential":
            raise Misconfigured("AzureWebJobsStorage: on one machine the queues need a connection string")

        return cls(StorageService(storage_address(environment, nobody)), path=path, clock=clock)

    # Sending.

    async def put(self, queue: str, encoded: str, delay: timedelta) -> "QueueMessage":
        """As `StorageQueues.put`, the delay by the host's clock."""
        hide = self._by_hand and delay > _NOW
        receipt = await super().put(queue, encoded, LONGEST_DELAY if hide else delay)
        if hide:
            self._hide(queue, receipt.id, receipt.pop_receipt, delay)
        else:
            self._promising.add(queue)
        self._totals[queue]["sent"] += 1
        for call in list(self._told):
            call(queue)
        return receipt

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        """As `StorageQueues.put_back`, counted as a retry."""
        await super().put_back(queue, body, delay=delay)
        self._totals[queue]["retried"] += 1

    def when_enqueued(self, call: Callable[[str], None]) -> Callable[[], None]:
        """Call `call(queue)` whenever this process sends a message; returns how to stop being called."""
        self._told.append(call)

        def stop() -> None:
            with suppress(ValueError):
                self._told.remove(call)

        return stop

    def totals(self) -> Mapping[str, QueueTotals]:
        """What this process has done on each queue since it began, by name."""
        fates = ("sent", "replayed", "completed", "retried", "poisoned")
        return {queue: QueueTotals(**{fate: count[fate] for fate in fates}) for queue, count in self._totals.items()}

    # Receiving.

    async def recover(self) -> int:
        """Find what is there. What a dead host had leased comes back when the lease ends, as in Azure; so 0."""
        self._promising.update(await self.lengths())
        return 0

    async def receive(self, queue: str, count: int, visibility: timedelta) -> Sequence[QueuedMessage]:
        """As `StorageConsumer.receive`, the lease's end by the host's clock."""
        await self._show(queue)
        if self._by_hand and queue not in self._promising:
            return ()
        # Before asking: what is sent while Storage answers makes the queue promising again.
        self._promising.discard(queue)
        until, received = self._clock.now() + visibility, None
        try:
            received = await self._consumer.receive(queue, count, visibility)
        finally:
            if received is None or received:
                self._promising.add(queue)
        return [replace(message, visible_at=until) for message in received]

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """As `StorageConsumer.extend`, the lease's end by the host's clock."""
        extended = await self._consumer.extend(message, visibility)
        return extended and replace(extended, visible_at=self._clock.now() + visibility)

    async def release(self, message: QueuedMessage, visibility: timedelta) -> bool:
        """As `StorageConsumer.release`, the delay by the host's clock."""
        if self._by_hand and visibility > _NOW:
            held = await self._consumer.extend(message, LONGEST_DELAY)
            if held is None:
                return False
            self._hide(held.queue, str(UUID(int=held.id)), held.pop_receipt, visibility)
        elif await self._consumer.release(message, visibility):
            self._promising.add(message.queue)
        else:
            return False
        self._totals[message.queue]["retried"] += 1
        return True

    async def delete(self, message: QueuedMessage) -> bool:
        """As `StorageConsumer.delete`."""
        deleted = await self._consumer.delete(message)
        self._totals[message.queue]["completed"] += deleted
        return deleted

    async def poison(self, message: QueuedMessage) -> bool:
        """As `StorageConsumer.poison`."""
        moved = await self._consumer.poison(message)
        self._totals[message.queue]["poisoned"] += moved
        return moved

    async def purge_claims(self, before: datetime) -> int:
        """As `StorageQueues.purge_claims`; the server dates blobs, so nothing goes by a clock moved by hand."""
        return 0 if self._by_hand else await super().purge_claims(before)

    async def replay_poison(self, queue: str) -> int:
        """As `StorageQueues.replay_poison`."""
        replayed = await super().replay_poison(queue)
        self._totals[queue]["sent"] -= replayed
        self._totals[queue]["replayed"] += replayed
        return replayed

    async def next_visible_at(self, queue: str) -> datetime | None:
        """When the next message of a queue can be taken; on the machine's clock only what can be taken now is known."""
        if not self._by_hand:
            return self._clock.now() if await self._consumer.peek(queue, 1) else None
        if queue in self._promising:
            return self._clock.now()
        hidden = self._hidden[queue]
        return hidden[0].due if hidden else None

    def _hide(self, queue: str, message_id: str, pop_receipt: str | None, delay: timedelta) -> None:
        self._order += 1
        due = self._clock.now() + delay
        hidden = _Hidden(due=due, order=self._order, queue=queue, id=message_id, pop_receipt=pop_receipt or "")
        heapq.heappush(self._hidden[queue], hidden)

    async def _show(self, queue: str) -> None:
        """Show what is due, in the order of its moments."""
        hidden = self._hidden[queue]
        while hidden and hidden[0].due <= self._clock.now():
            due = heapq.heappop(hidden)
            show = partial(self.client(queue).update_message, due.id, due.pop_receipt, visibility_timeout=0)
            if await self.under_lease(show) is not None:
                self._promising.add(queue)
