"""Waiting for a busy neighbour, where there is no queue to go back to: a command that somebody has called."""

from collections.abc import Awaitable, Callable

from shared.errors import TryLater

type Wait = Callable[[TryLater], Awaitable[None]]
"""What is done before the same is tried again; raises to end the run."""


async def give_up(later: TryLater) -> None:
    """Wait for nothing: whoever called tries again."""
    raise later


async def patiently[T](work: Callable[[], Awaitable[T]], wait: Wait) -> T:
    """Do something until no `TryLater` comes of it."""
    while True:
        try:
            return await work()
        except TryLater as later:
            await wait(later)
