"""Have a space read from Graph at once, because something may have been missed there."""

from collections.abc import Callable

from shared.domain.identity import SpaceId
from shared.domain.readings import Reading, Why
from shared.usecases.context import Context
from shared.usecases.writing import change


async def ask_for_reading(space_id: SpaceId, why: Why, context: Context) -> None:
    """Note that a space is to be read, and queue it; asking twice reads once."""
    await change_reading(space_id, lambda reading: reading.asked_for(why, context.now), context)
    await context.queue_reading(space_id)


async def change_reading(space_id: SpaceId, decide: Callable[[Reading], Reading], context: Context) -> Reading:
    """Change what is known of how far a space was read; returns it as stored."""
    changed = await change(
        lambda: context.store.reading(space_id),
        lambda known: decide(known or Reading(space_id=space_id)),
        lambda value, etag: context.store.put_reading(value, etag=etag),
    )
    return changed or Reading(space_id=space_id)
