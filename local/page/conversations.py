"""The simulated Teams as the page shows it: places, messages and cards, as one person sees them."""

import json
from datetime import datetime
from typing import Any

from local.tenant.model import Message, MessageKind, Space, SpaceKind
from local.tenant.tenant import Tenant

JsonObject = dict[str, Any]
CAIRN = "Cairn"
_KINDS = {
    SpaceKind.STANDARD: "Channel",
    SpaceKind.PRIVATE: "Private channel",
    SpaceKind.SHARED: "Shared channel",
    SpaceKind.CHAT: "Group chat",
    SpaceKind.PERSONAL: "Only this person and Cairn see this",
}


def people(tenant: Tenant) -> list[JsonObject]:
    """Everybody, by department, for choosing who one is."""
    found = sorted(tenant.people(), key=lambda p: (p.department or "", p.name))
    return [{"key": p.id, "name": p.name, "department": p.department or ""} for p in found]


def places(tenant: Tenant, viewer: str) -> list[JsonObject]:
    """The places that a person is in: channels by team, chats, then their own chat with Cairn.

    Raises LookupError for an unknown person.
    """
    teams = {team.id: team.name for team in tenant.core.state.teams}
    person = tenant.person(viewer)
    found = [
        {
            "key": space.id,
            "name": space.name,
            "group": teams.get(space.team_id or "", "Chats"),
            "kind": _KINDS[space.kind],
            "channel": space.is_channel,
            "private": space.kind is SpaceKind.PRIVATE,
            "cairn": False,
        }
        for space in tenant.spaces()
        if viewer in tenant.members(space.id) and not _empty_general(tenant, space)
    ]
    found.sort(key=lambda place: (not place["channel"], place["group"], place["private"], place["name"]))
    own = {
        "key": tenant.conversation_with(viewer).id,
        "name": f"{CAIRN}, to {person.name}",
        "group": "Chats",
        "kind": _KINDS[SpaceKind.PERSONAL],
        "channel": False,
        "private": False,
        "cairn": True,
    }
    return [*found, own]


def conversation(tenant: Tenant, space_id: str, viewer: str) -> JsonObject:
    """What stands in a place: threads with their replies, latest activity last; one list in a chat.

    Raises LookupError for a place that the viewer is not in.
    """
    space = tenant.core.state.known_space(space_id)
    personal = space.kind is SpaceKind.PERSONAL
    mine = personal and tenant.conversation_with(viewer).id == space.id
    if not mine and (personal or viewer not in tenant.members(space.id)):
        raise LookupError("that person is not in this place")
    shown = [m for m in tenant.messages(space.id, viewer=viewer) if m.kind is not MessageKind.SYSTEM]
    items = _threads(tenant, shown, viewer) if space.is_channel else [_item(tenant, m, viewer) for m in shown]
    name = f"{CAIRN}, to {tenant.person(viewer).name}" if personal else space.name
    return {
        "key": space.id,
        "name": name,
        "kind": _kind(tenant, space),
        "private": space.kind is SpaceKind.PRIVATE,
        "threaded": space.is_channel,
        "items": items,
    }


def _kind(tenant: Tenant, space: Space) -> str:
    if space.kind is SpaceKind.PERSONAL:
        return _KINDS[space.kind]
    team = next((team.name for team in tenant.core.state.teams if team.id == space.team_id), "")
    where = f"{_KINDS[space.kind]} of {team}" if team else _KINDS[space.kind]
    return f"{where}, {len(tenant.members(space.id))} people"


def _empty_general(tenant: Tenant, space: Space) -> bool:
    return space.name == "General" and all(m.kind is MessageKind.SYSTEM for m in tenant.messages(space.id))


def _threads(tenant: Tenant, shown: list[Message], viewer: str) -> list[JsonObject]:
    """Roots with their replies, ordered as Teams does: the thread in which something was said last comes last."""
    last: dict[str, datetime] = {}
    for message in shown:
        root = message.root_id or message.id
        last[root] = max(message.created, last.get(root, message.created))
    roots = sorted((m for m in shown if m.root_id is None), key=lambda m: last[m.id])
    return [
        _item(tenant, root, viewer)
        | {"replies": [_item(tenant, reply, viewer) for reply in shown if reply.root_id == root.id]}
        for root in roots
    ]


def _item(tenant: Tenant, message: Message, viewer: str) -> JsonObject:
    author = tenant.person(message.author) if message.author else None
    deleted = message.deleted is not None
    card = None if deleted else tenant.card_of(message.space_id, message.id, viewer=viewer)
    return {
        "key": message.id,
        "author": author.name if author else CAIRN,
        "bot": message.from_app,
        "mine": message.author == viewer,
        "at": message.created.isoformat(),
        "subject": "" if deleted else message.subject or "",
        "html": "" if deleted or card else _content(message),
        "deleted": deleted,
        "edited": message.edited is not None and not deleted,
        "quote": None if deleted else _quote(tenant, message),
        "reactions": _reactions(tenant, message),
        "card": card,
        "onlyYou": message.visible_to is not None,
    }


def _content(message: Message) -> str:
    if message.content_type == "text":
        return message.content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return message.content


def _quote(tenant: Tenant, message: Message) -> JsonObject | None:
    """Whom a chat message quotes, and how it began; without words when that was deleted since."""
    quotation = next((a for a in message.attachments if a.content_type == "messageReference"), None)
    if quotation is None:
        return None
    quoted = tenant.message(message.space_id, quotation.id)
    preview = str(json.loads(quotation.content or "{}").get("messagePreview", ""))
    name = tenant.person(quoted.author).name if quoted.author else CAIRN
    return {"author": name, "text": "This message was deleted." if quoted.deleted else preview}


def _reactions(tenant: Tenant, message: Message) -> list[JsonObject]:
    by: dict[str, list[str]] = {}
    for reaction in message.reactions:
        by.setdefault(reaction.kind, []).append(tenant.person(reaction.user_id).name)
    return [{"kind": kind, "people": names} for kind, names in by.items()]
