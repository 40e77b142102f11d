"""Take in one notification: check it, open it, keep the message, and see to what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shared.domain.events import EventKind, event
from shared.domain.identity import SpaceId, derived_id
from shared.domain.messages import Change, Message, MessageKind, as_command, succeed, without_words
from shared.domain.notifications import (
    InstallationRef,
    MembersRef,
    MessageRef,
    QueuedNotification,
    Transport,
    client_state_hash,
    resource_ref,
    subscription_key_in,
)
from shared.domain.spaces import Space
from shared.domain.subscriptions import Subscription, SubscriptionKey, Watched
from shared.errors import Refused, TryLater
from shared.usecases import capture, subscriptions
from shared.usecases.command import is_command
from shared.usecases.consent import may_keep, without_erased
from shared.usecases.context import Context
from shared.usecases.look_up import look_up_opener
from shared.usecases.members import members_notified
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
    TOO_OLD = "too_old"
    """It was written before the space was read, or longer ago than messages are kept."""
    MEMBERS = "members"
    INSTALLATION = "installation"
    LIFECYCLE = "lifecycle"


_NOT_KEPT = {Kept.NOT_CAPTURED, Kept.OPTED_OUT, Kept.POLICY, Kept.NOT_FOUND, Kept.TOO_OLD}


class Source(StrEnum):
    """How a message came to us."""

    NOTIFICATION = "notification"
    READING = "reading"
    """A reconciliation read it."""
    BACKFILL = "backfill"
    """An administrator wanted the past: nothing is too old for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The outcome, for the log line: ids only."""

    kept: Kept
    space_id: SpaceId
    message_id: str = ""
    change: Change = Change.NOTHING
    space_known: bool = True
    """False for a space that Cairn has nothing to do with: of that, nothing at all is written down."""


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
    if intake.kept in _NOT_KEPT and intake.space_known:
        await _note_refusal(intake.space_id, notification.item, intake.kept, context)
    return intake


async def _ingest(notification: QueuedNotification, context: Context) -> Intake:
    item = notification.item
    tenant = str(item.get("tenantId") or "").lower()
    if tenant and tenant != context.tenant_id:
        raise Refused("the notification is of another tenant", code="foreign_tenant")
    if isinstance(item.get("lifecycleEvent"), str):
        subscription = await _subscription(notification, context)
        await subscriptions.after_lifecycle(subscription, str(item["lifecycleEvent"]), context)
        return Intake(kept=Kept.LIFECYCLE, space_id=subscription.space_id or SpaceId(""))
    ref = resource_ref(item.get("resource"))
    if not isinstance(ref, MessageRef):
        return await _follow_people(ref, notification, context)
    # Most messages of a tenant-wide subscription are of spaces without capture: they end here, unopened.
    stored = await context.store.space(ref.space_id)
    if stored is None or not stored.value.capture or context.paused:
        known = stored is not None
        return Intake(kept=Kept.NOT_CAPTURED, space_id=ref.space_id, message_id=ref.message_id, space_known=known)
    subscription = await _subscription(notification, context)
    if subscription.what is not Watched.MESSAGES or subscription.space_id not in (None, ref.space_id):
        raise Refused("the notification is about something else than its subscription", code="wrong_space")
    message = await _opened(notification, ref, context)
    return await take_in(message, ref, stored.value, context)


async def _follow_people(
    ref: MembersRef | InstallationRef, notification: QueuedNotification, context: Context
) -> Intake:
    """Somebody came or went, or the app did: the notification only hints, and Graph is asked how things stand."""
    subscription = await _subscription(notification, context)
    if subscription.what is Watched.MESSAGES:
        raise Refused("the notification is about something else than its subscription", code="wrong_space")
    if isinstance(ref, MembersRef):
        await members_notified(ref.space_id, ref.team_id, notification.received_at, context)
        return Intake(kept=Kept.MEMBERS, space_id=ref.space_id or SpaceId(""))
    encrypted = notification.item.get("encryptedContent")
    if not isinstance(encrypted, dict):
        raise Refused("a notification of an installation must say where it is", code="bad_content")
    await _authenticate(notification, context)
    where = await context.graph.installation(encrypted)
    if notification.item.get("changeType") == "deleted" and (where.space_id or where.team_id):
        await capture.uninstalled(where.space_id or SpaceId(""), where.team_id, context)
    return Intake(kept=Kept.INSTALLATION, space_id=where.space_id or SpaceId(""))


async def _note_refusal(space_id: SpaceId, item: Mapping[str, Any], code: str, context: Context) -> None:
    """Count what was not kept: by the message that the notification names, and why; nothing of what was said."""
    subject = derived_id(str(item.get("subscriptionId")), str(item.get("resource")))
    await context.store.append(event(EventKind.REFUSED, space_id, context.now, subject=subject, detail=code))


async def take_in(
    message: Message | None,
    ref: MessageRef,
    space: Space,
    context: Context,
    *,
    source: Source = Source.NOTIFICATION,
) -> Intake:
    """Keep what a message says now; `message` None means that Graph no longer has it."""
    kept = await _may_be_kept(message, context)
    if kept is Kept.STORED and message is not None and await _too_old(message, space, source, context):
        return Intake(kept=Kept.TOO_OLD, space_id=space.id, message_id=ref.message_id)
    if message is None or kept is not Kept.STORED:
        message = await _taken_back(ref, context)
        if message is None:
            return Intake(kept=kept, space_id=space.id, message_id=ref.message_id)
        kept = Kept.TAKEN_BACK
    message = as_command(message) if is_command(message) else await without_erased(message, context)
    stored, what = await _store(message, source, context)
    if what is Change.NOTHING and stored.settled and source is not Source.NOTIFICATION:
        return Intake(kept=Kept.KNOWN, space_id=space.id, message_id=ref.message_id)
    if not stored.settled:
        stored = await settle(stored, space, context)
    if stored.said_by_a_person:
        await look_up_opener(stored, space, context)
    if kept is Kept.STORED and what is Change.NOTHING:
        kept = Kept.KNOWN
    return Intake(kept=kept, space_id=space.id, message_id=ref.message_id, change=what)


async def _subscription(notification: QueuedNotification, context: Context) -> Subscription:
    """The subscription that a notification comes from, by its clientState. Raises `Refused` for none of ours."""
    state = str(notification.item.get("clientState"))
    stored = await context.store.subscription(SubscriptionKey(subscription_key_in(state)))
    if stored is None and context.now - notification.received_at < _SUBSCRIBING:
        raise TryLater("the subscription may be in the making", after=_SUBSCRIBING)
    if stored is None:
        raise Refused("the notification is for a subscription that is not ours", code="unknown_subscription")
    if not stored.value.knows(client_state_hash(state)):
        raise Refused("the notification's clientState is of another subscription", code="wrong_client_state")
    return stored.value


async def _too_old(message: Message, space: Space, source: Source, context: Context) -> bool:
    """Whether a message that is not known was written before the space is read, or before what is still kept.

    One that is known goes on being followed: it may have been edited or deleted.
    """
    if space.reads_from is None:
        earliest = context.now - context.keep_of(space)
    else:
        earliest = max(space.reads_from, context.now - context.keep_of(space))
    if source is Source.BACKFILL or message.created_at >= earliest:
        return False
    return await context.store.message(message.space_id, message.id) is None


async def _opened(notification: QueuedNotification, ref: MessageRef, context: Context) -> Message | None:
    """The message inside, or fetched. A rich notification's tokens are checked before anything is opened."""
    encrypted = notification.item.get("encryptedContent")
    if encrypted is not None or notification.stripped:
        await _authenticate(notification, context)
    if encrypted is None:
        return await context.graph.message(ref)
    if not isinstance(encrypted, dict):
        raise Refused("the notification's encrypted content is not an object", code="bad_content")
    message = await context.graph.decrypt(ref, encrypted)
    if (message.space_id, message.id) != (ref.space_id, ref.message_id):
        raise Refused("the content is another message than the notification names", code="wrong_message")
    return message


async def _authenticate(notification: QueuedNotification, context: Context) -> None:
    """Check that Graph sent it. What came through the event hub was sent by whom Azure lets send there."""
    if notification.transport is Transport.WEBHOOK:
        await context.graph.authenticate(notification.validation_tokens, received_at=notification.received_at)


async def _may_be_kept(message: Message | None, context: Context) -> Kept:
    if message is None:
        return Kept.NOT_FOUND
    if message.violates_policy:
        return Kept.POLICY
    if message.kind is not MessageKind.PERSON or message.author is None:
        return Kept.STORED
    return Kept.STORED if await may_keep(message.author.key, context) else Kept.OPTED_OUT


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


async def _store(message: Message, source: Source, context: Context) -> tuple[Message, Change]:
    what = Change.NOTHING
    if source is Source.BACKFILL:
        message = replace(message, taken_in_at=context.now)

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
