"""The moment at which a door is entered: the machine's clock, unless this machine plays on another one.

Light on purpose: the webhook's path imports it. Use cases are given `now` and never ask.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

_source: list[Callable[[], datetime]] = []


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source[-1]() if _source else datetime.now(UTC)


async def sleep(seconds: float) -> None:
    """Wait for a moment; on a clock that is moved by hand waiting takes no time."""
    await asyncio.sleep(0 if _source else seconds)


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source` from now on (a clock moved by hand); None goes back to the machine's."""
    _source[:] = [source] if source else []
