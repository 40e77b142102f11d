"""Clocks for one machine: the real one, and one that a scenario moves by hand.

The function app, the local host and the simulated tenant share one clock, so that three weeks of a
company's talk can pass in a minute and nothing has to sleep.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class LocalClock(Protocol):
    """What the host and the tenant need beyond `now`: to wait until a moment has come."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Return when `until` has come or `wake` is set, whichever is first; `None` waits for `wake` alone."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return datetime.now(UTC)

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Return when `until` has come or `wake` is set."""
        seconds = None if until is None else max(0.0, (until - self.now()).total_seconds())
        try:
            await asyncio.wait_for(wake.wait(), seconds)
        except TimeoutError:
            return


class SimulatedClock:
    """A clock that stands still until `advance_to` moves it; it never goes back."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock starts at an aware datetime")
        self._now = start
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The simulated moment, aware."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move on to `moment` and wake whoever waits for it; a moment in the past changes nothing."""
        if moment <= self._now:
            return
        self._now = moment
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def advance(self, by: timedelta) -> None:
        """Move on by a span of time."""
        self.advance_to(self._now + by)

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Return when the clock has been moved to `until`, or `wake` is set."""
        while not wake.is_set() and (until is None or self._now < until):
            waiters = [asyncio.ensure_future(wake.wait()), asyncio.ensure_future(self._moved.wait())]
            try:
                await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for waiter in waiters:
                    waiter.cancel()
