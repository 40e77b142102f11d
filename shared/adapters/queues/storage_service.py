"""Calls to an Azure Storage account: retried within bounds, and their faults in our own words.

The SDK's own retries are off, so that there is one place that decides how long anybody waits.
https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from shared.adapters.proxies import named_by_the_environment
from shared.adapters.queues.storage_address import ByConnection, StorageAddress
from shared.errors import CairnError, Misconfigured, TryLater

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport
    from azure.storage.blob.aio import BlobServiceClient
    from azure.storage.queue.aio import QueueServiceClient

_ATTEMPTS = 4
_PATIENCE = 8.0
"""Seconds that a call may take over all its attempts; what must wait longer goes back to its queue."""
_TIMEOUTS = {"connection_timeout": 5, "read_timeout": 10, "retry_total": 0}
_BUSY = {408, 429, 500, 502, 503, 504}
_GOING_AWAY = {"QueueBeingDeleted", "ContainerBeingDeleted"}
_LONGEST_AFTER = 3600.0

_backoff = wait_random_exponential(multiplier=0.1, max=2)


class StorageService:
    """One account's clients, opened on first use and reused. For one event loop."""

    def __init__(
        self,
        address: StorageAddress,
        *,
        transport: "AsyncHttpTransport[Any, Any] | None" = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is asked yet. `transport` sends the requests in place of the SDK's own."""
        self._address = address
        own = {"transport": transport} if transport else {"use_env_settings": named_by_the_environment()}
        self._options: dict[str, Any] = _TIMEOUTS | own
        self._sleep = sleep
        self._queues: QueueServiceClient | None = None
        self._blobs: BlobServiceClient | None = None

    @property
    def queues(self) -> "QueueServiceClient":
        """The queue service. Raises `Misconfigured` when the address is none."""
        if self._queues is None:
            from azure.storage.queue.aio import QueueServiceClient

            self._queues = self._opened(QueueServiceClient, lambda address: address.queue_url)
        return self._queues

    @property
    def blobs(self) -> "BlobServiceClient":
        """The blob service. Raises `Misconfigured` when the address is none."""
        if self._blobs is None:
            from azure.storage.blob.aio import BlobServiceClient

            self._blobs = self._opened(BlobServiceClient, lambda address: address.blob_url)
        return self._blobs

    async def asked[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """What Storage answers to a call; one that is repeated may therefore have been carried out twice.

        Raises `TryLater` (busy, away, or silent for longer than a call may wait in place), `Misconfigured`
        (no access), and the SDK's `ResourceNotFoundError`, `ResourceExistsError`, `ResourceModifiedError` and
        other `HttpResponseError` for answers of which the caller has to make something.
        """
        from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

        fault: CairnError
        try:
            async for attempt in AsyncRetrying(
                sleep=self._sleep,
                stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(_PATIENCE),
                wait=_wait,
                retry=retry_if_exception(_passes),
                reraise=True,
            ):
                with attempt:
                    return await ask()
        except ClientAuthenticationError:
            fault = self._no_access()
        except HttpResponseError as error:
            if error.status_code in (401, 403):
                fault = self._no_access()
            elif _passes(error):
                fault = _busy(error)
            else:
                raise
        except AzureError as error:
            fault = _busy(error)
        # Outside of the handlers: the SDK's exceptions hold requests, and those a message's text.
        raise fault

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._queues, self._blobs):
            if client is not None:
                await client.close()
        self._queues = self._blobs = None

    def _opened(self, service: Any, url_of: Callable[[Any], str]) -> Any:
        address = self._address
        try:
            if isinstance(address, ByConnection):
                return service.from_connection_string(address.text, **self._options)
            return service(url_of(address), credential=address.credential(), **self._options)
        except ValueError:
            fault = Misconfigured(f"{address.settings}: this is no address of a storage account")
        raise fault

    def _no_access(self) -> Misconfigured:
        return Misconfigured(
            f"{self._address.settings}: Storage refuses this deployment; its identity needs the roles "
            "Storage Queue Data Contributor and Storage Blob Data Contributor"
        )


def _passes(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return error.status_code in _BUSY or _code(error) in _GOING_AWAY
    return isinstance(error, ServiceRequestError | ServiceResponseError | HttpResponseError)


def _code(error: Any) -> str:
    return str(getattr(error, "error_code", None) or "").rpartition(".")[2]


def _wait(state: RetryCallState) -> float:
    asked = _retry_after(state.outcome.exception() if state.outcome else None)
    return asked if asked is not None else _backoff(state)


def _retry_after(error: Any) -> float | None:
    """The seconds that Storage asked to be left alone for; None when it did not."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    text = str(headers.get("Retry-After", "")).strip()
    return min(float(text), _LONGEST_AFTER) if text.isascii() and text.isdigit() else None


def _busy(error: Any) -> TryLater:
    asked = _retry_after(error)
    return TryLater("Azure Storage is busy or can't be reached", after=timedelta(seconds=max(1.0, asked or 10.0)))


def whole_seconds(span: timedelta) -> int:
    """A span as Storage takes it: whole seconds, rounded up."""
    return math.ceil(span.total_seconds())
