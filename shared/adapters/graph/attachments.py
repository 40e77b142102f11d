"""What came along with a message: quotes are linked, our own cards known, everything else named and not fetched."""

from collections.abc import Callable, Mapping

from shared.adapters.graph.fields import Raw, identifier, items, line, parsed
from shared.domain.identity import MessageId, PostingId, SpaceId

type FindPosting = Callable[[Mapping[str, object]], PostingId | None]

_CARD = "application/vnd.microsoft.card.adaptive"
_QUOTE = "messageReference"
_FORWARDED = "forwardedMessageReference"
_NAMELESS = {
    "reference": "file",
    "file": "file",
    _FORWARDED: "forwarded message",
    "meetingReference": "meeting",
    "tabReference": "tab",
    "application/vnd.microsoft.card.codesnippet": "code snippet",
    "application/vnd.microsoft.card.announcement": "announcement",
    "application/vnd.microsoft.card.fluidEmbedCard": "Loop component",
}
"""What an attachment without a name is called, by its `contentType` (Microsoft Learn, chatMessageAttachment)."""
_MEDIA = ("image", "video", "audio")


def quoted(raw: Raw, space_id: SpaceId) -> tuple[MessageId, ...]:
    """Messages that this one replies to by Teams' own quote, and a forwarded one if it was said in this space.

    Each is an attachment whose content is JSON. What a quote or a forwarded message says stays out: it is
    somebody else's words, perhaps of a space whose members never agreed to be heard here.
    """
    found = []
    for attachment in items(raw, "attachments"):
        content = parsed(attachment.get("content"))
        if attachment.get("contentType") == _QUOTE:
            found.append(identifier(content.get("messageId")) or identifier(attachment.get("id")))
        elif attachment.get("contentType") == _FORWARDED and content.get("originalConversationId") == space_id:
            found.append(identifier(content.get("originalMessageId")))
    return tuple(dict.fromkeys(MessageId(one) for one in found if one is not None))


def names(raw: Raw, *, images: int) -> tuple[str, ...]:
    """The name of each attachment that is no quote, or what it is where it has none; last, how many `images`."""
    found = [_name(one) for one in items(raw, "attachments") if one.get("contentType") != _QUOTE]
    if images:
        found.append("image" if images == 1 else f"{images} images")
    return tuple(dict.fromkeys(found))


def postings(raw: Raw, posting_id_in: FindPosting) -> tuple[PostingId, ...]:
    """Our postings by the cards that a message carries."""
    cards = (parsed(one.get("content")) for one in items(raw, "attachments") if one.get("contentType") == _CARD)
    return tuple(dict.fromkeys(posting for card in cards if card and (posting := posting_id_in(card))))


def _name(attachment: Raw) -> str:
    kind = line(attachment.get("contentType"))
    if kind == _FORWARDED:
        return _NAMELESS[kind]
    if given := line(attachment.get("name")):
        return given
    if kind in _NAMELESS:
        return _NAMELESS[kind]
    if ".card." in kind:
        return "card"
    medium = kind.partition("/")[0]
    return medium if medium in _MEDIA else "attachment"
