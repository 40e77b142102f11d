"""What an error of Cosmos DB means: try again at once, wait, read again, or mend a setting.

Source of the numbers: Microsoft Learn, "HTTP status codes for Azure Cosmos DB".
"""

import asyncio
from datetime import timedelta
from http import HTTPStatus

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared.errors import CairnError, Misconfigured, Refused, TryLater

_PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.GONE,
    HTTPStatus.TOO_MANY_REQUESTS,
    449,  # two writes to one document at the same moment
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_NO_SUCH_CONTAINER, _SESSION_NOT_THERE_YET = 1003, 1002
_LATER = timedelta(seconds=5)


def status_of(error: BaseException) -> int | None:
    """The HTTP status that the server gave; None when it gave none."""
    return error.status_code if isinstance(error, HttpResponseError) else None


def passes_by_itself(error: BaseException) -> bool:
    """Whether the same call may succeed a moment later, or has succeeded already without our knowing."""
    status = status_of(error)
    if status is not None:
        return status in _PASSING or (status == HTTPStatus.NOT_FOUND and _finer(error) == _SESSION_NOT_THERE_YET)
    if isinstance(error, ClientAuthenticationError):
        return False
    return isinstance(error, AzureError | TimeoutError | asyncio.TimeoutError | ConnectionError)


def is_missing(error: BaseException) -> bool:
    """Whether the document is not there (and not: the container)."""
    return status_of(error) == HTTPStatus.NOT_FOUND and _finer(error) not in (
        _NO_SUCH_CONTAINER,
        _SESSION_NOT_THERE_YET,
    )


def is_refused_write(error: BaseException) -> bool:
    """Whether a write found another version, or a document where none was expected."""
    return status_of(error) in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


def asked_to_wait(error: BaseException) -> timedelta | None:
    """How long the server asks us to wait, if it does."""
    headers = getattr(error, "headers", None) or getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return timedelta(milliseconds=float(headers["x-ms-retry-after-ms"]))
    except (KeyError, ValueError):
        return None


def meaning_of(error: BaseException) -> CairnError | None:
    """The error as the use cases know it; None for a mistake of ours, which leaves as it is."""
    if passes_by_itself(error):
        return TryLater("the store is busy or away", after=asked_to_wait(error) or _LATER)
    status = status_of(error)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Refused("a document is larger than Cosmos DB takes (2 MB)", code="too_large")
    if isinstance(error, ClientAuthenticationError) or status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Misconfigured("CAIRN_COSMOS_URL: this key or identity may not use the database")
    if status == HTTPStatus.NOT_FOUND and _finer(error) == _NO_SUCH_CONTAINER:
        return Misconfigured("CAIRN_COSMOS_DATABASE: the database or a container is missing; run `cairn store init`")
    return None


def _finer(error: BaseException) -> int:
    return int(getattr(error, "sub_status", None) or 0)
