"""Takes messages from one queue and gives each to its function, as Azure's queue trigger does.

A message that was dealt with is deleted; one that failed comes back, and after `maxDequeueCount`
attempts goes to `<queue>-poison`. While a function works on a message, its lease is renewed.
"""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from local.clock import LocalClock
from local.host.errors import HostError, InvocationFailed
from local.host.functions import Function, QueueTrigger
from local.host.invocation import Invoker
from local.host.protocol import TypedData
from local.host.settings import QueueSettings
from shared.adapters.queues.messages import POISON_SUFFIX, QueuedMessage
from shared.adapters.queues.sqlite import SqliteQueues

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a message is hidden while it is worked on, as in Azure's host; renewed at half time."""

LONGEST_POLL = timedelta(seconds=2)
"""Looking at a local file costs nothing, so that what another process sends is found soon."""

_NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class QueueListener:
    """The trigger of one function."""

    def __init__(
        self,
        function: Function,
        settings: QueueSettings,
        concurrency: int | None,
        *,
        queues: SqliteQueues,
        invoker: Invoker,
        clock: LocalClock,
    ) -> None:
        if not isinstance(function.trigger, QueueTrigger):
            raise HostError(f"The function {function.name} is not triggered by a queue.")
        self.queue = function.trigger.queue
        self._function = function
        self._settings = settings
        self._concurrency = concurrency
        self._queues = queues
        self._invoker = invoker
        self._clock = clock
        self._activity = invoker.activity
        self._statistics = invoker.statistics
        self._leases: dict[int, QueuedMessage] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Take and work on messages until `stop`, then finish those at work."""
        while not self._stopping:
            self._wake.clear()
            await self._clock.wait(await self._look(), self._wake)
        while self._tasks:
            self._wake.clear()
            self._renew()
            await self._clock.wait(self._next_renewal(), self._wake)

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping = True
        self._wake.set()

    def abort(self) -> None:
        """Break off what is still at work; those messages stay leased, and the next host recovers them."""
        for task in self._tasks:
            task.cancel()

    def waiting(self) -> bool:
        """Whether a message could be taken at this moment."""
        visible_at = self._queues.next_visible_at(self.queue)
        return visible_at is not None and visible_at <= self._clock.now()

    async def _look(self) -> datetime | None:
        """Take what there is room for; returns when to look again. A file that is locked or full gets another try."""
        try:
            while messages := self._take():
                for message in messages:
                    self._begin(message)
                    # A turn for the others: a batch begun at once would keep HTTP waiting for all of it.
                    await asyncio.sleep(0)
            return self._next_look()
        except sqlite3.OperationalError as error:
            _log.error("queue_not_readable queue=%s reason=%s", self.queue, error)
            return self._clock.now() + LONGEST_POLL

    def _take(self) -> Sequence[QueuedMessage]:
        """Lease messages and count them as at work in one step, so that no moment is seen without them.

        Leases are renewed first: a clock that jumped may have ended some, and none may be received twice.
        """
        self._renew()
        room = self._room()
        messages = self._queues.receive(self.queue, room, LEASE) if room else ()
        for message in messages:
            self._activity.begin()
            self._leases[message.id] = message
        return messages

    def _room(self) -> int:
        """How many messages to ask for: a batch once few enough are at work, or up to the caller's limit."""
        at_work = len(self._leases)
        if self._concurrency is not None:
            return self._concurrency - at_work
        return self._settings.batch_size if at_work <= self._settings.threshold else 0

    def _begin(self, message: QueuedMessage) -> None:
        task = asyncio.create_task(self._deal_with(message), name=f"{self._function.name}-{message.id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.critical("queue_listener_broken queue=%s", self.queue, exc_info=error)
        self._wake.set()

    async def _deal_with(self, message: QueuedMessage) -> None:
        try:
            if message.dequeue_count > self._settings.max_dequeue_count:
                self._poison(self._leases[message.id])  # its host died every time
                return
            try:
                await self._invoker.run(self._function, TypedData(string=message.body), _metadata(message))
            except InvocationFailed:
                self._failed(self._leases[message.id])
            else:
                self._succeeded(self._leases[message.id])
        finally:
            del self._leases[message.id]
            self._activity.end()

    def _succeeded(self, message: QueuedMessage) -> None:
        if not self._queues.delete(message):
            _log.warning("lease_lost queue=%s message=%s", self.queue, message.id)

    def _failed(self, message: QueuedMessage) -> None:
        if self.queue.endswith(POISON_SUFFIX):
            # There is nowhere further to go: as in Azure, it stays hidden until its lease ends.
            return
        if message.dequeue_count >= self._settings.max_dequeue_count:
            self._poison(message)
        elif self._queues.release(message, self._settings.retry_after):
            self._statistics.retries += 1

    def _poison(self, message: QueuedMessage) -> None:
        if self._queues.poison(message):
            self._statistics.poison += 1
            _log.error(
                "message_poisoned queue=%s message=%s attempts=%s", self.queue, message.id, message.dequeue_count
            )

    def _renew(self) -> None:
        """Renew each lease that is past half time."""
        now = self._clock.now()
        for message in list(self._leases.values()):
            if message.visible_at - now <= LEASE / 2:
                renewed = self._queues.extend(message, LEASE)
                if renewed is not None:
                    self._leases[message.id] = renewed

    def _next_renewal(self) -> datetime | None:
        return min((message.visible_at - LEASE / 2 for message in self._leases.values()), default=None)

    def _next_look(self) -> datetime | None:
        """When to look without being woken. With no room there is nothing to look for but leases."""
        renewal = self._next_renewal()
        if not self._room():
            return renewal
        poll = self._clock.now() + min(self._settings.longest_poll, LONGEST_POLL)
        moments = (poll, renewal, self._queues.next_visible_at(self.queue))
        return min(moment for moment in moments if moment is not None)


def _metadata(message: QueuedMessage) -> dict[str, TypedData]:
    """What `func.QueueMessage` is built from. As from Azure's host, what is no text comes as JSON."""
    return {
        "QueueTrigger": TypedData(string=message.body),
        "Id": TypedData(string=str(message.id)),
        "PopReceipt": TypedData(string=message.pop_receipt),
        "DequeueCount": TypedData(json=str(message.dequeue_count)),
        "InsertionTime": TypedData(json=json.dumps(message.inserted_at.isoformat())),
        "ExpirationTime": TypedData(json=json.dumps(_NEVER.isoformat())),
        "NextVisibleTime": TypedData(json=json.dumps(message.visible_at.isoformat())),
    }
