"""Keeps our calls below Graph's limits: who may go now, who waits, and who had better come back later.

Somebody's call goes before the background's. Where both want the same, every fifth call is the
background's, so that it never starves. A wait that would be too long is not begun: `TryLater` says how
long it would have been.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.adapters.graph.limits import Bucket, Limit
from shared.errors import TryLater
from shared.ports import Pace

type Limits = tuple[Limit, ...]
_MOST_BUCKETS = 4000


@dataclass(slots=True, eq=False)
class _Waiter:
    """A call that waits; the queue of its like is found by its limits and pace."""

    number: int
    limits: Limits
    pace: Pace
    patience: float
    arrived_at: float
    answer: asyncio.Future[float]


class Limiter:
    """Admits calls, one by one. For one event loop."""

    def __init__(self, *, share: float, now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]) -> None:
        """`share` (0 to 1) is the part of each limit that may be used; `sleep` takes seconds.

        On a clock that is moved by hand, where sleeping takes no time, time slept counts as passed.
        """
        self._share = share
        self._now = now
        self._sleep = sleep
        self._slept_until = 0.0
        self._buckets: dict[Limit, Bucket] = {}
        self._queues: dict[Pace, dict[Limits, deque[_Waiter]]] = {pace: {} for pace in Pace}
        self._arrivals = 0
        self._watch: asyncio.Task[None] | None = None

    async def admit(self, limits: Limits, pace: Pace, *, patience: float) -> float:
        """Return when a call under these limits (the narrowest first) may go; returns the seconds waited.

        Raises `TryLater` when it would have to wait for more than `patience` seconds.
        """
        now = self._time()
        self._forget_idle(now)
        expected = max((self._bucket(limit).expected_at(now, pace) for limit in limits), default=now)
        if expected - now > patience:
            raise _too_long(expected - now)
        self._arrivals += 1
        answer = asyncio.get_running_loop().create_future()
        waiter = _Waiter(self._arrivals, limits, pace, patience, now, answer)
        self._queues[pace].setdefault(limits, deque()).append(waiter)
        self._count(waiter, 1)
        self._let_go(now)
        if not waiter.answer.done():
            self._keep_watch()
        try:
            return await waiter.answer
        finally:
            self._withdraw(waiter)

    def throttled(self, limits: Limits, seconds: float) -> None:
        """Graph answered 429 to a call under these limits and asked for that many seconds of patience."""
        now = self._time()
        if limits:
            self._bucket(limits[0]).pause(now + seconds)
        for limit in limits[1:]:
            self._bucket(limit).blame(limits[0], now, now + seconds)

    async def close(self) -> None:
        """Stop watching; calls that still wait are cancelled."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for waiter in list(self._waiting()):
            waiter.answer.cancel()

    def _time(self) -> float:
        return max(self._now().timestamp(), self._slept_until)

    def _bucket(self, limit: Limit) -> Bucket:
        found = self._buckets.get(limit)
        if found is None:
            found = self._buckets[limit] = Bucket(limit, self._share)
        return found

    def _forget_idle(self, now: float) -> None:
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets = {limit: bucket for limit, bucket in self._buckets.items() if not bucket.is_idle(now)}

    def _let_go(self, now: float) -> None:
        """Let everybody go who may, in the right order; send away whose patience has ended."""
        while (waiter := self._next(now)) is not None:
            self._withdraw(waiter)
            if waiter.answer.done():  # cancelled meanwhile
                continue
            for limit in waiter.limits:
                self._bucket(limit).take(now)
            waiter.answer.set_result(now - waiter.arrived_at)
        for waiter in [w for w in self._heads() if now - w.arrived_at > w.patience]:
            self._withdraw(waiter)
            if not waiter.answer.done():
                waiter.answer.set_exception(_too_long(self._ready_at(waiter) - now))

    def _next(self, now: float) -> _Waiter | None:
        people, background = self._ready(Pace.PEOPLE, now), self._ready(Pace.BACKGROUND, now)
        if not people:
            return self._settled(background[0]) if background else None
        first = people[0]
        rivals = [(waiter, self._shared(first, waiter)) for waiter in background]
        for waiter, shared in rivals:
            if any(bucket.owes_background for bucket in shared):
                return self._settled(waiter)
        for bucket in {id(bucket): bucket for _, shared in rivals for bucket in shared}.values():
            bucket.passed_over()
        return first

    def _settled(self, waiter: _Waiter) -> _Waiter:
        for limit in waiter.limits:
            self._bucket(limit).settle()
        return waiter

    def _shared(self, one: _Waiter, other: _Waiter) -> list[Bucket]:
        return [self._bucket(limit) for limit in one.limits if limit in other.limits]

    def _ready(self, pace: Pace, now: float) -> list[_Waiter]:
        heads = (queue[0] for queue in self._queues[pace].values())
        return sorted((w for w in heads if self._ready_at(w) <= now), key=lambda waiter: waiter.number)

    def _ready_at(self, waiter: _Waiter) -> float:
        return max((self._bucket(limit).free_at() for limit in waiter.limits), default=0.0)

    def _heads(self) -> Iterator[_Waiter]:
        return (queue[0] for queues in self._queues.values() for queue in queues.values())

    def _waiting(self) -> Iterator[_Waiter]:
        return (waiter for queues in self._queues.values() for queue in queues.values() for waiter in queue)

    def _withdraw(self, waiter: _Waiter) -> None:
        queue = self._queues[waiter.pace].get(waiter.limits)
        if queue is None or waiter not in queue:
            return
        queue.remove(waiter)
        self._count(waiter, -1)
        if not queue:
            del self._queues[waiter.pace][waiter.limits]

    def _count(self, waiter: _Waiter, by: int) -> None:
        for limit in waiter.limits:
            self._bucket(limit).waiting[waiter.pace] += by

    def _keep_watch(self) -> None:
        """Wake up when the next of those who wait may go; anew for each arrival, which may come before the others."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.create_task(self._let_go_in_time(), name="graph-limiter")

    async def _let_go_in_time(self) -> None:
        while any(self._heads()):
            due = min(min(self._ready_at(w), w.arrived_at + w.patience + 0.001) for w in self._heads())
            await self._sleep(max(0.0, due - self._time()))
            self._slept_until = max(self._slept_until, due)
            self._let_go(self._time())


def _too_long(seconds: float) -> TryLater:
    return TryLater("Graph's limits are used up for now", after=timedelta(seconds=max(1.0, seconds)))
