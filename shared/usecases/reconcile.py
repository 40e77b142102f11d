"""Reconciliation: read a space from Graph, and bring the store in line with what notifications never brought.

Graph's terms allow polling once a day for each resource, other than after a missed event (Microsoft Graph
terms of use; `docs/decisions`). One call of `reconcile` reads some pages and sends itself on.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.identity import SpaceId, TeamId
from shared.domain.messages import Change, Message
from shared.domain.notifications import MessageRef
from shared.domain.readings import DELTA_REACHES_BACK, OVERLAP, Reading, Round, Why
from shared.domain.spaces import Space
from shared.errors import Conflict, Gone
from shared.ports import MessagePage, Pace, Stored
from shared.usecases.context import Context
from shared.usecases.ingest import Source, take_in
from shared.usecases.members import refresh_members
from shared.usecases.reading import change_reading

PAGES_AT_ONCE = 10
"""Pages of up to 50 threads or messages that are read before other work gets its turn."""
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one call did, for the log line."""

    space_id: SpaceId
    seen: int = 0
    changed: int = 0
    ended: bool = False


async def queue_due(context: Context) -> int:
    """Queue every space whose reading is due, new ones included; returns how many. Meant for a timer."""
    if context.paused:
        return 0
    known = {reading.space_id for reading in await context.store.all_readings()}
    for space in await context.store.all_spaces():
        if space.capture and space.id not in known:
            await change_reading(space.id, lambda reading: reading.asked_for(Why.FIRST, context.now), context)
    due = await context.store.readings_due(context.now, limit=BATCH)
    for reading in due:
        await context.queue_reading(reading.space_id)
    return len(due)


async def reconcile(space_id: SpaceId, context: Context) -> Read:
    """Read the next pages of a space that is due.

    Can be killed at any point and run twice at the same time: each page is written down after it was
    taken in, and taking in a message twice changes nothing. Raises `TryLater` when Graph is busy.
    """
    stored = await context.store.reading(space_id)
    known = await context.store.space(space_id)
    if stored is None or known is None or context.paused:
        return Read(space_id=space_id)
    if not known.value.capture:
        await change_reading(space_id, lambda reading: replace(reading, due_at=None, round=None, again=None), context)
        return Read(space_id=space_id)
    begun = await _begin(stored, known.value, context)
    if begun is None:
        return Read(space_id=space_id)
    reading, etag = begun
    seen = changed = 0
    for _ in range(PAGES_AT_ONCE):
        page = await _page(reading, known.value, context)
        if page is None:
            reading = replace(reading, round=None, delta_link="", due_at=context.now)
        else:
            new = await take_in_page(page, known.value, context, source=Source.READING)
            seen, changed = seen + len(page.messages), changed + new
            reading = _after(reading, page, new, context.now)
        try:
            etag = await context.store.put_reading(reading, etag=etag)
        except Conflict:
            # Somebody else reads this space, or asked for another round: the queue message that follows sees it.
            await context.queue_reading(space_id)
            return Read(space_id=space_id, seen=seen, changed=changed)
        if reading.round is None:
            break
    if reading.round is not None or (reading.due_at is not None and reading.due_at <= context.now):
        await context.queue_reading(space_id)
    return Read(space_id=space_id, seen=seen, changed=changed, ended=reading.round is None)


async def take_in_page(page: MessagePage, space: Space, context: Context, *, source: Source) -> int:
    """Keep what a page says, oldest first, so that chat messages find what they reply to.

    Returns how many messages were not known as they are.
    """
    changed = 0
    for message in sorted(page.messages, key=lambda m: (m.created_at, m.id)):
        intake = await take_in(message, _ref(message, space), space, context, source=source)
        changed += intake.change is not Change.NOTHING
    return changed


async def _begin(stored: Stored[Reading], space: Space, context: Context) -> tuple[Reading, str] | None:
    """The reading with its round, new or taken up again; None when it is not due."""
    reading = stored.value
    if reading.round is not None:
        return reading, stored.etag
    if reading.due_at is None or reading.due_at > context.now:
        return None
    await refresh_members(space.id, context, pace=Pace.BACKGROUND)
    since = reading.read_until - OVERLAP if reading.read_until else context.now - context.keep_of(space)
    start = max(since, space.reads_from or since, context.now - DELTA_REACHES_BACK)
    begun = Round(why=reading.why, since=start, began_at=context.now, link=reading.delta_link)
    reading = reading.under_way(begun, context.now)
    try:
        return reading, await context.store.put_reading(reading, etag=stored.etag)
    except Conflict:
        return None


async def _page(reading: Reading, space: Space, context: Context) -> MessagePage | None:
    """The next page; None when Graph no longer knows the place where it was to go on."""
    at = reading.round
    if at is None:
        return None
    try:
        if space.team_id is None:
            return await context.graph.chat_changes(space.id, since=at.since, link=at.link)
        return await context.graph.channel_changes(space.id, TeamId(space.team_id), since=at.since, link=at.link)
    except Gone:
        if not at.link:
            # The space itself is gone: nothing is left to read, until it is heard of again.
            return MessagePage(messages=())
        return None


def _after(reading: Reading, page: MessagePage, changed: int, now: datetime) -> Reading:
    at = reading.round
    if at is None:
        return reading
    at = replace(
        at, link=page.next_link, pages=at.pages + 1, seen=at.seen + len(page.messages), changed=at.changed + changed
    )
    reading = reading.under_way(at, now)
    return reading if page.next_link else reading.ended(now, delta_link=page.delta_link)


def _ref(message: Message, space: Space) -> MessageRef:
    return MessageRef(team_id=space.team_id, space_id=space.id, message_id=message.id, root_id=message.root_id)
