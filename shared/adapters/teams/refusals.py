"""What the Bot Connector's refusals and silences mean for us.

Microsoft Learn, "Optimize your bot with rate limiting in Teams": 412, 429, 502 and 504 are to be tried again with
a growing wait. We divide them further, because a message must not be posted twice: after some, nobody
knows whether it was.
"""

import logging
from datetime import timedelta

import httpx
from tenacity import RetryCallState, wait_random_exponential

from shared.errors import CairnError, Gone, Misconfigured, Refused, TryLater

LONGEST_WAIT = timedelta(seconds=2)
"""How long a call may wait in place; what must wait longer goes back to its queue."""
_NOT_DONE = {412, 429, 503}
_PERHAPS_DONE = {500, 502, 504}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

log = logging.getLogger("cairn.teams")


class Busy(Exception):
    """The call may be tried again at once, after `after` if the connector named a wait."""

    def __init__(self, after: timedelta | None) -> None:
        super().__init__()
        self.after = after


def refusal_of(response: httpx.Response, *, repeatable: bool) -> Exception:
    """What to raise for an answer other than success; `repeatable` says whether doing the call twice does no harm."""
    status, after = response.status_code, _retry_after(response)
    if status in _NOT_DONE or (status in _PERHAPS_DONE and repeatable):
        if after is not None and after > LONGEST_WAIT:
            return TryLater("Teams asks for patience", after=after)
        return Busy(after)
    if status in _PERHAPS_DONE:
        return TryLater("it is not known whether Teams took the message", after=after or timedelta(seconds=5))
    if status == 401:
        return Misconfigured("the Bot Connector refuses our token; CAIRN_APP_ID must be the bot's")
    if status == 413:
        log.error("activity_too_large bytes=%d code=%s", len(response.request.content), _code(response))
        return Refused("the message is larger than Teams takes", code="too_large")
    if status in (403, 404, 410):
        return Gone(f"Teams no longer lets us in there ({status} {_code(response)})")
    return CairnError(f"Teams finds the message wrong ({status} {_code(response)})")


def silence_of(error: httpx.TransportError, *, repeatable: bool) -> Exception:
    """What to raise when there was no answer."""
    if repeatable or isinstance(error, _NEVER_SENT):
        return Busy(None)
    return TryLater("it is not known whether Teams took the message", after=timedelta(seconds=5))


_backoff = wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT.total_seconds())


def wait_before_next(state: RetryCallState) -> float:
    """Seconds before the next attempt: as the connector said, or else growing, with chance in it."""
    error = state.outcome.exception() if state.outcome else None
    after = error.after if isinstance(error, Busy) else None
    return after.total_seconds() if after is not None else _backoff(state)


def _retry_after(response: httpx.Response) -> timedelta | None:
    asked = response.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(asked), 86_400)) if asked.isascii() and asked.isdigit() else None


def _code(response: httpx.Response) -> str:
    """The connector's own word for it, if it is one: an answer's text is not for the log."""
    try:
        code = response.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "no code"
    return code[:60] if isinstance(code, str) and code.isalnum() else "no code"
