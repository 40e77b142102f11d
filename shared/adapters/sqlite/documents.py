"""Documents in the file: JSON of the domain's values, and times as text that sorts."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.domain.events import Event
from shared.domain.exchanges import Thread
from shared.domain.messages import Message
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.snippets import Snippet
from shared.domain.spaces import Space

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Message, Thread, Snippet, Profile, Expertise, Space, Posting, Event)
}


def encoded(value: object) -> bytes:
    """A domain value as UTF-8 JSON."""
    return _encoder.encode(value)


def decoded[T](kind: type[T], document: bytes) -> T:
    """The domain value that `encoded` was given, types and time zones included."""
    value: T = _decoders[kind].decode(document)
    return value


def stamp(moment: datetime) -> str:
    """A moment as text of fixed width, in UTC, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
