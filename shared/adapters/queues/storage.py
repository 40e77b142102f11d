"""Azure Storage queues behind the `Queue` port, as Azure's queue triggers read them.

Bodies are base64, as `messageEncoding` in host.json says, and never expire. A queue is made when it is first
used. A call whose answer was lost is repeated, so that a message can be there twice: at least once is the promise.
https://learn.microsoft.com/rest/api/storageservices/queue-service-rest-api
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.adapters.queues.claims import Claims
from shared.adapters.queues.messages import LARGEST_BODY_BYTES, LONGEST_DELAY, MAX_BODY_BYTES, Outgoing, poison_queue
from shared.adapters.queues.storage_service import StorageService, whole_seconds
from shared.errors import CairnError
from shared.ports import QueueLength, QueueName

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

FOREVER = -1
PAGE = 32
"""The most messages that Storage gives or shows at once."""
_REPLAYING = timedelta(minutes=1)


class StorageQueues:
    """The queues of one storage account."""

    def __init__(self, service: StorageService, *, names: Collection[str] = tuple(QueueName)) -> None:
        """`names` are the queues that `lengths` tells of, with their poison queues; the account may hold others.

        `service` becomes this object's to close. Nothing is asked yet.
        """
        self._service = service
        self._claims = Claims(service)
        self._names = names
        self._clients: dict[str, QueueClient] = {}

    async def send(self, queue: str, body: str, *, delay: timedelta = timedelta(0)) -> None:
        """Put a message on a queue, to be seen after `delay` (at most 7 days, in whole seconds, rounded up).

        What is over 48 KiB of UTF-8 goes by a claim check. Raises `Refused` for a body over 4 MiB
        (`too_large`), one that UTF-8 cannot hold (`not_text`), a delay out of range (`bad_delay`) or an
        impossible queue name (`bad_queue`); `TryLater` when Storage is busy or away.
        """
        message = Outgoing(queue=queue, body=body, delay=delay)
        message.check(LARGEST_BODY_BYTES)
        if len(encoded := body.encode()) > MAX_BODY_BYTES:
            message = replace(message, body=await self._claims.put(queue, encoded, delay=delay))
        await self.put(queue, encoded_body(message.body), delay)

    async def send_many(self, messages: Sequence[Outgoing]) -> None:
        """Put these messages on their queues, one after the other; a fault can leave some of them sent.

        Each holds at most 48 KiB, as those of a function's output binding. Raises as `send` does.
        """
        for message in messages:
            message.check()
        for message in messages:
            await self.put(message.queue, encoded_body(message.body), message.delay)

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        """As `send`, for work that a busy neighbour made wait; a longer delay than 7 days becomes 7 days."""
        await self.send(queue, body, delay=min(delay, LONGEST_DELAY))

    def opened(self, text: str) -> AbstractAsyncContextManager[str]:
        """What a received message says; see `Claims.opened`."""
        return self._claims.opened(text)

    async def lengths(self) -> Mapping[str, QueueLength]:
        """The length of each known queue that exists, `…-poison` queues included, as far as Storage tells.

        Storage counts all messages of a queue and shows up to 32 of the visible ones. With fewer than 32 to
        be seen, those are `visible` and the rest counts as `delayed`, although some of it may be leased; else
        everything counts as `visible`. The sum is right, give or take what comes and goes meanwhile.
        """
        wanted = {name for queue in self._names for name in (queue, poison_queue(queue))}

        async def existing() -> list[str]:
            return [queue.name async for queue in self._service.queues.list_queues() if queue.name in wanted]

        return {name: await self.length(name) for name in sorted(await self._service.asked(existing))}

    async def length(self, queue: str) -> QueueLength:
        """The length of one queue, as `lengths` tells it; zeros for one that was never used."""
        client = self.client(queue)
        known = await self.found(client.get_queue_properties)
        if known is None:
            return QueueLength(visible=0, delayed=0, leased=0)
        seen = len(await self.found(lambda: client.peek_messages(max_messages=PAGE)) or [])
        total = max(known.approximate_message_count or 0, seen)
        visible = total if seen == PAGE else seen
        return QueueLength(visible=visible, delayed=total - visible, leased=0)

    async def replay_poison(self, queue: str) -> int:
        """Send everything in `<queue>-poison` to `queue` once more, as if never tried.

        Returns how many messages went back. Cut off in between, one of them may be in both queues.
        """
        poisoned = self.client(poison_queue(queue))
        known = await self.found(poisoned.get_queue_properties)
        left = (known.approximate_message_count or 0) if known else 0
        replayed = 0
        # Up to what was there at first: what fails again meanwhile waits for the next replay.
        while left > replayed and (messages := await self.taken(poison_queue(queue), left - replayed, _REPLAYING)):
            for message in messages:
                await self.put(queue, message.content or "", timedelta(0))
                await self.removed(poison_queue(queue), message.id, message.pop_receipt or "")
                replayed += 1
        return replayed

    async def purge_claims(self, before: datetime) -> int:
        """Remove the blobs of claim checks that were last written before that moment; returns how many."""
        return await self._claims.purge(before)

    async def close(self) -> None:
        """Close the connections; what was sent stays."""
        self._clients.clear()
        await self._service.close()

    # What the queues are made of, in Storage's own terms: bodies are still encoded.

    def client(self, queue: str) -> "QueueClient":
        """The SDK's client of one queue."""
        if queue not in self._clients:
            self._clients[queue] = self._service.queues.get_queue_client(queue)
        return self._clients[queue]

    async def put(self, queue: str, encoded: str, delay: timedelta) -> "QueueMessage":
        """Add a message, and its queue if need be; returns Storage's receipt of it."""
        from azure.core.exceptions import ResourceNotFoundError

        client, seconds = self.client(queue), whole_seconds(delay)

        async def write() -> "QueueMessage":
            return await client.send_message(encoded, visibility_timeout=seconds, time_to_live=FOREVER)

        try:
            return await self._service.asked(write)
        except ResourceNotFoundError:
            await self._create(client)
        return await self._service.asked(write)

    async def taken(self, queue: str, count: int, visibility: timedelta) -> Sequence["QueueMessage"]:
        """Lease up to `count` (at most 32) visible messages; empty for none, and for no such queue."""
        client, seconds = self.client(queue), max(1, whole_seconds(visibility))

        async def take() -> list["QueueMessage"]:
            # One request: were a second one to fail, what the first one leased would be hidden for nothing.
            pages = client.receive_messages(messages_per_page=min(count, PAGE), visibility_timeout=seconds).by_page()
            async for page in pages:
                return [message async for message in page]
            return []

        return await self.found(take) or []

    async def removed(self, queue: str, message_id: str, pop_receipt: str) -> bool:
        """Delete a leased message; False when the lease was lost, or the message is gone."""

        async def delete() -> bool:
            await self.client(queue).delete_message(message_id, pop_receipt)
            return True

        return await self.under_lease(delete) is not None

    async def under_lease[T](self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What a call that needs a valid pop receipt answers; None when it was not valid."""
        from azure.core.exceptions import HttpResponseError

        try:
            return await self._service.asked(ask)
        except HttpResponseError as error:
            if error.status_code in (400, 404):
                return None
            fault = CairnError(f"Azure Storage finds a call wrong: {error.status_code}")
        raise fault

    async def found[T](self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What a call to a queue answers; None when there is no such queue."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return await self._service.asked(ask)
        except ResourceNotFoundError:
            return None

    async def _create(self, client: "QueueClient") -> None:
        from azure.core.exceptions import ResourceExistsError

        try:
            await self._service.asked(client.create_queue)
        except ResourceExistsError:
            return  # somebody was faster


def encoded_body(body: str) -> str:
    """A body as Azure's host reads it."""
    return b64encode(body.encode()).decode()
