"""One HTTP client for Graph: bearer tokens, retries within bounds, and errors in our own words."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shared.adapters.identity.credentials import ClientCredentials
from shared.errors import CairnError, Gone, Misconfigured, TryLater

ATTEMPTS = 4
LONGEST_WAIT = 2.0
"""Seconds that a call may wait in place; what must wait longer goes back to its queue."""
_BUSY = {429, 502, 503, 504}


class _Busy(Exception):
    """Graph asked for patience; `after` is its Retry-After in seconds, or None."""

    def __init__(self, after: float | None) -> None:
        super().__init__()
        self.after = after


class GraphClient:
    """Calls to Graph v1.0, by paths below its root."""

    def __init__(self, *, root: str, credentials: ClientCredentials) -> None:
        """`root` is `https://graph.microsoft.com/v1.0`, or a stand-in's address."""
        self._root = root.rstrip("/")
        self._credentials = credentials
        self._http = httpx2.AsyncClient(timeout=httpx2.Timeout(15, connect=5))

    async def call(self, method: str, path: str, *, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """One call; returns the JSON object it answers (empty for none).

        Raises `Gone` (404, 410), `Misconfigured` (401, 403: a permission is missing), `TryLater` (429,
        5xx and silence, after some attempts), and `CairnError` for what Graph finds wrong with the call.
        """
        try:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(ATTEMPTS),
                wait=_wait,
                retry=retry_if_exception_type(_Busy),
                reraise=True,
            ):
                with attempt:
                    return await self._once(method, path, body)
        except _Busy as busy:
            raise TryLater("Graph is busy", after=timedelta(seconds=busy.after or 10)) from busy
        raise AssertionError("a call ends in an answer or an exception")

    async def pages(self, path: str) -> AsyncIterator[Mapping[str, Any]]:
        """Every item of a collection, page by page (`@odata.nextLink`)."""
        next_path: str | None = path
        while next_path:
            page = await self.call("GET", next_path)
            for item in page.get("value", []):
                yield item
            link = page.get("@odata.nextLink")
            next_path = self._below_root(link) if isinstance(link, str) else None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._credentials.close()

    def _below_root(self, link: str) -> str:
        """A next link is followed on our Graph alone: our token goes nowhere else."""
        if not link.startswith(self._root + "/"):
            raise CairnError("Graph's next page is on another host, and is not fetched")
        return link.removeprefix(self._root)

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        response = await self._send(method, path, body, fresh=False)
        if response.status_code == 401:
            response = await self._send(method, path, body, fresh=True)
        status = response.status_code
        if status in _BUSY or status == 500:
            raise _retry(response)
        if status in (404, 410):
            raise Gone("Graph no longer has that")
        if status in (401, 403):
            raise Misconfigured(f"Graph refuses {method} {_shape(path)}: {_code(response)}; see docs/permissions.md")
        if status == 409:
            raise AlreadyThere(f"Graph has that already: {_code(response)}")
        if status >= 400:
            raise CairnError(f"Graph finds {method} {_shape(path)} wrong: {status} {_code(response)}")
        return _object(response)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None, *, fresh: bool) -> httpx2.Response:
        token = await self._credentials.token(fresh=fresh)
        headers = {"Authorization": f"Bearer {token}", "Prefer": "include-unknown-enum-members"}
        try:
            return await self._http.request(method, self._root + path, json=body, headers=headers)
        except httpx2.TransportError as error:
            raise _Busy(None) from error


class AlreadyThere(CairnError):
    """Graph answered 409: what was to be made exists."""


def _retry(response: httpx2.Response) -> Exception:
    asked = response.headers.get("Retry-After", "")
    after = float(asked) if asked.isascii() and asked.isdigit() else None
    if after is not None and after > LONGEST_WAIT:
        return TryLater("Graph asks for patience", after=timedelta(seconds=after))
    return _Busy(after)


_backoff = wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, _Busy) else None
    return asked if asked is not None else _backoff(state)


def _shape(path: str) -> str:
    """The path without ids, for a message that may be logged."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if part.isalpha() else "…" for part in parts if part)


def _code(response: httpx2.Response) -> str:
    error = _object(response).get("error")
    return str(error.get("code", "no code")) if isinstance(error, dict) else "no code"


def _object(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
