"""Receiving from Azure Storage queues, for a host that stands in for Azure's.

Leases, dequeue counts and pop receipts are Storage's own, by Storage's clock.
"""

import binascii
import logging
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from shared.adapters.queues.messages import QueuedMessage, poison_queue
from shared.adapters.queues.storage import PAGE, StorageQueues, encoded_body
from shared.adapters.queues.storage_service import whole_seconds

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage

_MOVING = timedelta(minutes=1)

_log = logging.getLogger("cairn.queues")


class StorageConsumer:
    """Takes messages from the queues of one account; any number of consumers may."""

    def __init__(self, queues: StorageQueues) -> None:
        """`queues` stays the caller's to close."""
        self._queues = queues

    async def receive(self, queue: str, count: int, visibility: timedelta) -> Sequence[QueuedMessage]:
        """Lease up to `count` (at most 32) visible messages for `visibility`; empty when none is visible.

        What is not base64 of UTF-8 is no message of ours, and is moved to `<queue>-poison` as it is.
        """
        received = []
        for message in await self._queues.taken(queue, count, visibility):
            body = _decoded(message.content or "")
            if body is None:
                _log.error("message_not_readable queue=%s message=%s", queue, message.id)
                await self._move(queue, message.id, message.pop_receipt, message.content or "")
            else:
                received.append(_received(queue, message, body))
        return received

    async def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """Keep a leased message hidden for `visibility` from now on.

        Returns it with its new pop receipt; None, and changes nothing, when the lease was lost.
        """
        client, seconds = self._queues.client(message.queue), max(1, whole_seconds(visibility))

        async def update() -> "QueueMessage":
            return await client.update_message(_id(message), message.pop_receipt, visibility_timeout=seconds)

        updated = await self._queues.under_lease(update)
        if updated is None or updated.pop_receipt is None or updated.next_visible_on is None:
            return None
        return replace(message, visible_at=updated.next_visible_on, pop_receipt=updated.pop_receipt)

    async def release(self, message: QueuedMessage, visibility: timedelta = timedelta(0)) -> bool:
        """Give a message back after a failed attempt, to be seen again after `visibility`; False for a lost lease."""
        client, seconds = self._queues.client(message.queue), whole_seconds(visibility)

        async def update() -> "QueueMessage":
            return await client.update_message(_id(message), message.pop_receipt, visibility_timeout=seconds)

        return await self._queues.under_lease(update) is not None

    async def delete(self, message: QueuedMessage) -> bool:
        """Remove a message that has been dealt with; False when the lease was lost."""
        return await self._queues.removed(message.queue, _id(message), message.pop_receipt or "")

    async def poison(self, message: QueuedMessage) -> bool:
        """Move a message to `<queue>-poison`, where it waits for a person; False when the lease was lost.

        Cut off in between, the message is in both queues, as with Azure's host.
        """
        held = await self.extend(message, _MOVING)
        if held is None:
            return False
        return await self._move(held.queue, _id(held), held.pop_receipt, encoded_body(held.body))

    async def peek(self, queue: str, count: int = PAGE) -> Sequence[QueuedMessage]:
        """Up to `count` (at most 32) of the visible messages as they are, without leasing them."""
        client = self._queues.client(queue)
        seen = await self._queues.found(lambda: client.peek_messages(max_messages=min(count, PAGE))) or []
        return [_received(queue, each, _decoded(each.content or "") or "") for each in seen]

    async def _move(self, queue: str, message_id: str, pop_receipt: str | None, encoded: str) -> bool:
        await self._queues.put(poison_queue(queue), encoded, timedelta(0))
        return await self._queues.removed(queue, message_id, pop_receipt or "")


def _decoded(text: str) -> str | None:
    """A body that Azure's host could read; None for any other."""
    try:
        return b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _received(queue: str, message: "QueueMessage", body: str) -> QueuedMessage:
    epoch = datetime.min.replace(tzinfo=UTC)
    return QueuedMessage(
        id=UUID(message.id).int,
        queue=queue,
        body=body,
        inserted_at=message.inserted_on or epoch,
        visible_at=message.next_visible_on or message.inserted_on or epoch,
        dequeue_count=message.dequeue_count or 0,
        pop_receipt=message.pop_receipt,
    )


def _id(message: QueuedMessage) -> str:
    """Storage's id: a GUID, which our messages carry as a number."""
    return str(UUID(int=message.id))
