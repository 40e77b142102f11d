"""Take in one notification: check it, open it, keep the message, and see to what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.events import EventKind, event
from shared.domain.identity import SpaceId, derived_id
from shared.domain.messages import Change, Message, MessageKind, succeed, without_words
from shared.domain.notifications import MessageRef, QueuedNotification, client_state_hash, message_ref
from shared.domain.spaces import Space
from shared.errors import Refused, TryLater
from shared.usecases import capture
from shared.usecases.context import Context
from shared.usecases.look_up import look_up_opener
from shared.usecases.settle import settle
from shared.usecases.writing import change

_SUBSCRIBING = timedelta(seconds=30)
"""Graph notifies as soon as a subscription exists, which may be before we have written it down."""


class Kept(StrEnum):
    """What became of a notification."""

    STORED = "stored"
    KNOWN = "known"
    NOT_CAPTURED = "not_captured"
    OPTED_OUT = "opted_out"
    POLICY = "policy"
    NOT_FOUND = "not_found"
    TAKEN_BACK = "taken_back"
    """It was kept, and may be no longer: its words are gone."""
    LIFECYCLE = "lifecycle"


_NOT_KEPT = {Kept.NOT_CAPTURED, Kept.OPTED_OUT, Kept.POLICY, Kept.NOT_FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The outcome, for the log line: ids only."""

    kept: Kept
    space_id: SpaceId
    message_id: str = ""
    change: Change = Change.NOTHING


async def ingest(notification: QueuedNotification, context: Context) -> Intake:
    """Take in one notification.

    Running it again, or in any other order, ends in the same state. Raises `Refused` for a forged,
    foreign or senseless notification (nothing has changed then) and `TryLater` when a neighbour is away.
    """
    try:
        intake = await _ingest(notification, context)
    except Refused as refusal:
        await _note_refusal(SpaceId(""), notification.item, refusal.code, context)
        raise
    if intake.kept in _NOT_KEPT:
        await _note_refusal(intake.space_id, notification.item, intake.kept, context)
    return intake


async def _ingest(notification: QueuedNotification, context: Context) -> Intake:
    item = notification.item
    space = await _feeding_space(item, notification.received_at, context)
    if isinstance(item.get("lifecycleEvent"), str):
        await capture.after_lifecycle(space, str(item["lifecycleEvent"]), context)
        return Intake(kept=Kept.LIFECYCLE, space_id=space.id)
    ref = message_ref(item.get("resource"))
    if ref.space_id != space.id:
        raise Refused("the notification is about another space than its subscription", code="wrong_space")
    if not space.capture or context.paused:
        return Intake(kept=Kept.NOT_CAPTURED, space_id=space.id, message_id=ref.message_id)
    message = await _opened(notification, ref, context)
    return await take_in(message, ref, space, context)


async def _note_refusal(space_id: SpaceId, item: Mapping[str, Any], code: str, context: Context) -> None:
    """Count what was not kept: by the message that the notification names, and why; nothing of what was said."""
    subject = derived_id(str(item.get("subscriptionId")), str(item.get("resource")))
    await context.store.append(event(EventKind.REFUSED, space_id, context.now, subject=subject, detail=code))


async def take_in(message: Message | None, ref: MessageRef, space: Space, context: Context) -> Intake:
    """Keep what a message says now; `message` None means that Graph no longer has it."""
    kept = await _may_be_kept(message, context)
    if message is None or kept is not Kept.STORED:
        message = await _taken_back(ref, context)
        if message is None:
            return Intake(kept=kept, space_id=space.id, message_id=ref.message_id)
        kept = Kept.TAKEN_BACK
    stored, what = await _store(message, context)
    if not stored.settled:
        stored = await settle(stored, space, context)
    if stored.said_by_a_person:
        await look_up_opener(stored, space, context)
    if kept is Kept.STORED and what is Change.NOTHING:
        kept = Kept.KNOWN
    return Intake(kept=kept, space_id=space.id, message_id=ref.message_id, change=what)


async def _feeding_space(item: Mapping[str, Any], received_at: datetime, context: Context) -> Space:
    tenant = str(item.get("tenantId") or "").lower()
    if tenant and tenant != context.tenant_id:
        raise Refused("the notification is of another tenant", code="foreign_tenant")
    space = await context.store.by_subscription(str(item.get("subscriptionId")))
    if space is None and context.now - received_at < _SUBSCRIBING:
        raise TryLater("the subscription may be in the making", after=_SUBSCRIBING)
    if space is None or space.subscription is None:
        raise Refused("the notification is for a subscription that is not ours", code="unknown_subscription")
    if client_state_hash(str(item.get("clientState"))) != space.subscription.client_state_hash:
        raise Refused("the notification's clientState is of another subscription", code="wrong_client_state")
    return space


async def _opened(notification: QueuedNotification, ref: MessageRef, context: Context) -> Message | None:
    """The message inside, or fetched. A rich notification's tokens are checked before anything is opened."""
    encrypted = notification.item.get("encryptedContent")
    if encrypted is not None or notification.stripped:
        await context.graph.authenticate(notification.validation_tokens, received_at=notification.received_at)
    if encrypted is None:
        return await context.graph.message(ref)
    if not isinstance(encrypted, dict):
        raise Refused("the notification's encrypted content is not an object", code="bad_content")
    message = context.graph.decrypt(ref, encrypted)
    if (message.space_id, message.id) != (ref.space_id, ref.message_id):
        raise Refused("the content is another message than the notification names", code="wrong_message")
    return message


async def _may_be_kept(message: Message | None, context: Context) -> Kept:
    if message is None:
        return Kept.NOT_FOUND
    if message.violates_policy:
        return Kept.POLICY
    if message.kind is MessageKind.PERSON and message.author is not None:
        profile = await context.store.profile(message.author.key)
        if profile is not None and profile.value.opted_out:
            return Kept.OPTED_OUT
    return Kept.STORED


async def _taken_back(ref: MessageRef, context: Context) -> Message | None:
    """What stays of a message that may no longer be kept: its place, without its words; None when it is unknown."""
    stored = await context.store.message(ref.space_id, ref.message_id)
    if stored is None:
        return None
    known = stored.value
    if known.deleted_at is not None:
        return known
    gone = max(known.modified_at, context.now)
    return replace(without_words(known), deleted_at=gone, modified_at=gone, body_hash="")


async def _store(message: Message, context: Context) -> tuple[Message, Change]:
    what = Change.NOTHING

    def newest(known: Message | None) -> Message:
        nonlocal what
        merged, what = succeed(known, message)
        return merged

    stored = await change(
        lambda: context.store.message(message.space_id, message.id),
        newest,
        lambda value, etag: context.store.put_message(value, etag=etag),
    )
    return stored or message, what
