"""Which subscriptions a change concerns, and the notification item that each of them gets."""

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from local.tenant.encryption import CONTENT_LIMIT
from local.tenant.model import Change, JsonObject, Message, Space, SpaceKind, Subscription
from local.tenant.shapes import Shapes, moment


class Watch(StrEnum):
    """What a subscription's resource covers."""

    EVERY_CHANNEL = "everyChannel"
    EVERY_CHAT = "everyChat"
    CHANNEL = "channel"
    CHAT = "chat"


class LifecycleEvent(StrEnum):
    """Graph's lifecycle events of a subscription."""

    REAUTHORIZATION_REQUIRED = "reauthorizationRequired"
    SUBSCRIPTION_REMOVED = "subscriptionRemoved"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Watched:
    """A resource, understood; the ids are empty where the kind has none."""

    kind: Watch
    team_id: str = ""
    space_id: str = ""


_RESOURCES = (
    (Watch.EVERY_CHANNEL, re.compile(r"teams/getAllMessages")),
    (Watch.EVERY_CHAT, re.compile(r"chats/getAllMessages")),
    (Watch.CHANNEL, re.compile(r"teams/(?P<team>[^/]+)/channels/(?P<space>[^/]+)/messages")),
    (Watch.CHAT, re.compile(r"chats/(?P<space>[^/]+)/messages")),
)


@functools.cache
def watched(resource: str) -> Watched | None:
    """What a subscription's `resource` means, or None if the tenant does not serve it."""
    path = re.sub(r"\('([^']*)'\)", r"/\1", resource).strip("/")
    for kind, pattern in _RESOURCES:
        if found := pattern.fullmatch(path):
            names = found.groupdict()
            return Watched(kind, names.get("team") or "", names.get("space") or "")
    return None


def concerns(subscription: Subscription, space: Space) -> bool:
    """Whether messages of this space belong to the subscription's resource."""
    watch = watched(subscription.resource)
    if watch is None or space.kind is SpaceKind.PERSONAL:
        return False
    if watch.kind is Watch.EVERY_CHANNEL:
        return space.is_channel
    if watch.kind is Watch.EVERY_CHAT:
        return space.kind is SpaceKind.CHAT
    return watch.space_id == space.id


def resource_of(space: Space, message: Message) -> str:
    """The message's path as notifications and `@odata.id` write it."""
    if not space.is_channel:
        return f"chats('{space.id}')/messages('{message.id}')"
    channel = f"teams('{space.team_id}')/channels('{space.id}')"
    if message.root_id is None:
        return f"{channel}/messages('{message.id}')"
    return f"{channel}/messages('{message.root_id}')/replies('{message.id}')"


def change_item(
    subscription: Subscription, tenant_id: str, space: Space, message: Message, change: Change
) -> JsonObject:
    """A changeNotification without its encrypted content."""
    resource = resource_of(space, message)
    return {
        "subscriptionId": subscription.id,
        "changeType": change.value,
        "tenantId": tenant_id,
        "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": moment(subscription.expires),
        "resource": resource,
        "resourceData": {
            "id": message.id,
            "@odata.type": "#Microsoft.Graph.chatMessage",
            "@odata.id": resource,
        },
    }


def content_of(subscription: Subscription, shapes: Shapes, space: Space, message: Message) -> str | None:
    """The JSON text of the message that a rich item carries; None when it is plain or over the limit."""
    if not subscription.rich:
        return None
    shape = shapes.message(message, knows_new_enums=subscription.knows_new_enums)
    context = f"https://graph.microsoft.com/$metadata#{resource_of(space, message)}/$entity"
    content = msgspec.json.encode({"@odata.context": context} | shape | {"replies": [], "hostedContents": []})
    return content.decode() if len(content) <= CONTENT_LIMIT else None


def lifecycle_item(subscription: Subscription, tenant_id: str, event: LifecycleEvent, expires: datetime) -> JsonObject:
    """A lifecycle notification."""
    return {
        "lifecycleEvent": event.value,
        "subscriptionId": subscription.id,
        "tenantId": tenant_id,
        "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": moment(expires),
    }
