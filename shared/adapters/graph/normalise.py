"""A chatMessage of Graph v1.0, normalised to the domain's `Message`."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.adapters.graph.html import HtmlText, text_of
from shared.domain.identity import MessageId, Person, PostingId, SpaceId, user_key
from shared.domain.messages import Message, MessageKind, Reaction, without_words
from shared.errors import Refused

MOST_CHARACTERS = 64_000
"""Of a message's text that are kept; more than Teams lets anybody write."""
_CARD = "application/vnd.microsoft.card.adaptive"
_QUOTE = "messageReference"
_ALLOWED = ("none", "notifySender")
"""Values of `policyViolation.dlpAction` under which a message stays visible (Microsoft Learn, chatMessage)."""

_OURS = ("aadUser", "onPremiseAadUser")
"""Kinds of user that are of our own tenant when Graph names none (Microsoft Learn, teamworkUserIdentity)."""
OUTSIDE = "outside"
"""Stands for the tenant of federated, anonymous and phone users, so that none is taken for a colleague."""

type Raw = Mapping[str, Any]
type FindPosting = Callable[[Mapping[str, object]], PostingId | None]


def message_of(raw: Raw, *, space_id: SpaceId, tenant_id: str, app_id: str, posting_id_in: FindPosting) -> Message:
    """The message that a chatMessage's JSON says.

    `tenant_id` stands in where Graph leaves a person's own out; `posting_id_in` finds our posting's id
    in a card. Raises `Refused` (`not_a_message`) when it has no id or time; everything else that is
    odd or absent is left out.
    """
    message_id, created = raw.get("id"), _time(raw.get("createdDateTime"))
    if not isinstance(message_id, str) or not message_id or created is None:
        raise Refused("what Graph sent is not a message", code="not_a_message")
    body = _body(_mapping(raw, "body"))
    kind = _kind(raw)
    subject = _clean(str(raw.get("subject") or "")) if kind is MessageKind.PERSON else ""
    text = body.text if kind is MessageKind.PERSON else ""
    deleted = _time(raw.get("deletedDateTime"))
    modified = [m for m in (_time(raw.get("lastModifiedDateTime")), deleted, created) if m is not None]
    message = Message(
        space_id=space_id,
        id=MessageId(message_id),
        kind=kind,
        author=_person(_mapping(_mapping(raw, "from"), "user"), tenant_id) if kind is MessageKind.PERSON else None,
        created_at=created,
        modified_at=modified[0],
        deleted_at=deleted,
        root_id=MessageId(raw["replyToId"]) if isinstance(raw.get("replyToId"), str) else None,
        quoted_ids=_quoted(raw),
        subject=subject,
        text=text,
        body_hash="" if deleted else hashlib.sha256(f"{subject}\n{text}".encode()).hexdigest(),
        mentions=_mentions(raw, tenant_id),
        links=body.links if kind is MessageKind.PERSON else (),
        reactions=_reactions(raw, tenant_id),
        web_url=_web_url(raw.get("webUrl")),
        violates_policy=_violates(_mapping(raw, "policyViolation")),
        posting_ids=_postings(raw, posting_id_in) if _is_ours(raw, app_id) else (),
    )
    return without_words(message) if deleted else message


def _kind(raw: Raw) -> MessageKind:
    if raw.get("messageType", "message") != "message" or isinstance(raw.get("eventDetail"), dict):
        return MessageKind.SYSTEM
    sender = _mapping(raw, "from")
    if isinstance(sender.get("user"), dict) and isinstance(sender["user"].get("id"), str):
        return MessageKind.PERSON
    return MessageKind.BOT if isinstance(sender.get("application"), dict) else MessageKind.SYSTEM


def _body(body: Raw) -> HtmlText:
    content = body.get("content")
    if not isinstance(content, str):
        return HtmlText()
    read = HtmlText(text=_clean(content)) if body.get("contentType") == "text" else text_of(content)
    if len(read.text) > MOST_CHARACTERS:
        read.text = read.text[:MOST_CHARACTERS].rsplit(None, 1)[0]
    return read


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in lines if c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0 and not _lone(c)))
    return kept.strip()


def _lone(character: str) -> bool:
    return 0xD800 <= ord(character) <= 0xDFFF


def _mapping(raw: Raw, name: str) -> Raw:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _list(raw: Raw, name: str) -> list[Raw]:
    value = raw.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _person(user: Raw, tenant_id: str) -> Person | None:
    kind = user.get("userIdentityType") or "aadUser"
    object_id, tenant = user.get("id"), str(user.get("tenantId") or (tenant_id if kind in _OURS else OUTSIDE))
    if not isinstance(object_id, str) or not object_id or "/" in tenant:
        return None
    return Person(key=user_key(tenant, object_id), name=_clean(str(user.get("displayName") or "")) or "A colleague")


def _mentions(raw: Raw, tenant_id: str) -> tuple[Person, ...]:
    people = (_person(_mapping(_mapping(m, "mentioned"), "user"), tenant_id) for m in _list(raw, "mentions"))
    return tuple(dict.fromkeys(person for person in people if person is not None))


def _quoted(raw: Raw) -> tuple[MessageId, ...]:
    """Messages quoted in a chat: attachments whose content is JSON with the quoted message's id."""
    found = []
    for attachment in _list(raw, "attachments"):
        if attachment.get("contentType") == _QUOTE:
            quoted = _parsed(attachment.get("content")).get("messageId") or attachment.get("id")
            if isinstance(quoted, str):
                found.append(MessageId(quoted))
    return tuple(dict.fromkeys(found))


def _reactions(raw: Raw, tenant_id: str) -> tuple[Reaction, ...]:
    found = []
    for reaction in _list(raw, "reactions"):
        person = _person(_mapping(_mapping(reaction, "user"), "user"), tenant_id)
        if person is not None and isinstance(reaction.get("reactionType"), str):
            found.append(Reaction(kind=_clean(reaction["reactionType"]), by=person.key))
    return tuple(found)


def _violates(violation: Raw) -> bool:
    if not violation:
        return False
    actions = {part.strip().lower() for part in str(violation.get("dlpAction") or "none").split(",")}
    return not actions <= {allowed.lower() for allowed in _ALLOWED}


def _is_ours(raw: Raw, app_id: str) -> bool:
    application = _mapping(_mapping(raw, "from"), "application")
    return str(application.get("id") or "").lower() == app_id.lower()


def _postings(raw: Raw, posting_id_in: FindPosting) -> tuple[PostingId, ...]:
    cards = (_parsed(a.get("content")) for a in _list(raw, "attachments") if a.get("contentType") == _CARD)
    return tuple(posting_id for card in cards if (posting_id := posting_id_in(card)))


def _parsed(content: object) -> Raw:
    if isinstance(content, dict):
        return content
    try:
        parsed = json.loads(content) if isinstance(content, str) else {}
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _web_url(value: object) -> str:
    return value if isinstance(value, str) and value.startswith("https://") and len(value) < 2000 else ""
