"""Hands the notifications of the outbox over, to webhooks and event hubs, and tries again as Graph does."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator

import httpx
import msgspec

from local.clock import LocalClock
from local.tenant.changes import EVENT_HUB
from local.tenant.faults import Faults
from local.tenant.hub import EventHub
from local.tenant.lifecycle import Lifecycle
from local.tenant.model import JsonObject, Notification
from local.tenant.outbox import Outbox
from local.tenant.outgoing import outgoing_client
from local.tenant.state import State

SLOW_SECONDS = 2.9
"""An answer that takes longer counts as slow with Graph."""

_IN_BLOB = ("resource", "resourceData", "encryptedContent")


class Notifier:
    """Empties the outbox towards the subscriptions' URLs.

    `batch_size` is the most items of one POST, `parallel` the number of POSTs under way at once; with one,
    items arrive in order unless a fault reorders them. `answer_seconds` is how long an answer is waited for:
    Graph gives 3 s, which on a busy machine would be an unasked-for fault.
    """

    def __init__(
        self,
        *,
        state: State,
        clock: LocalClock,
        outbox: Outbox,
        lifecycle: Lifecycle,
        hub: EventHub,
        faults: Callable[[], Faults],
        validation_token: Callable[[], str | None],
    ) -> None:
        self.batch_size = 20
        self.parallel = 1
        self.answer_seconds = 30.0
        self._state = state
        self._clock = clock
        self._outbox = outbox
        self._lifecycle = lifecycle
        self._hub = hub
        self._faults = faults
        self._validation_token = validation_token
        self._round_done = asyncio.Event()
        self._busy = False
        self._task: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None

    def start(self) -> None:
        """Begin to hand notifications over."""
        self._client = outgoing_client(self.answer_seconds)
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
            self._outbox.wake.set()
            await self._round_done.wait()

    def _take_due(self) -> bool:
        self._lifecycle.challenge_due()
        return self._outbox.take_due()

    async def _run(self) -> None:
        while True:
            self._outbox.wake.clear()
            if self._take_due():
                self._busy = True
                try:
                    batches = [
                        batch for _ in range(self.parallel) if (batch := self._outbox.next_batch(self.batch_size))
                    ]
                    await asyncio.gather(*(self._hand_over(batch) for batch in batches))
                    self._state.commit()
                finally:
                    self._busy = False
                    self._round_done.set()
                continue
            self._round_done.set()
            moments = [at for at in (self._outbox.next_due, self._lifecycle.next_due) if at is not None]
            await self._clock.wait(min(moments, default=None), self._outbox.wake)

    async def _hand_over(self, batch: list[Notification]) -> None:
        wanted = [notification for notification in batch if self._is_wanted(notification)]
        if not wanted:
            return
        if wanted[0].url.startswith(EVENT_HUB):
            for part, body in self._hub_events(wanted):
                self._settle(part, taken=await self._hub.send(part[0].url, body))
        else:
            self._settle(wanted, taken=await self._post(wanted))

    def _is_wanted(self, notification: Notification) -> bool:
        if notification.lifecycle or self._state.subscriptions.get(notification.subscription_id) is not None:
            return True
        # The subscription was deleted or removed: there is nobody to tell any more.
        self._outbox.withdrawn(notification)
        return False

    async def _post(self, batch: list[Notification]) -> bool:
        client = self._client
        if client is None:
            raise RuntimeError("the notifier was stopped")
        self._outbox.count(posts=1)
        if self._faults().webhook_down:
            return False
        body: JsonObject = {"value": [notification.item for notification in batch]}
        if any(notification.rich for notification in batch):
            token = self._validation_token()
            body["validationTokens"] = [] if token is None else [token]
        began = time.monotonic()
        try:
            answer = await client.post(
                batch[0].url,
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json; charset=utf-8"},
            )
        except httpx.HTTPError:
            return False
        if time.monotonic() - began > SLOW_SECONDS:
            self._outbox.count(slow=1)
        return answer.is_success

    def _hub_events(self, batch: list[Notification]) -> Iterator[tuple[list[Notification], bytes]]:
        """The batch as events that the hub takes; what is too large for it goes by blob or is lost."""
        part: list[Notification] = []
        items: list[bytes] = []
        for notification in batch:
            item = self._hub_item(notification)
            if item is None:
                self._lose(notification)
                continue
            if items and len(_event([*items, item])) > self._hub.limit:
                yield part, _event(items)
                part, items = [], []
            part.append(notification)
            items.append(item)
        if items:
            yield part, _event(items)

    def _hub_item(self, notification: Notification) -> bytes | None:
        item = msgspec.json.encode(notification.item)
        if len(_event([item])) <= self._hub.limit:
            return item
        subscription = self._state.subscriptions.get(notification.subscription_id)
        if subscription is None or subscription.blob_store_url is None:
            return None
        blob = {name: notification.item[name] for name in _IN_BLOB if name in notification.item}
        rest = {name: value for name, value in notification.item.items() if name not in _IN_BLOB}
        # The same id for each attempt, so that a retry leaves no second blob.
        stored = str(uuid.uuid5(uuid.UUID(subscription.id), str(notification.id)))
        self._hub.store_blob(stored, msgspec.json.encode(blob))
        return msgspec.json.encode(rest | {"additionalPayloadStorageId": stored})

    def _settle(self, batch: list[Notification], *, taken: bool) -> None:
        for notification in batch:
            if taken:
                self._outbox.accepted(notification)
            elif not self._outbox.refused(notification) and not notification.lifecycle:
                self._lifecycle.tell_missed(notification.subscription_id)

    def _lose(self, notification: Notification) -> None:
        self._outbox.lost(notification)
        self._lifecycle.tell_missed(notification.subscription_id)


def _event(items: list[bytes]) -> bytes:
    return b'{"value":[' + b",".join(items) + b"]}"
