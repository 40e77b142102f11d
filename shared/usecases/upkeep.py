"""Upkeep: find what a crash left behind, and remove what has been kept long enough."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.identity import Person, SpaceId
from shared.domain.spaces import Space
from shared.errors import NotAllowed
from shared.usecases.context import Context
from shared.usecases.erase import finish_erasures
from shared.usecases.writing import change

GRACE = timedelta(minutes=5)
"""How long something may be overdue before it counts as lost rather than as on its way."""
BATCH = 500
KEEP_CLAIMS = timedelta(days=30)
"""Large messages are kept elsewhere and go with their work; what nobody came for in this time goes too."""
KEEP_EVENTS = timedelta(days=400)
"""Long enough to compare a month with the same one of the year before."""
_DAY = timedelta(days=1)


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
    """Remove messages older than their space, or the tenant, keeps them, old facts and labels; snippets stay.

    Erasures that were cut off are finished first. Returns how many messages went.
    """
    await finish_erasures(context)
    removed = 0
    for space in await context.store.all_spaces():
        if context.keep_of(space) < context.keep:
            removed += await _purge(context.now - context.keep_of(space), space.id, context)
    removed += await _purge(context.now - context.keep, None, context)
    while await context.store.purge_events(context.now - KEEP_EVENTS, limit=BATCH):
        continue
    while await context.store.purge_labels(context.now - KEEP_EVENTS, limit=BATCH):
        continue
    await context.queue.purge_claims(context.now - KEEP_CLAIMS)
    return removed


async def _purge(before: datetime, space_id: SpaceId | None, context: Context) -> int:
    removed = 0
    while gone := await context.store.purge(before, limit=BATCH, space_id=space_id):
        removed += gone
    return removed


async def keep_messages(space_id: SpaceId, by: Person, days: int | None, context: Context) -> Space:
    """Keep a space's messages for so many days, from the next night on; None for as long as the organisation says.

    Raises `NotAllowed` for whoever may not switch capture there, and for less than a day or more than the
    organisation allows.
    """
    stored = await context.store.space(space_id)
    if stored is None or not stored.value.may_switch_capture(by.key):
        raise NotAllowed("Only who may switch “capture on” here can decide how long messages are kept.")
    if days is not None and not _DAY <= timedelta(days=days) <= max(_DAY, context.keep):
        most = max(1, context.keep // _DAY)
        raise NotAllowed(f"Messages are kept for 1 to {most} days in this organisation, so nothing was changed.")
    changed = await change(
        lambda: context.store.space(space_id),
        lambda known: replace(known, keep_days=None if days is None else float(days)) if known else None,
        lambda value, etag: context.store.put_space(value, etag=etag),
    )
    return changed or stored.value
