"""What the host is doing, and what it has done."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Statistics:
    """What the host has done since it started: by function, and for its queues as a whole."""

    invocations: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    poison: int = 0


class Activity:
    """How much runs at the moment, and a way to wait for that to change."""

    def __init__(self) -> None:
        self.running = 0
        self.begun = 0
        self.looking = 0
        self._changed = asyncio.Event()

    def begin(self) -> None:
        """Something was taken up. Called in the same step, without an `await`, as it was taken."""
        self.running += 1
        self.begun += 1

    def end(self) -> None:
        """It is done, and everything that follows from it is written."""
        self.running -= 1
        self._tell()

    def look(self) -> None:
        """Somebody looks for work, and may hold some before it is taken up."""
        self.looking += 1

    def looked(self, *, found: bool) -> None:
        """They have looked; what they found is taken up."""
        self.looking -= 1
        if not found and not self.looking and not self.running:
            self._tell()

    async def changed(self) -> None:
        """Return after the next `end`, or a look that found nothing while nothing runs."""
        await self._changed.wait()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
