"""The `eventDetail` of system messages, as Graph writes them (eventMessageDetail and what derives from it)."""

from collections.abc import Iterable

from local.tenant.model import JsonObject
from local.tenant.shapes import Shapes

_NO_HISTORY_LIMIT = "0001-01-01T00:00:00Z"


def members_added(shapes: Shapes, members: Iterable[str], initiator: str) -> JsonObject:
    """Somebody added people to a space or team."""
    return _detail("membersAdded", shapes, initiator) | {
        "visibleHistoryStartDateTime": _NO_HISTORY_LIMIT,
        "members": [shapes.user_identity(member) for member in members],
    }


def members_removed(shapes: Shapes, members: Iterable[str], initiator: str) -> JsonObject:
    """Somebody removed people from a space or team."""
    return _detail("membersDeleted", shapes, initiator) | {
        "members": [shapes.user_identity(member) for member in members]
    }


def members_joined(shapes: Shapes, members: Iterable[str], initiator: str) -> JsonObject:
    """People came in by themselves."""
    return _detail("membersJoined", shapes, initiator) | {
        "members": [shapes.user_identity(member) for member in members]
    }


def members_left(shapes: Shapes, members: Iterable[str], initiator: str) -> JsonObject:
    """People went away by themselves."""
    return _detail("membersLeft", shapes, initiator) | {"members": [shapes.user_identity(member) for member in members]}


def member_role_updated(shapes: Shapes, member: str, initiator: str, *, owner: bool) -> JsonObject:
    """Somebody made a member an owner, or an owner a member."""
    return _detail("conversationMemberRoleUpdated", shapes, initiator) | {
        "conversationMemberRoles": ["owner"] if owner else [],
        "conversationMemberUser": shapes.user_identity(member),
    }


def channel_deleted(shapes: Shapes, channel_id: str, name: str, initiator: str) -> JsonObject:
    """Somebody deleted a channel."""
    return _detail("channelDeleted", shapes, initiator) | {"channelId": channel_id, "channelDisplayName": name}


def app_installed(shapes: Shapes, app_id: str, app_name: str, initiator: str) -> JsonObject:
    """Somebody installed an app."""
    return _detail("teamsAppInstalled", shapes, initiator) | {
        "teamsAppId": app_id,
        "teamsAppDisplayName": app_name,
    }


def _detail(kind: str, shapes: Shapes, initiator: str) -> JsonObject:
    return {
        "@odata.type": f"#microsoft.graph.{kind}EventMessageDetail",
        "initiator": {"application": None, "device": None, "user": shapes.user_identity(initiator)},
    }
