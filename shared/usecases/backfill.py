"""Backfill: bring in what was said before capture was switched on, because an administrator wants it.

Each page is written down after it was taken in, so that it can be stopped at any moment and goes on there.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain.identity import SpaceId
from shared.domain.readings import DELTA_REACHES_BACK, Reading, Round, Why
from shared.domain.spaces import Space
from shared.errors import Gone, Refused
from shared.ports import MessagePage
from shared.usecases.context import Context
from shared.usecases.ingest import Source
from shared.usecases.reading import change_reading
from shared.usecases.reconcile import take_in_page
from shared.usecases.writing import change


async def begin_backfill(space_id: SpaceId, since: datetime, context: Context) -> Round:
    """Begin to read a space's past, or take up what was begun before; returns how far it is.

    Another `since` than before begins afresh: what is known already is not taken in twice. Raises
    `Refused` when the space isn't captured or `since` is not in the past.
    """
    stored = await context.store.space(space_id)
    if stored is None or not stored.value.capture:
        raise Refused("that space is not read: its owner must switch capture on first", code="not_captured")
    if context.paused:
        raise Refused("CAIRN_PAUSED is on: nothing is read", code="paused")
    if since >= context.now:
        raise Refused("the date to begin at must be in the past", code="not_past")
    await change(
        lambda: context.store.space(space_id),
        lambda known: replace(known, reads_from=min(known.reads_from or since, since)) if known else None,
        lambda value, etag: context.store.put_space(value, etag=etag),
    )
    reaches = since > context.now - DELTA_REACHES_BACK or stored.value.team_id is None
    fresh = Round(why=Why.BACKFILL, since=since, began_at=context.now, history=not reaches)

    def begun(reading: Reading) -> Reading:
        known = reading.backfill
        return reading if known is not None and known.since == since else replace(reading, backfill=fresh)

    reading = await change_reading(space_id, begun, context)
    return reading.backfill or fresh


async def backfill_page(space_id: SpaceId, context: Context) -> tuple[Round | None, bool]:
    """Take in the next page of a backfill; returns how far it is (None for none begun), and whether that was all.

    Raises `TryLater` when Graph is busy; nothing is lost then.
    """
    stored, reading = await context.store.space(space_id), await context.store.reading(space_id)
    at = reading.value.backfill if reading else None
    if stored is None or at is None:
        return None, True
    try:
        page = await _page(at, stored.value, context)
    except Gone:
        # The place to go on is no longer known (or the space is gone): once more from the beginning.
        again = replace(at, link="", pages=0) if at.link else None
        await change_reading(space_id, lambda known: replace(known, backfill=again), context)
        return again, again is None
    new = await take_in_page(page, stored.value, context, source=Source.BACKFILL)
    at = replace(
        at, link=page.next_link, pages=at.pages + 1, seen=at.seen + len(page.messages), changed=at.changed + new
    )
    done = not page.next_link or _is_past(at, page)
    await change_reading(space_id, lambda known: replace(known, backfill=None if done else at), context)
    return at, done


def _is_past(at: Round, page: MessagePage) -> bool:
    """Whether a history, which comes with the latest active thread first, has reached what is too long ago."""
    return at.history and bool(page.messages) and all(m.modified_at < at.since for m in page.messages)


async def _page(at: Round, space: Space, context: Context) -> MessagePage:
    if space.team_id is None:
        return await context.graph.chat_changes(space.id, since=at.since, link=at.link)
    if at.history:
        return await context.graph.channel_history(space.id, space.team_id, link=at.link)
    return await context.graph.channel_changes(space.id, space.team_id, since=at.since, link=at.link)
