"""Upkeep: find what a crash left behind, and remove what has been kept long enough."""

from dataclasses import dataclass
from datetime import timedelta

from shared.usecases.context import Context

GRACE = timedelta(minutes=5)
"""How long something may be overdue before it counts as lost rather than as on its way."""
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How much was put on its way again."""

    threads: int
    postings: int


async def sweep(context: Context) -> Swept:
    """Queue again every thread and posting whose queue message was lost, or is late.

    Harmless for one that is merely late: coming twice ends in the same state.
    """
    threads = await context.store.overdue(context.now - GRACE, limit=BATCH)
    for thread in threads:
        await context.queue_thread(thread.space_id, thread.id, context.now)
    postings = await context.store.unfinished(context.now - GRACE, limit=BATCH)
    for posting in postings:
        await context.queue_delivery(posting.id)
    return Swept(threads=len(threads), postings=len(postings))


async def purge(context: Context) -> int:
    """Remove messages older than the tenant keeps them; snippets stay. Returns how many went."""
    removed = 0
    while gone := await context.store.purge(context.now - context.keep, limit=BATCH):
        removed += gone
    return removed
