"""Takes events from one event hub and gives them to its function in batches, as Azure's Event Hubs trigger does.

A batch that was dealt with is passed by a checkpoint. One that failed is tried again as the function's
retry policy says, and nothing behind it moves; without a policy, or when it is exhausted, it is passed too.
"""

import asyncio
import json
import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace

from local.clock import LocalClock
from local.host.errors import HostError, InvocationFailed
from local.host.event_hub import HubEvent, LocalEventHub
from local.host.functions import EventHubTrigger, Function
from local.host.invocation import Invoker
from local.host.protocol import RpcRetryOptions, TypedData

_log = logging.getLogger(__name__)

LONGEST_POLL = timedelta(seconds=2)
"""Looking at a local file costs nothing, so that what another process sends is found soon."""

_SHORTEST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=5)
_MANY_FAILURES = 30  # beyond which the longest delay is certain


class HubListener:
    """The trigger of one function; one batch at a time, since there is one partition."""

    def __init__(
        self, function: Function, *, hub: LocalEventHub, batch_size: int, invoker: Invoker, clock: LocalClock
    ) -> None:
        if not isinstance(function.trigger, EventHubTrigger):
            raise HostError(f"The function {function.name} is not triggered by an event hub.")
        self._function = function
        self._binary = function.trigger.binary
        self._hub = hub
        self._batch_size = batch_size
        self._invoker = invoker
        self._clock = clock
        self._activity = invoker.activity
        self._failures = 0
        self._retry_at: datetime | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Take and work on events until `stop`, then finish those at work."""
        self._task = asyncio.current_task()
        while not self._stopping:
            self._wake.clear()
            if self._take_up():
                await self._deal_with_a_batch()
            else:
                await self._clock.wait(self._retry_at or self._clock.now() + LONGEST_POLL, self._wake)

    def wake(self) -> None:
        """Look at the hub now."""
        self._wake.set()

    def stop(self) -> None:
        """Take no more events."""
        self._stopping = True
        self._wake.set()

    def abort(self) -> None:
        """Break off the batch at work; the next host reads it again."""
        if self._task is not None:
            self._task.cancel()

    def waiting(self) -> bool:
        """Whether events could be taken at this moment."""
        resting = self._retry_at is not None and self._clock.now() < self._retry_at
        return not resting and not self._hub.is_empty()

    @property
    def next_due(self) -> datetime | None:
        """When there is something to do next; None for when something is sent."""
        return self._retry_at or (None if self._hub.is_empty() else self._clock.now())

    def _take_up(self) -> bool:
        """Whether a batch is taken up; counted as at work in the same step, so that no moment is seen without it."""
        if not self.waiting():
            return False
        self._activity.begin()
        return True

    async def _deal_with_a_batch(self) -> None:
        try:
            events = self._hub.read(self._batch_size)
            if await self._succeeds(events) or not self._tried_again(len(events)):
                self._failures, self._retry_at = 0, None
                self._hub.checkpoint(events[-1].sequence)
        finally:
            self._activity.end()

    async def _succeeds(self, events: Sequence[HubEvent]) -> bool:
        try:
            await self._invoker.run(self._function, self._data(events), _metadata(events))
        except InvocationFailed:
            return False
        return True

    def _tried_again(self, count: int) -> bool:
        """After a failure: whether the same events are to be tried again, and from when."""
        policy = self._function.metadata.retry_options
        if policy is None or 0 <= policy.max_retry_count <= self._failures:
            _log.error("events_passed_unhandled function=%s count=%d", self._function.name, count)
            return False
        self._failures += 1
        self._retry_at = self._clock.now() + _delay(policy, self._failures)
        self._invoker.statistics.retries += 1
        return True

    def _data(self, events: Sequence[HubEvent]) -> TypedData:
        if self._binary:
            return TypedData(collection_bytes=SimpleNamespace(bytes=[event.body for event in events]))
        texts = [event.body.decode(errors="replace") for event in events]
        return TypedData(collection_string=SimpleNamespace(string=texts))


def _metadata(events: Sequence[HubEvent]) -> dict[str, TypedData]:
    """What `func.EventHubEvent` is built from; as from Azure's host, all events' properties in one array."""
    properties = [
        {
            "EnqueuedTimeUtc": event.enqueued_at.isoformat(),
            "Offset": str(event.sequence),
            "PartitionKey": None,
            "SequenceNumber": event.sequence,
        }
        for event in events
    ]
    return {"SystemPropertiesArray": TypedData(json=json.dumps(properties))}


def _delay(policy: RpcRetryOptions, failures: int) -> timedelta:
    """A fixed delay, or one that doubles, with a little chance in it."""
    if policy.delay_interval is not None:
        return policy.delay_interval
    shortest = policy.minimum_interval or _SHORTEST_DELAY
    longest = policy.maximum_interval or _LONGEST_DELAY
    doubled: timedelta = shortest * 2.0 ** min(failures - 1, _MANY_FAILURES)
    return min(longest, doubled * random.uniform(1, 1.2))  # noqa: S311 - spreads load, hides nothing
