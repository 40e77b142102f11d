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
from local.host.queue_source import QueueSource
from local.host.settings import QueueSettings
from shared.adapters.queues.messages import POISON_SUFFIX, QueuedMessage
from shared.errors import TryLater

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
        queues: QueueSource,
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
        # A lease that is being renewed has no receipt that holds; what ends one waits for that.
        self._leasing = asyncio.Lock()
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
            await self._renew()
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

    async def waiting(self) -> bool:
        """Whether a message could be taken at this moment."""
        visible_at = await self._queues.next_visible_at(self.queue)
        return visible_at is not None and visible_at <= self._clock.now()

    async def _look(self) -> datetime | None:
        """Take what there is room for; returns when to look again.

        A file that is locked or full, or a server that is away, gets another try.
        """
        try:
            while messages := await self._take():
                for message in messages:
                    self._begin(message)
                    # A turn for the others: a batch begun at once would keep HTTP waiting for all of it.
                    await asyncio.sleep(0)
            return await self._next_look()
        except (sqlite3.OperationalError, TryLater) as error:
            _log.error("queue_not_readable queue=%s reason=%s", self.queue, error)
            return self._clock.now() + LONGEST_POLL

    async def _take(self) -> Sequence[QueuedMessage]:
        """Lease messages and count them as at work, so that no moment is seen without them.

        Leases are renewed first: a clock that jumped may have ended some, and none may be received twice.
        """
        await self._renew()
        room = self._room()
        messages: Sequence[QueuedMessage] = ()
        self._activity.look()
        try:
            if room:
                messages = await self._queues.receive(self.queue, room, LEASE)
            for message in messages:
                self._activity.begin()
                self._leases[message.id] = message
        finally:
            self._activity.looked(found=bool(messages))
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
            succeeded = await self._succeeds(message)
            async with self._leasing:
                await self._finish(self._leases[message.id], succeeded)
        except TryLater as error:
            # As in Azure, it comes back when its lease ends.
            _log.error("message_not_finished queue=%s message=%s reason=%s", self.queue, message.id, error)
        finally:
            del self._leases[message.id]
            self._activity.end()

    async def _succeeds(self, message: QueuedMessage) -> bool:
        if message.dequeue_count > self._settings.max_dequeue_count:
            return False  # its host died every time
        try:
            await self._invoker.run(self._function, TypedData(string=message.body), _metadata(message))
        except InvocationFailed:
            return False
        return True

    async def _finish(self, message: QueuedMessage, succeeded: bool) -> None:
        if not succeeded:
            await self._failed(message)
        elif not await self._queues.delete(message):
            _log.warning("lease_lost queue=%s message=%s", self.queue, message.id)

    async def _failed(self, message: QueuedMessage) -> None:
        if self.queue.endswith(POISON_SUFFIX):
            # There is nowhere further to go: as in Azure, it stays hidden until its lease ends.
            return
        if message.dequeue_count >= self._settings.max_dequeue_count:
            await self._poison(message)
        elif await self._queues.release(message, self._settings.retry_after):
            self._statistics.retries += 1

    async def _poison(self, message: QueuedMessage) -> None:
        if await self._queues.poison(message):
            self._statistics.poison += 1
            _log.error(
                "message_poisoned queue=%s message=%s attempts=%s", self.queue, message.id, message.dequeue_count
            )

    async def _renew(self) -> None:
        """Renew each lease that is past half time."""
        late = self._clock.now() + LEASE / 2
        for message_id in [message.id for message in self._leases.values() if message.visible_at <= late]:
            async with self._leasing:
                message = self._leases.get(message_id)
                renewed = await self._queues.extend(message, LEASE) if message is not None else None
                if renewed is not None and message_id in self._leases:
                    self._leases[message_id] = renewed

    def _next_renewal(self) -> datetime | None:
        return min((message.visible_at - LEASE / 2 for message in self._leases.values()), default=None)

    async def _next_look(self) -> datetime | None:
        """When to look without being woken. With no room there is nothing to look for but leases."""
        renewal = self._next_renewal()
        if not self._room():
            return renewal
        poll = self._clock.now() + min(self._settings.longest_poll, LONGEST_POLL)
        moments = (poll, renewal, await self._queues.next_visible_at(self.queue))
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
