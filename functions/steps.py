"""How every queued step ends: done, refused for good, or put back for later. Anything else is our fault and counts
towards poison."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import azure.functions as func

from functions.logs import line
from shared.errors import Refused, TryLater

if TYPE_CHECKING:
    from shared.usecases.context import Context

log = logging.getLogger("cairn.steps")


async def run_step(
    queue: str, message: func.QueueMessage, work: "Callable[[Context, str], Awaitable[dict[str, object]]]"
) -> None:
    """Run one step on one queue message.

    `work` is given what the message says. It returns ids and outcomes for the log line, which also names
    the queue message (what joins the lines of one piece of work). A refusal completes the message. `TryLater`
    puts the same message on the queue anew, so that waiting never counts towards poison.
    """
    from shared import wiring

    context = await wiring.context()
    text = message.get_body().decode()
    try:
        with _metered(queue, message):
            async with context.queue.opened(text) as body:
                outcome = await work(context, body)
    except Refused as refusal:
        log.warning(line("refused", queue=queue, correlation=message.id, code=refusal.code))
    except TryLater as later:
        await context.queue.put_back(queue, text, delay=later.after)
        seconds = later.after.total_seconds()
        log.info(line("put_back", queue=queue, correlation=message.id, seconds=seconds, why=later))
    else:
        log.info(line("done", queue=queue, correlation=message.id, **outcome))


@contextmanager
def _metered(queue: str, message: func.QueueMessage) -> Iterator[None]:
    """Say what the step cost however it ended, and what its parts did of that: one line each."""
    from shared.meter import metered

    with metered(queue) as spent:
        try:
            yield
        finally:
            log.info(line("cost", step=queue, correlation=message.id, **spent.facts()))
            for part, theirs in spent.inner():
                log.info(line("cost", step=queue, part=part, correlation=message.id, **theirs.facts()))
