"""Documents in the file: JSON of the domain's values, and moments as text that sorts."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from shared.domain.events import Event
from shared.domain.exchanges import Thread
from shared.domain.feed import FeedPlace
from shared.domain.labels import Label
from shared.domain.messages import Message
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.readings import Reading
from shared.domain.snippets import Snippet
from shared.domain.spaces import Space
from shared.domain.subscriptions import Subscription
from shared.domain.tallies import Tally
from shared.domain.tenant import TenantState
from shared.domain.topics import KeptTopics

KINDS: tuple[type, ...] = (
    Message,
    Thread,
    Snippet,
    Profile,
    Expertise,
    Space,
    Subscription,
    Reading,
    TenantState,
    Posting,
    Event,
    Label,
    FeedPlace,
    Tally,
    KeptTopics,
)
"""What the store keeps as documents."""

_READ_AGAIN_AT_MOST = 4_096
"""Bytes of a message that is kept decoded; the longest ones would take too much memory."""

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in KINDS}


def encoded(value: object) -> bytes:
    """A domain value as UTF-8 JSON. Raises `UnicodeEncodeError` for text that UTF-8 can't hold."""
    return _encoder.encode(value)


def decoded[T](kind: type[T], document: bytes) -> T:
    """The domain value that `encoded` was given, types and time zones included.

    Fields that a document does not have yet get their defaults. Raises `msgspec.DecodeError`.
    """
    if kind is Message and len(document) <= _READ_AGAIN_AT_MOST:
        return _message(document)  # type: ignore[return-value]
    value: T = _decoders[kind].decode(document)
    return value


@lru_cache(maxsize=2_048)
def _message(document: bytes) -> Message:
    """Each message of a chat is read again for each of the hundred that come after it."""
    message: Message = _decoders[Message].decode(document)
    return message


def stamp(moment: datetime) -> str:
    """A moment as text of fixed width, in UTC, so that the order of texts is the order of time.

    Raises `ValueError` for a moment without a time zone: nobody knows when that is.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment in the store has a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
