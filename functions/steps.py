"""How every queued step ends: done, refused for good, or put back for later. Anything else is our fault and counts
towards poison."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from shared.errors import Refused, TryLater

if TYPE_CHECKING:
    from shared.usecases.context import Context

log = logging.getLogger("cairn.steps")


async def run_step(queue: str, body: str, work: "Callable[[Context], Awaitable[dict[str, object]]]") -> None:
    """Run one step on one queue message.

    `work` returns ids and outcomes for the log line. A refusal completes the message. `TryLater` puts
    the same body on the queue anew, so that waiting never counts towards poison.
    """
    from shared import wiring

    context = await wiring.context()
    try:
        outcome = await work(context)
    except Refused as refusal:
        log.warning("refused", extra={"queue": queue, "code": refusal.code})
    except TryLater as later:
        await context.queue.put_back(queue, body, delay=later.after)
        log.info("put back", extra={"queue": queue, "seconds": later.after.total_seconds()})
    else:
        log.info("done", extra={"queue": queue} | outcome)
