"""The notifications on their way: which are due, in which order, and what becomes of them."""

import asyncio
import heapq
from dataclasses import replace
from datetime import datetime, timedelta

from local.clock import LocalClock
from local.tenant.model import Counters, JsonObject, Notification, Subscription
from local.tenant.state import State

GIVE_UP_AFTER = timedelta(hours=4)
"""How long Graph retries a notification before it is lost."""

_DELAYS = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 240, 480, 960, 1800, 3600))


class Outbox:
    """Keeps notifications until they are accepted, withdrawn or lost; `wake` is set when one is added."""

    def __init__(self, state: State, clock: LocalClock) -> None:
        self.wake = asyncio.Event()
        self._state = state
        self._clock = clock
        self._ready: list[tuple[int, int]] = []
        self._later = [(notification.due, notification.id) for notification in state.outbox]
        heapq.heapify(self._later)

    def add(
        self,
        subscription: Subscription,
        url: str,
        item: JsonObject,
        *,
        due: datetime,
        behind: int = 0,
        lifecycle: bool = False,
    ) -> int:
        """Put an item in, `behind` places further back than its turn; returns its number."""
        register = self._state.register
        number = register.notification + 1
        self._state.set_register(replace(register, notification=number))
        notification = Notification(
            id=number,
            order=number + behind,
            subscription_id=subscription.id,
            url=url,
            item=item,
            rich=subscription.rich and not lifecycle,
            lifecycle=lifecycle,
            due=due,
        )
        self._state.outbox.put(notification)
        self.count(due=1)
        heapq.heappush(self._later, (due, number))
        self.wake.set()
        return number

    def take_due(self) -> bool:
        """Line up what has become due; whether anything is in the line."""
        now = self._clock.now()
        while self._later and self._later[0][0] <= now:
            _, number = heapq.heappop(self._later)
            notification = self._state.outbox.get(str(number))
            if notification is not None:
                heapq.heappush(self._ready, (notification.order, number))
        return bool(self._ready)

    @property
    def next_due(self) -> datetime | None:
        """When the next of those that wait becomes due, or None."""
        return self._later[0][0] if self._later else None

    def next_batch(self, size: int) -> list[Notification]:
        """Take up to `size` notifications for one URL from the line; empty when nothing is left in it."""
        batch: list[Notification] = []
        others: list[tuple[int, int]] = []
        while self._ready and len(batch) < size:
            place = heapq.heappop(self._ready)
            notification = self._state.outbox.get(str(place[1]))
            if notification is None:
                continue
            if batch and notification.url != batch[0].url:
                others.append(place)
                continue
            batch.append(notification)
        for place in others:
            heapq.heappush(self._ready, place)
        return batch

    def accepted(self, notification: Notification) -> None:
        """It was taken."""
        self._state.outbox.drop(str(notification.id))
        self.count(accepted=1)

    def withdrawn(self, notification: Notification) -> None:
        """Nobody wants it any more."""
        self._state.outbox.drop(str(notification.id))
        self.count(withdrawn=1)

    def lost(self, notification: Notification) -> None:
        """It will never arrive."""
        self._state.outbox.drop(str(notification.id))
        self.count(lost=1)

    def refused(self, notification: Notification) -> bool:
        """Try it again later, further and further apart; False when its four hours are over and it is lost."""
        now = self._clock.now()
        tried = notification.tried or now
        due = now + _DELAYS[min(notification.attempts, len(_DELAYS) - 1)]
        if due > tried + GIVE_UP_AFTER:
            self.lost(notification)
            return False
        again = replace(notification, due=due, tried=tried, attempts=notification.attempts + 1)
        self._state.outbox.put(again)
        self.count(retried=1)
        heapq.heappush(self._later, (due, notification.id))
        return True

    def retry_now(self) -> None:
        """Make everything that waits for its next attempt due at once."""
        now = self._clock.now()
        for notification in list(self._state.outbox):
            if notification.due > now:
                self._state.outbox.put(replace(notification, due=now))
        self._later = [(min(due, now), number) for due, number in self._later]
        heapq.heapify(self._later)
        self.wake.set()

    def count(self, **more: int) -> None:
        """Add to the counters."""
        register = self._state.register
        counters: Counters = register.counters
        added = {name: getattr(counters, name) + number for name, number in more.items()}
        self._state.set_register(replace(register, counters=replace(counters, **added)))
