"""Calls to Graph: the SDK's requests sent over one HTTP client, retried within bounds, errors in our own words.

The SDK builds requests and sends them; answers are read as the JSON they are, since a notification brings
a message as JSON too and both must come out the same.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from shared.adapters.graph.limiter import Limiter
from shared.adapters.graph.limits import Limit
from shared.errors import CairnError, Gone, Misconfigured, TryLater
from shared.ports import Pace

if TYPE_CHECKING:
    import httpx
    from kiota_abstractions.request_information import RequestInformation

    from shared.adapters.graph.pipeline import Pipeline

PATIENCE: Mapping[Pace, float] = {Pace.PEOPLE: 6.0, Pace.BACKGROUND: 20.0}
"""Seconds that a call may wait in place, over all its attempts; what must wait longer goes back to its queue."""
_BUSY = {429, 500, 502, 503, 504}
_LONGEST_AFTER = timedelta(days=1).total_seconds()
_LOST_TRACK = {"syncstatenotfound", "syncstateinvalid", "resyncrequired"}
"""Error codes with which a delta token is refused, besides 410 (Microsoft Learn, delta query)."""
_LIMIT = re.compile(r"\b(?:limit|quota)\b(?: of '(?P<most>\d+)')?", re.IGNORECASE)


class Tokens(Protocol):
    """Where bearer tokens for Graph come from."""

    def __call__(self, *, refused: str = "", claims: str | None = None) -> Awaitable[str]:
        """A token, another one than `refused`; `claims` is what Graph said the token lacks (JSON)."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the SDK built, and the limits that it counts towards, the narrowest first."""

    request: "RequestInformation"
    limits: tuple[Limit, ...]


class AlreadyThere(CairnError):
    """Graph answered 409: what was to be made exists."""


class LimitReached(Misconfigured):
    """Graph answered 403 and spoke of a limit: `most` is its number, None when it named none."""

    def __init__(self, reason: str, most: int | None) -> None:
        super().__init__(reason)
        self.most = most


class _Busy(Exception):
    """Graph asked for patience; `after` is its Retry-After in seconds, or None."""

    def __init__(self, after: float | None, *, throttled: bool = False) -> None:
        super().__init__()
        self.after = after
        self.throttled = throttled


class GraphClient:
    """Sends calls to Graph v1.0. The SDK is imported with the first call."""

    def __init__(
        self,
        *,
        root: str,
        tokens: Tokens,
        limiter: Limiter,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        patience: Mapping[Pace, float] = PATIENCE,
    ) -> None:
        """`root` is `https://graph.microsoft.com/v1.0`, or a stand-in's address on this machine."""
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._limiter = limiter
        self._now = now
        self._sleep = sleep
        self._patience = patience
        self._opened: Pipeline | None = None

    @property
    def pipeline(self) -> "Pipeline":
        """The SDK's side: its request builders are `pipeline.api`."""
        if self._opened is None:
            from shared.adapters.graph.pipeline import Pipeline

            self._opened = Pipeline(root=self._root, tokens=self._tokens)
        return self._opened

    async def send(self, call: Call, *, pace: Pace) -> Mapping[str, Any]:
        """One call; returns the JSON object it answers (empty for none).

        Raises `Gone` (404, 410, a lost delta token), `Misconfigured` (401 with a fresh token too, 403: a
        permission is missing), `LimitReached`, `AlreadyThere`, `TryLater` (429, 5xx and silence for longer
        than a call may wait in place), and `CairnError` for what Graph finds wrong with the call.
        """
        patience, waited = self._patience[pace], 0.0

        def spent(state: RetryCallState) -> float:
            # On a clock moved by hand sleeping takes no time, and yet counts.
            return max(state.seconds_since_start or 0.0, state.idle_for + waited)

        def has_had_enough(state: RetryCallState) -> bool:
            return spent(state) + state.upcoming_sleep > patience

        try:
            async for attempt in AsyncRetrying(
                sleep=self._sleep,
                stop=has_had_enough,
                wait=_wait,
                retry=retry_if_exception_type(_Busy),
                reraise=True,
            ):
                with attempt:
                    left = max(0.0, patience - spent(attempt.retry_state))
                    waited += await self._limiter.admit(call.limits, pace, patience=left)
                    return await self._once(call)
        except _Busy as busy:
            after = busy.after
        raise TryLater("Graph is busy", after=timedelta(seconds=10 if after is None else max(1.0, after)))

    async def pages(self, call: Call, *, pace: Pace) -> AsyncIterator[Mapping[str, Any]]:
        """Every item of a collection, page by page (`@odata.nextLink`)."""
        following: Call | None = call
        while following:
            page = await self.send(following, pace=pace)
            for item in items(page):
                yield item
            link = page.get("@odata.nextLink")
            following = self.following(link, call.limits) if isinstance(link, str) else None

    def following(self, link: str, limits: tuple[Limit, ...]) -> Call:
        """The call for a next or delta link. One that leads away from our Graph is refused: our token stays here."""
        if not link.startswith(self._root + "/"):
            raise CairnError("Graph's next page is on another host, and is not fetched")
        return Call(self.pipeline.request_to(link), limits)

    async def close(self) -> None:
        """Close the connections."""
        await self._limiter.close()
        if self._opened is not None:
            await self._opened.close()

    async def _once(self, call: Call) -> Mapping[str, Any]:
        response = await self.pipeline.answer(call.request)
        if response is not None and response.status_code == 401:
            await self._tokens(refused=self.pipeline.token_of(call.request))
            response = await self.pipeline.answer(call.request)
        if response is None:
            raise _Busy(None)
        if response.status_code in _BUSY:
            raise self._asked_for_patience(call, response)
        if response.is_success:
            return _object(response)
        raise _fault(call, response)

    def _asked_for_patience(self, call: Call, response: "httpx.Response") -> _Busy:
        after = _seconds(response.headers.get("Retry-After", ""), self._now())
        if response.status_code == 429:
            self._limiter.throttled(call.limits, 1.0 if after is None else after)
        return _Busy(after)


def items(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects on a page of a collection."""
    found = page.get("value")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


_backoff = wait_random_exponential(multiplier=0.1, max=5)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, _Busy) else None
    return asked if asked is not None else _backoff(state)


def _seconds(retry_after: str, now: datetime) -> float | None:
    """A Retry-After header (RFC 9110: seconds or a date) in seconds from now; None when it says nothing."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), _LONGEST_AFTER)


def _fault(call: Call, response: "httpx.Response") -> CairnError:
    status, what = response.status_code, f"{_method(call)} {_shape(call)}"
    code, said = _error(response)
    if status in (404, 410) or code.lower() in _LOST_TRACK:
        return Gone("Graph no longer has that")
    if status == 409:
        return AlreadyThere(f"Graph has that already: {code}")
    if status in (401, 403):
        reason = f"Graph refuses {what}: {code}; see docs/permissions.md"
        limit = _LIMIT.search(said) if status == 403 else None
        if limit is not None:
            return LimitReached(reason, int(limit["most"]) if limit["most"] else None)
        return Misconfigured(reason)
    return CairnError(f"Graph finds {what} wrong: {status} {code}")


def _method(call: Call) -> str:
    method = call.request.http_method
    return str(method.value) if method is not None else "?"


def _shape(call: Call) -> str:
    """The path without ids, for a message that may be logged."""
    path = (call.request.url_template or "next page").removeprefix("{+baseurl}/").partition("{?")[0]
    return re.sub(r"\{[^}]*\}", "…", path)


def _error(response: "httpx.Response") -> tuple[str, str]:
    """Graph's error code, and what it says of it; the latter may hold ids and is not for logs."""
    try:
        body = response.json()
    except ValueError:
        return "no code", ""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "no code", ""
    code = "".join(c for c in str(error.get("code", "")) if c.isalnum() or c in "._-")[:60]
    return code or "no code", str(error.get("message", ""))


def _object(response: "httpx.Response") -> Mapping[str, Any]:
    """The answer's object; an answer cut off or of another making is as good as none, and asked for again."""
    if not response.content:
        return {}
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        return body
    raise _Busy(None)
