"""Settle a message: find its place in a thread, and mark every thread that it changes as due.

A message is written before it is settled, and is marked as settled last. So a crash at any point is
mended by the redelivery that follows it, and of two messages taken in at the same time at least one
sees the other.
"""

from dataclasses import replace

from shared.domain.exchanges import Thread
from shared.domain.identity import SpaceId, ThreadId
from shared.domain.messages import Message, MessageKind
from shared.domain.spaces import Space, SpaceKind
from shared.judgement.links import link
from shared.usecases.context import Context
from shared.usecases.writing import change

WINDOW = 100
"""How many messages before it a chat message may reply to, and how many after it may have to be placed anew."""


async def settle(message: Message, space: Space, context: Context) -> Message:
    """Place a stored message and mark what it changes; returns it as it stands then."""
    if space.kind is not SpaceKind.CHAT:
        placed = replace(message, thread_id=ThreadId(message.root_id or message.id))
    else:
        before = await context.store.before(space.id, message.created_at, message.id, limit=WINDOW)
        placed = _placed(message, [*await _quoted(message, context), *(stored.value for stored in before)])
    await _mark({message.thread_id, placed.thread_id}, message, context)
    if space.kind is SpaceKind.CHAT:
        await _place_later_ones(placed, context)
    return await _write(placed, context)


async def _quoted(message: Message, context: Context) -> list[Message]:
    """What the message quotes, which may be older than the window."""
    found = [await context.store.message(message.space_id, quoted) for quoted in message.quoted_ids]
    return [stored.value for stored in found if stored is not None]


def _placed(message: Message, before: list[Message]) -> Message:
    """A chat message in the thread of what it replies to, or as the start of one; uses the past alone."""
    own = replace(message, parent_id=None, thread_id=ThreadId(message.id), link_probability=1.0)
    if message.kind is not MessageKind.PERSON:
        return own
    found = link(message, before)
    parent = next((m for m in before if m.id == found.parent_id), None)
    if parent is None:
        return replace(own, link_probability=found.probability)
    thread_id = parent.thread_id or ThreadId(parent.id)
    return replace(message, parent_id=parent.id, thread_id=thread_id, link_probability=found.probability)


async def _place_later_ones(message: Message, context: Context) -> None:
    """Place anew what came after a message that arrived late or has changed, as if it had always been there."""
    later = await context.store.after(message.space_id, message.created_at, message.id, limit=WINDOW)
    if not later:
        return
    before = await context.store.before(message.space_id, message.created_at, message.id, limit=WINDOW)
    known = [*(stored.value for stored in before), message]
    for stored in later:
        placed = _placed(stored.value, [*await _quoted(stored.value, context), *known[-WINDOW:]])
        known.append(placed)
        if (placed.parent_id, placed.thread_id) != (stored.value.parent_id, stored.value.thread_id):
            await _mark({stored.value.thread_id, placed.thread_id}, placed, context)
            await _write(placed, context, settled=stored.value.settled)


async def _write(placed: Message, context: Context, *, settled: bool = True) -> Message:
    """Write the place alone; a newer version that came in meanwhile keeps its words and stays unsettled."""

    def with_place(known: Message | None) -> Message | None:
        if known is None:
            return None
        same = (known.modified_at, known.body_hash) == (placed.modified_at, placed.body_hash)
        return replace(
            known,
            parent_id=placed.parent_id,
            thread_id=placed.thread_id,
            link_probability=placed.link_probability,
            settled=settled and same,
        )

    stored = await change(
        lambda: context.store.message(placed.space_id, placed.id),
        with_place,
        lambda value, etag: context.store.put_message(value, etag=etag),
    )
    return stored or placed


async def _mark(thread_ids: set[ThreadId | None], message: Message, context: Context) -> None:
    if message.kind is not MessageKind.PERSON:
        return
    for thread_id in sorted(t for t in thread_ids if t is not None):
        await mark_due(message.space_id, thread_id, context)


async def mark_due(space_id: SpaceId, thread_id: ThreadId, context: Context) -> None:
    """Have a thread judged once it has been quiet for a while.

    At most one delayed message is under way for a thread in the ordinary case: one that comes too
    early sends itself on. If the process dies between the two writes, the sweep finds the thread.
    """
    due_at = context.now + context.rhythm.quiet
    earlier = None

    def due(known: Thread | None) -> Thread:
        nonlocal earlier
        earlier = known.due_at if known else None
        return replace(known or Thread(space_id=space_id, id=thread_id), due_at=due_at)

    await change(
        lambda: context.store.thread(space_id, thread_id),
        due,
        lambda value, etag: context.store.put_thread(value, etag=etag),
    )
    if earlier is None or due_at < earlier:
        await context.queue_thread(space_id, thread_id, due_at)
