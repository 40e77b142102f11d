"""A chatMessage of Graph v1.0, normalised to the domain's `Message`."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from shared.adapters.graph import attachments
from shared.adapters.graph.characters import plain
from shared.adapters.graph.fields import Raw, identifier, items, line, mapping
from shared.adapters.graph.html import HtmlText, text_of, web_address
from shared.domain.identity import MessageId, Person, SpaceId, UserKey, user_key
from shared.domain.messages import Importance, Message, MessageKind, Reaction, without_words
from shared.errors import Refused

MOST_CHARACTERS = 64_000
"""Of a message's text that are kept; Teams lets nobody write as much."""
_MOST_LINKS = 500
_COLLEAGUES = ("aaduser", "onpremiseaaduser", "")
"""Values of `userIdentityType` of people whose tenant, when Graph leaves it out, is the one we read in."""
OUTSIDE = "outside"
"""Stands for the tenant of anybody else whose tenant Graph leaves out, so that they are nobody's colleague."""
_READABLE = {"none", "notifysender"}
"""Values of `policyViolation.dlpAction` under which everybody may go on reading."""


def message_of(
    raw: Raw, *, space_id: SpaceId, tenant_id: str, app_id: str, posting_id_in: attachments.FindPosting
) -> Message:
    """The message that a chatMessage's JSON says (Graph v1.0, resource type chatMessage).

    `tenant_id` stands in where Graph leaves a colleague's out; `posting_id_in` finds our posting's id in the
    content of a card, and is asked only about cards that our own application (`app_id`) posted. A text is
    cut after its last whole word within `MOST_CHARACTERS`; no sign is added, for it would be words that
    nobody said. Raises `Refused` (`not_a_message`) when there is no id or no time of creation; everything
    else that is odd or absent is left out.
    """
    message_id, created = identifier(raw.get("id")), _time(raw.get("createdDateTime"))
    if message_id is None or created is None:
        raise Refused("what Graph sent is not a message: it has no id or no time", code="not_a_message")
    kind = _kind(raw)
    deleted = _time(raw.get("deletedDateTime"))
    root = identifier(raw.get("replyToId"))
    message = Message(
        space_id=space_id,
        id=MessageId(message_id),
        kind=kind,
        author=None,
        created_at=created,
        modified_at=_modified(raw, created, deleted),
        deleted_at=deleted,
        root_id=MessageId(root) if root is not None and root != message_id else None,
        reactions=_reactions(raw, tenant_id),
        web_url=_web_url(raw),
        violates_policy=_violates(raw.get("policyViolation")),
        posting_ids=attachments.postings(raw, posting_id_in) if _is_ours(raw, app_id) else (),
        names_us=_names_us(raw, app_id),
    )
    if kind is MessageKind.PERSON:
        message = _with_words(message, raw, tenant_id)
    return message if deleted is None else without_words(message)


def _with_words(message: Message, raw: Raw, tenant_id: str) -> Message:
    """The same message with its author and what they said."""
    body, subject = _body(mapping(raw, "body")), line(raw.get("subject"))
    hashed = hashlib.sha256(f"{subject}\n{body.text}".encode()).hexdigest()
    return replace(
        message,
        author=_person(_sender(raw, "user"), tenant_id),
        quoted_ids=attachments.quoted(raw, message.space_id),
        subject=subject,
        text=body.text,
        body_hash=hashed if message.deleted_at is None else "",
        mentions=_mentions(raw, tenant_id),
        links=body.links[:_MOST_LINKS],
        attachments=attachments.names(raw, images=body.images),
        importance=_importance(raw.get("importance")),
        locale=line(raw.get("locale")).lower(),
    )


def _kind(raw: Raw) -> MessageKind:
    """Without a sender it is Teams itself that speaks, or a message that was deleted (chatMessageFromIdentitySet)."""
    if raw.get("messageType", "message") != "message" or isinstance(raw.get("eventDetail"), Mapping):
        return MessageKind.SYSTEM
    if identifier(_sender(raw, "user").get("id")) is not None:
        return MessageKind.PERSON
    return MessageKind.BOT if _sender(raw, "application") else MessageKind.SYSTEM


def _sender(raw: Raw, kind: str) -> Raw:
    return mapping(mapping(raw, "from"), kind)


def _modified(raw: Raw, created: datetime, deleted: datetime | None) -> datetime:
    """Graph's own word for it; where that is missing, the last thing known to have happened."""
    edited = _time(raw.get("lastEditedDateTime"))
    known = (moment for moment in (created, edited, deleted) if moment is not None)
    return _time(raw.get("lastModifiedDateTime")) or max(known)


def _body(body: Raw) -> HtmlText:
    content = body.get("content")
    if not isinstance(content, str):
        return HtmlText()
    if body.get("contentType") != "text":
        read = text_of(content)
        return replace(read, text=_cut(read.text))
    text = _cut(plain(content[: 2 * MOST_CHARACTERS]).strip())
    addresses = (web_address(word.strip("<>()[]\"'.,;:!?")) for word in text.split() if "://" in word)
    return HtmlText(text=text, links=tuple(dict.fromkeys(address for address in addresses if address)))


def _cut(text: str) -> str:
    """At most `MOST_CHARACTERS`, ending with a whole word; a code block that is cut is closed."""
    if len(text) <= MOST_CHARACTERS:
        return text
    room = MOST_CHARACTERS - len("\n```")
    ends_a_word = text[room].isspace() or text[room - 1].isspace()
    kept = (text[:room] if ends_a_word else text[:room].rsplit(None, 1)[0]).rstrip()
    is_open = kept.split("\n").count("```") % 2 == 1
    return f"{kept}\n```" if is_open else kept


def _time(value: object) -> datetime | None:
    """A moment in UTC; Graph's `DateTimeOffset` has up to seven digits of a second, of which six are kept."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _person(user: Raw, tenant_id: str, *, called: object = None) -> Person | None:
    """Somebody by their tenant and object id; `called` is a name where the identity brings none."""
    key = _key(user, tenant_id)
    name = line(user.get("displayName")) or line(called) or "A colleague"
    return Person(key=key, name=name) if key is not None else None


def _key(user: Raw, tenant_id: str) -> UserKey | None:
    object_id, tenant = identifier(user.get("id")), identifier(user.get("tenantId"))
    if tenant is None:
        identity_type = str(user.get("userIdentityType") or "")
        tenant = tenant_id if identity_type.lower() in _COLLEAGUES else OUTSIDE
    return user_key(tenant, object_id) if object_id is not None and "/" not in tenant else None


def _mentions(raw: Raw, tenant_id: str) -> tuple[Person, ...]:
    """People who were mentioned; applications, channels and tags are nobody to ask."""
    people = (
        _person(mapping(mapping(mention, "mentioned"), "user"), tenant_id, called=mention.get("mentionText"))
        for mention in items(raw, "mentions")
    )
    return tuple({person.key: person for person in people if person is not None}.values())


def _names_us(raw: Raw, app_id: str) -> bool:
    """Whether our own application is among those mentioned."""
    named = (mapping(mapping(mention, "mentioned"), "application").get("id") for mention in items(raw, "mentions"))
    return any(isinstance(name, str) and name.lower() == app_id.lower() for name in named)


def _reactions(raw: Raw, tenant_id: str) -> tuple[Reaction, ...]:
    found = (
        (line(reaction.get("reactionType")), _key(mapping(mapping(reaction, "user"), "user"), tenant_id))
        for reaction in items(raw, "reactions")
    )
    return tuple(dict.fromkeys(Reaction(kind=kind, by=by) for kind, by in found if kind and by is not None))


def _importance(value: object) -> Importance:
    known = line(value).lower()
    return Importance(known) if known in set(Importance) else Importance.NORMAL


def _violates(violation: object) -> bool:
    """Whether a message breaks a policy so that it must not be kept (Microsoft Learn, chatMessagePolicyViolation).

    That is when data loss prevention hides it from anybody (`dlpAction`), or when its verdict says how the
    sender may show it again (`verdictDetails`); that they did so (`userAction`) does not make it right to
    keep. Only what at most told the sender is kept. A value that Graph may add one day counts as hiding.
    """
    if not isinstance(violation, Mapping):
        return False
    return not (_flags(violation, "dlpAction") <= _READABLE and _flags(violation, "verdictDetails") <= {"none"})


def _flags(raw: Raw, name: str) -> set[str]:
    return {flag.strip().lower() for flag in str(raw.get(name) or "none").split(",")}


def _is_ours(raw: Raw, app_id: str) -> bool:
    application = identifier(_sender(raw, "application").get("id"))
    return application is not None and application.lower() == app_id.lower()


def _web_url(raw: Raw) -> str:
    address = web_address(raw.get("webUrl")) or ""
    return address if address.startswith("https://") else ""
