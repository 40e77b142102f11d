"""What was said in a place of the simulated Teams, as one person sees it."""

import html
import re
from collections.abc import Iterable

import msgspec
from lxml.etree import strip_attributes
from lxml.html import fragment_fromstring, tostring

from local.page.places import name_of, privacy_of
from local.page.views import Conversation, Quoted, Reaction, Said
from local.tenant.model import JsonObject, Message, MessageKind
from local.tenant.tenant import Tenant

PREVIEW = 120
"""Characters of a quoted message that are shown."""
_EMOJI = {"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😡"}
"""Graph's words for Teams' six classic reactions; newer ones come as the emoji itself."""
_TAGS = re.compile(r"<[^>]*>")


def conversation(tenant: Tenant, place: str, viewer: str, *, reading: bool) -> Conversation:
    """A place as the viewer sees it; `reading` says whether Cairn reads along there.

    Raises LookupError for a place that there is not, or that the viewer is not in.
    """
    space = tenant.core.state.known_space(place)
    members = tenant.members(space.id)
    if viewer not in members:
        raise LookupError("the viewer is not in this place")
    seen = tenant.messages(space.id, viewer=viewer)
    notices = {n.activity_id: n.text for n in tenant.notices(viewer) if n.conversation == space.id}
    said = [_said(tenant, message, viewer, notices.get(message.id, "")) for message in seen]
    team = tenant.core.state.teams.get(space.team_id) if space.team_id else None
    return Conversation(
        key=space.id,
        name=name_of(space, viewer),
        label=f"{team.name} › {space.name}" if team else name_of(space, viewer),
        kind=space.kind.value,
        privacy=privacy_of(space),
        members=len(members),
        threaded=space.is_channel,
        reading=reading,
        items=_threaded(seen, said) if space.is_channel else tuple(said),
    )


def _threaded(seen: list[Message], said: list[Said]) -> tuple[Said, ...]:
    """Posts with their replies; a system message stands for itself."""
    replies: dict[str, list[Said]] = {}
    for message, item in zip(seen, said, strict=True):
        if message.root_id is not None:
            replies.setdefault(message.root_id, []).append(item)
    roots = [item for message, item in zip(seen, said, strict=True) if message.root_id is None]
    return tuple(_with_replies(root, replies.get(root.key, [])) for root in roots)


def _with_replies(root: Said, replies: Iterable[Said]) -> Said:
    return msgspec.structs.replace(root, replies=tuple(replies))


def _said(tenant: Tenant, message: Message, viewer: str, notice: str) -> Said:
    deleted, card = message.deleted is not None, tenant.card_of(message.space_id, message.id, viewer=viewer)
    system = message.kind is MessageKind.SYSTEM
    hidden = deleted or system or card is not None
    return Said(
        key=message.id,
        author="" if system else _author(tenant, message),
        bot=message.from_app,
        mine=message.author == viewer,
        at=message.created,
        html="" if hidden else _html(message),
        system=_announcement(tenant, message.event or {}) if system else "",
        subject="" if deleted else message.subject or "",
        edited=message.edited is not None and not deleted and not message.from_app,
        deleted=deleted,
        quoted=None if deleted else _quoted(tenant, message),
        reactions=() if deleted else _reactions(tenant, message),
        card=card,
        notice=notice,
    )


def _author(tenant: Tenant, message: Message) -> str:
    return tenant.person(message.author).name if message.author else "Cairn"


def _html(message: Message) -> str:
    if message.content_type == "text":
        return html.escape(message.content, quote=False).replace("\n", "<br>")
    return _without_styles(message.content) if "style" in message.content else message.content


def _without_styles(content: str) -> str:
    """The same without style attributes, of which the browser would complain before the page can drop them."""
    root = fragment_fromstring(content, create_parent="div")
    strip_attributes(root, "style")
    inner: str = tostring(root, encoding="unicode")
    return inner.removeprefix("<div>").removesuffix("</div>")


def _quoted(tenant: Tenant, message: Message) -> Quoted | None:
    quotation = next((a for a in message.attachments if a.content_type == "messageReference"), None)
    if quotation is None:
        return None
    quoted = tenant.message(message.space_id, quotation.id)
    if quoted.deleted is not None:
        return Quoted(author=_author(tenant, quoted), text="This message was deleted.")
    words = " ".join(html.unescape(_TAGS.sub(" ", quoted.content)).split())
    short = words if len(words) <= PREVIEW else words[:PREVIEW].rsplit(" ", 1)[0] + " …"
    return Quoted(author=_author(tenant, quoted), text=short)


def _reactions(tenant: Tenant, message: Message) -> tuple[Reaction, ...]:
    by_kind: dict[str, list[str]] = {}
    for reaction in message.reactions:
        by_kind.setdefault(reaction.kind, []).append(tenant.person(reaction.user_id).name)
    return tuple(Reaction(emoji=_EMOJI.get(kind, kind), names=tuple(names)) for kind, names in by_kind.items())


def _announcement(tenant: Tenant, event: JsonObject) -> str:
    """What Teams says of an event, by Graph's `eventMessageDetail`; empty for kinds that the page doesn't show."""
    kind = str(event.get("@odata.type", "")).removeprefix("#microsoft.graph.").removesuffix("EventMessageDetail")
    by = _named(tenant, (event.get("initiator") or {}).get("user"))
    who = ", ".join(_named(tenant, member) for member in event.get("members") or ())
    return {
        "teamsAppInstalled": f"{by} added {event.get('teamsAppDisplayName')} here.",
        "membersAdded": f"{by} added {who}.",
        "membersDeleted": f"{by} removed {who}.",
        "membersJoined": f"{who} joined.",
        "membersLeft": f"{who} left.",
    }.get(kind, "")


def _named(tenant: Tenant, identity: JsonObject | None) -> str:
    """The name behind an identity, which Graph leaves out of event details."""
    person = tenant.core.state.person(str((identity or {}).get("id", "")))
    return person.name if person else "Somebody"
