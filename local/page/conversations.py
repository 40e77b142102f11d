"""The simulated Teams as the page shows it: places, messages and cards, as one person sees them."""

from collections.abc import Mapping
from typing import Any

from local.tenant.model import Message, MessageKind, Space, SpaceKind
from local.tenant.tenant import Tenant

JsonObject = dict[str, Any]
_KINDS = {
    SpaceKind.STANDARD: "Channel",
    SpaceKind.PRIVATE: "Private channel",
    SpaceKind.SHARED: "Shared channel",
    SpaceKind.CHAT: "Group chat",
}


def people(tenant: Tenant) -> list[JsonObject]:
    """Everybody, by department, for choosing who one is."""
    found = sorted(tenant.people(), key=lambda p: (p.department or "", p.name))
    return [{"key": p.id, "name": p.name, "department": p.department or ""} for p in found]


def places(tenant: Tenant, viewer: str) -> list[JsonObject]:
    """The places that a person is in, by team, then their own chat with Cairn."""
    teams = {team.id: team for team in tenant.core.state.teams}
    found = []
    for space in tenant.spaces():
        empty_general = space.name == "General" and not any(not _announcement(m) for m in tenant.messages(space.id))
        if viewer not in tenant.members(space.id) or empty_general:
            continue
        team = teams.get(space.team_id or "")
        found.append(
            {
                "key": space.id,
                "name": space.name,
                "group": team.name if team else "Chats",
                "kind": _KINDS[space.kind],
                "private": space.kind in (SpaceKind.PRIVATE, SpaceKind.CHAT),
            }
        )
    found.sort(key=lambda place: (place["group"] == "Chats", place["group"], place["name"]))
    own = tenant.conversation_with(viewer)
    return [
        *found,
        {"key": own.id, "name": "Cairn", "group": "Chats", "kind": "Your own chat with Cairn", "private": True},
    ]


def conversation(tenant: Tenant, space_id: str, viewer: str) -> JsonObject:
    """What stands in a place: threads with their replies, newest activity last; one list in a chat.

    Raises LookupError for a place that the viewer is not in.
    """
    space = tenant.core.state.known_space(space_id)
    personal = space.kind is SpaceKind.PERSONAL
    mine = personal and tenant.conversation_with(viewer).id == space.id
    if not mine and (personal or viewer not in tenant.members(space.id)):
        raise LookupError("you are not in this place")
    shown = [m for m in tenant.messages(space.id, viewer=viewer) if not _announcement(m)]
    items = [_item(tenant, m, viewer) for m in shown]
    threaded = space.is_channel
    if threaded:
        roots = [item | {"replies": []} for item, m in zip(items, shown, strict=True) if m.root_id is None]
        by_key = {root["key"]: root for root in roots}
        for item, message in zip(items, shown, strict=True):
            if message.root_id in by_key:
                by_key[message.root_id]["replies"].append(item)
        items = roots
    name = "Cairn" if personal else space.name
    return {"key": space.id, "name": name, "kind": _kind(space), "threaded": threaded, "items": items}


def _kind(space: Space) -> str:
    return _KINDS.get(space.kind, "Your own chat with Cairn")


def _announcement(message: Message) -> bool:
    return message.kind is MessageKind.SYSTEM


def _item(tenant: Tenant, message: Message, viewer: str) -> JsonObject:
    author = tenant.person(message.author) if message.author else None
    deleted = message.deleted is not None
    return {
        "key": message.id,
        "author": author.name if author else "Cairn",
        "bot": message.from_app,
        "at": message.created.isoformat(),
        "html": "" if deleted or message.card else _content(message),
        "deleted": deleted,
        "edited": message.edited is not None and not deleted,
        "quoted": _quoted(tenant, message),
        "reactions": _reactions(message),
        "card": tenant.card_of(message.space_id, message.id, viewer=viewer),
    }


def _content(message: Message) -> str:
    if message.content_type == "text":
        return message.content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return message.content


def _quoted(tenant: Tenant, message: Message) -> str:
    quotation = next((a for a in message.attachments if a.content_type == "messageReference"), None)
    if quotation is None:
        return ""
    quoted = tenant.message(message.space_id, quotation.id)
    return tenant.person(quoted.author).name if quoted.author else "Cairn"


def _reactions(message: Message) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for reaction in message.reactions:
        counts[reaction.kind] = counts.get(reaction.kind, 0) + 1
    return counts
