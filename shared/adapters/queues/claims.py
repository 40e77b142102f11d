"""Claim checks: what is too large for a queue message lies in a blob, and the message says which.

A blob is named by what it holds, so that a send that is repeated writes the same one. It goes once the
work is done, unless it was written again since it was opened: then another message wants it. Whoever opened it
after the last send did that message's work too. What waits for its time is not covered by work done
earlier; such blobs, and those of messages that never came to be, go by age.

https://learn.microsoft.com/azure/architecture/patterns/claim-check
"""

import hashlib
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.adapters.queues.storage_service import StorageService
from shared.errors import Refused, TryLater

if TYPE_CHECKING:
    from azure.storage.blob.aio import ContainerClient

CONTAINER = "cairn-claims"
_CLAIM = re.compile(r'\{"claim":"(?P<name>[a-z0-9-]{3,63}/(?:now|later)/[0-9a-f]{64})"\}')

_log = logging.getLogger("cairn.queues")


class Claims:
    """The blobs of one account."""

    def __init__(self, service: StorageService) -> None:
        self._service = service
        self._known: ContainerClient | None = None

    async def put(self, queue: str, body: bytes, *, delay: timedelta) -> str:
        """Keep a body; returns the text to send in its place."""
        from azure.core.exceptions import ResourceNotFoundError

        name = f"{queue}/{'later' if delay else 'now'}/{hashlib.sha256(body).hexdigest()}"

        async def write() -> None:
            await self._container.upload_blob(name, body, overwrite=True)

        try:
            await self._service.asked(write)
        except ResourceNotFoundError:
            await self._create()
            await self._service.asked(write)
        return json.dumps({"claim": name}, separators=(",", ":"))

    @asynccontextmanager
    async def opened(self, text: str) -> AsyncIterator[str]:
        """What a received message says, for as long as it is worked on: `text` itself, or what its claim stands for.

        Leaving it with the work done, or refused for good, removes the blob; any other exception keeps it.
        Raises `Refused` (`claim_gone`) when the blob is no longer there: somebody has done the work, or it went by
        age. Raises `TryLater` when it can't be had now.
        """
        claim = _CLAIM.fullmatch(text)
        if claim is None:
            yield text
            return
        body, etag = await self._read(claim["name"])
        try:
            yield body
        except Refused:
            await self._drop(claim["name"], etag)
            raise
        await self._drop(claim["name"], etag)

    async def purge(self, before: datetime) -> int:
        """Remove the blobs last written before that moment; returns how many. Repeating it is fine."""
        from azure.core.exceptions import ResourceNotFoundError

        async def old() -> list[str]:
            return [blob.name async for blob in self._container.list_blobs() if blob.last_modified < before]

        try:
            names = await self._service.asked(old)
        except ResourceNotFoundError:
            return 0
        return sum([await self._removed(name, before) for name in names])

    @property
    def _container(self) -> "ContainerClient":
        if self._known is None:
            self._known = self._service.blobs.get_container_client(CONTAINER)
        return self._known

    async def _create(self) -> None:
        from azure.core.exceptions import ResourceExistsError

        try:
            await self._service.asked(self._container.create_container)
        except ResourceExistsError:
            return  # somebody was faster

    async def _read(self, name: str) -> tuple[str, str]:
        """A blob's text and the etag under which it was read."""
        from azure.core.exceptions import ResourceNotFoundError

        async def read() -> tuple[bytes, str]:
            found = await self._container.download_blob(name)
            return await found.readall(), found.properties.etag

        try:
            body, etag = await self._service.asked(read)
        except ResourceNotFoundError:
            fault = Refused("what the message stands for is no longer there", code="claim_gone")
        else:
            return body.decode(), etag
        raise fault

    async def _drop(self, name: str, etag: str) -> None:
        """Remove a blob whose work is done; one that can't be removed now goes by age."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        if "/later/" in name:
            return

        async def delete() -> None:
            await self._container.delete_blob(name, etag=etag, match_condition=MatchConditions.IfNotModified)

        try:
            await self._service.asked(delete)
        except (ResourceNotFoundError, ResourceModifiedError):
            return  # done by somebody else, or wanted by another message
        except TryLater:
            _log.warning("claim_left name=%s", name)

    async def _removed(self, name: str, before: datetime) -> bool:
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        async def delete() -> None:
            await self._container.delete_blob(name, if_unmodified_since=before)

        try:
            await self._service.asked(delete)
        except (ResourceNotFoundError, ResourceModifiedError):
            return False
        return True
