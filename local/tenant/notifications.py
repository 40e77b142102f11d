"""The items that change notifications consist of, and the content that a rich one carries."""

from datetime import datetime
from enum import StrEnum

import msgspec

from local.tenant.model import Change, JsonObject, Member, Message, Space, Subscription
from local.tenant.shapes import Shapes, moment
from local.tenant.watches import Scope


class LifecycleEvent(StrEnum):
    """Graph's lifecycle events of a subscription."""

    REAUTHORIZATION_REQUIRED = "reauthorizationRequired"
    SUBSCRIPTION_REMOVED = "subscriptionRemoved"
    MISSED = "missed"


def message_path(space: Space, message: Message) -> str:
    """The message's path as notifications and `@odata.id` write it."""
    if not space.is_channel:
        return f"chats('{space.id}')/messages('{message.id}')"
    channel = f"teams('{space.team_id}')/channels('{space.id}')"
    if message.root_id is None:
        return f"{channel}/messages('{message.id}')"
    return f"{channel}/messages('{message.root_id}')/replies('{message.id}')"


def space_path(space: Space) -> str:
    """The path of a channel or chat."""
    if not space.is_channel:
        return f"chats('{space.id}')"
    return f"teams('{space.team_id}')/channels('{space.id}')"


def message_content(shapes: Shapes, space: Space, message: Message, *, knows_new_enums: bool) -> bytes:
    """The JSON text of a message as a rich notification carries it."""
    shape = shapes.message(message, knows_new_enums=knows_new_enums)
    return _content(message_path(space, message), shape | {"replies": [], "hostedContents": []})


def member_content(shapes: Shapes, path: str, place: str, member: Member) -> bytes:
    """The JSON text of a member of the place with this id."""
    return _content(path, shapes.member(place, member))


def installation_content(shapes: Shapes, path: str, scope: Scope, place: str) -> bytes:
    """The JSON text of the app's installation at a place."""
    return _content(path, shapes.installation_with_scope(scope, place))


def _content(path: str, shape: JsonObject) -> bytes:
    context = f"https://graph.microsoft.com/$metadata#{path}/$entity"
    return msgspec.json.encode({"@odata.context": context} | shape)


def change_item(
    subscription: Subscription, tenant_id: str, change: Change, *, path: str, resource_id: str, type_name: str
) -> JsonObject:
    """A changeNotification without its encrypted content."""
    return {
        "subscriptionId": subscription.id,
        "changeType": change.value,
        "tenantId": tenant_id,
        "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": moment(subscription.expires),
        "resource": path,
        "resourceData": {"id": resource_id, "@odata.type": f"#Microsoft.Graph.{type_name}", "@odata.id": path},
    }


def lifecycle_item(subscription: Subscription, tenant_id: str, event: LifecycleEvent, expires: datetime) -> JsonObject:
    """A lifecycle notification."""
    return {
        "lifecycleEvent": event.value,
        "subscriptionId": subscription.id,
        "tenantId": tenant_id,
        "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": moment(expires),
    }


def hub_validation(request_id: str) -> bytes:
    """What Graph sends into an event hub for each new subscription, and what the receiver is to ignore.

    Source: "Receive change notifications through Azure Event Hubs" in Microsoft Graph's documentation.
    """
    item = {
        "subscriptionId": "NA",
        "subscriptionExpirationDateTime": "NA",
        "clientState": "NA",
        "changeType": f"Validation: Testing client application reachability for subscription Request-Id: {request_id}",
        "resource": "NA",
        "resourceData": {"@odata.type": "NA", "@odata.id": "NA", "id": "NA"},
    }
    return msgspec.json.encode({"value": [item]})
