"""The outbox of change notifications: hands them over in batches, and tries again as Graph does."""

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import msgspec

from local.clock import LocalClock
from local.tenant.encryption import Recipient
from local.tenant.faults import Faults, Spoilt
from local.tenant.model import (
    Change,
    Counters,
    JsonObject,
    Message,
    Notification,
    Space,
    Subscription,
)
from local.tenant.notifications import LifecycleEvent, change_item, concerns, content_of, lifecycle_item
from local.tenant.outgoing import outgoing_client
from local.tenant.shapes import Shapes
from local.tenant.state import State

GIVE_UP_AFTER = timedelta(hours=4)
"""How long Graph retries a notification before it is lost."""

_DELAYS = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 240, 480, 960, 1800, 3600))
_ANSWER_SECONDS = 30.0


class Notifier:
    """Puts changes into the outbox and empties it towards the subscriptions' URLs.

    `batch_size` is the most items of one POST, `parallel` the number of POSTs under way at once; with one,
    items arrive in order unless a fault reorders them.
    """

    def __init__(
        self,
        *,
        state: State,
        clock: LocalClock,
        shapes: Shapes,
        tenant_id: str,
        faults: Callable[[], Faults],
        chance: random.Random,
        validation_token: Callable[[], str | None],
    ) -> None:
        self.batch_size = 20
        self.parallel = 1
        self._state = state
        self._clock = clock
        self._shapes = shapes
        self._tenant_id = tenant_id
        self._faults = faults
        self._chance = chance
        self._validation_token = validation_token
        self._ready: list[tuple[int, int]] = []
        self._later: list[tuple[datetime, int]] = []
        self._recipients: dict[str, Recipient] = {}
        self._wake = asyncio.Event()
        self._round_done = asyncio.Event()
        self._busy = False
        self._task: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None
        for notification in state.outbox:
            heapq.heappush(self._later, (notification.due, notification.id))

    def enqueue(self, space: Space, message: Message, change: Change) -> None:
        """Put one item per matching, unexpired subscription into the outbox."""
        if message.visible_to is not None:
            return
        now = self._clock.now()
        for subscription in self._state.subscriptions:
            if change in subscription.changes and now < subscription.expires and concerns(subscription, space):
                item = change_item(subscription, self._tenant_id, space, message, change)
                content = content_of(subscription, self._shapes, space, message)
                self._put(subscription, subscription.notification_url, item, content, now)

    def enqueue_lifecycle(self, subscription: Subscription, event: LifecycleEvent) -> None:
        """Put a lifecycle notification into the outbox; raises ValueError if nobody asked for those."""
        if subscription.lifecycle_url is None:
            raise ValueError(f"subscription {subscription.id} has no lifecycleNotificationUrl")
        item = lifecycle_item(subscription, self._tenant_id, event, subscription.expires)
        self._add(subscription, subscription.lifecycle_url, item, None, None, self._clock.now())

    def _put(self, subscription: Subscription, url: str, item: JsonObject, content: str | None, now: datetime) -> None:
        faults = self._faults()
        if self._happens(faults.drop):
            self._count(dropped=1)
            return
        spoilt = self._spoilt(faults) if content is not None else None
        due = now + faults.delay_by if self._happens(faults.delay) else now
        for _ in range(2 if self._happens(faults.duplicate) else 1):
            self._add(subscription, url, item, content, spoilt, due)

    def _add(
        self,
        subscription: Subscription,
        url: str,
        item: JsonObject,
        content: str | None,
        spoilt: Spoilt | None,
        due: datetime,
    ) -> None:
        register = self._state.register
        number = register.notification + 1
        self._state.set_register(replace(register, notification=number))
        behind = self._chance.randint(2, 12) if self._happens(self._faults().reorder) else 0
        notification = Notification(
            id=number,
            order=number + behind,
            subscription_id=subscription.id,
            url=url,
            item=item,
            content=content,
            spoilt=spoilt,
            due=due,
        )
        self._state.outbox.put(notification)
        self._count(due=1)
        heapq.heappush(self._later, (due, number))
        self._wake.set()

    def _spoilt(self, faults: Faults) -> Spoilt | None:
        rates = (
            (faults.without_content, Spoilt.WITHOUT_CONTENT),
            (faults.tampered, Spoilt.TAMPERED),
            (faults.wrong_key, Spoilt.WRONG_KEY),
        )
        return next((kind for rate, kind in rates if self._happens(rate)), None)

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate

    def start(self) -> None:
        """Begin to hand notifications over."""
        self._client = outgoing_client(_ANSWER_SECONDS)
        self._task = asyncio.create_task(self._run(), name="tenant-notifier")

    async def stop(self) -> None:
        """Stop; what is not handed over stays in the outbox."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def flush(self) -> None:
        """Return when everything due at the clock's present moment was handed over or refused.

        Raises RuntimeError when the notifier does not run.
        """
        while self._busy or self._take_due():
            if self._task is None:
                raise RuntimeError("the tenant is not started, so nothing can be handed over")
            if self._task.done():
                raise RuntimeError("the notifier has failed") from self._task.exception()
            self._round_done.clear()
            self._wake.set()
            await self._round_done.wait()

    def retry_now(self) -> None:
        """Make everything that waits for its next attempt due at once."""
        now = self._clock.now()
        for notification in list(self._state.outbox):
            if notification.due > now:
                self._state.outbox.put(replace(notification, due=now))
        self._later = [(min(due, now), number) for due, number in self._later]
        heapq.heapify(self._later)
        self._wake.set()

    def _take_due(self) -> bool:
        now = self._clock.now()
        while self._later and self._later[0][0] <= now:
            _, number = heapq.heappop(self._later)
            notification = self._state.outbox.get(str(number))
            if notification is not None:
                heapq.heappush(self._ready, (notification.order, number))
        return bool(self._ready)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._take_due():
                self._busy = True
                try:
                    batches = [batch for _ in range(self.parallel) if (batch := self._next_batch())]
                    await asyncio.gather(*(self._hand_over(batch) for batch in batches))
                    self._state.commit()
                finally:
                    self._busy = False
                    self._round_done.set()
                continue
            self._round_done.set()
            await self._clock.wait(self._later[0][0] if self._later else None, self._wake)

    def _next_batch(self) -> list[Notification]:
        batch: list[Notification] = []
        others: list[tuple[int, int]] = []
        while self._ready and len(batch) < self.batch_size:
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

    async def _hand_over(self, batch: list[Notification]) -> None:
        client = self._client
        if client is None:
            raise RuntimeError("the notifier was stopped")
        items = [(n, item) for n in batch if (item := self._item(n)) is not None]
        if not items:
            return
        body: JsonObject = {"value": [item for _, item in items]}
        if any(notification.content is not None for notification, _ in items):
            token = self._validation_token()
            body["validationTokens"] = [] if token is None else [token]
        try:
            answer = await client.post(
                batch[0].url,
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json; charset=utf-8"},
            )
            taken = answer.is_success
        except httpx.HTTPError:
            taken = False
        self._count(posts=1)
        for notification, _ in items:
            self._settle(notification, taken=taken)

    def _item(self, notification: Notification) -> JsonObject | None:
        if notification.content is None:
            return notification.item
        subscription = self._state.subscriptions.get(notification.subscription_id)
        if subscription is None:
            # Its owner deleted the subscription: there is nobody to encrypt for any more.
            self._state.outbox.drop(str(notification.id))
            self._count(withdrawn=1)
            return None
        if notification.spoilt == Spoilt.WITHOUT_CONTENT:
            return notification.item
        encrypted = self._recipient(subscription).encrypt(
            notification.content.encode(),
            tampered=notification.spoilt == Spoilt.TAMPERED,
            wrong_key=notification.spoilt == Spoilt.WRONG_KEY,
        )
        return notification.item | {"encryptedContent": encrypted}

    def _recipient(self, subscription: Subscription) -> Recipient:
        if subscription.id not in self._recipients:
            self._recipients[subscription.id] = Recipient(
                subscription.certificate or "", subscription.certificate_id or ""
            )
        return self._recipients[subscription.id]

    def _settle(self, notification: Notification, *, taken: bool) -> None:
        now = self._clock.now()
        tried = notification.tried or now
        if taken:
            self._state.outbox.drop(str(notification.id))
            self._count(accepted=1)
            return
        due = now + _DELAYS[min(notification.attempts, len(_DELAYS) - 1)]
        if due > tried + GIVE_UP_AFTER:
            self._state.outbox.drop(str(notification.id))
            self._count(lost=1)
            return
        again = replace(notification, due=due, tried=tried, attempts=notification.attempts + 1)
        self._state.outbox.put(again)
        self._count(retried=1)
        heapq.heappush(self._later, (due, notification.id))

    def _count(self, **more: int) -> None:
        register = self._state.register
        counters: Counters = register.counters
        added = {name: getattr(counters, name) + number for name, number in more.items()}
        self._state.set_register(replace(register, counters=replace(counters, **added)))
