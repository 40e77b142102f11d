"""What stands in Cosmos DB: the domain's JSON, wrapped with its id, type, version and the properties that queries use.

The JSON itself stands in a text. Cosmos DB's own JSON would lose what ours keeps (-0.0, for one), and a text costs
one string to write instead of a tree. One above `_LARGE` bytes is compressed, because Cosmos DB takes 2 MB.
"""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import msgspec

from shared.adapters.cosmos.embeddings import embedding_in
from shared.adapters.cosmos.versions import up_to_date, version_of
from shared.adapters.sqlite.documents import decoded, encoded
from shared.domain.snippets import Snippet
from shared.errors import Misconfigured, Refused
from shared.ports import Stored

type Json = dict[str, Any]

_LARGE = 200_000
_TOO_LARGE = 1_900_000
_REMEMBERED = 16
"""How many earlier writes a document names: so many others may pass a write whose answer was lost."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """That a document stands in a list (see `lists.py`): which list, at which place, and the entry's own id."""

    list: str
    order: str
    id: str


class Version(msgspec.Struct, frozen=True, array_like=True):
    """What the etag that callers are given holds: all that the next write needs to know of this one."""

    etag: str
    """Cosmos DB's own."""
    writes: tuple[str, ...]
    """Random names of the write that made this version and of those before it, the latest first."""
    entries: tuple[Entry, ...] = ()

    def as_etag(self) -> str:
        """As text, the same for the same version."""
        return msgspec.json.encode(self).decode()


def version_in(etag: str) -> Version | None:
    """What an etag holds; None for one that is not ours."""
    try:
        return msgspec.json.decode(etag, type=Version)
    except msgspec.DecodeError:
        return None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A document about to be written."""

    id: str
    type: str
    value: object
    columns: Mapping[str, object]
    """The partition key, and what queries ask for."""
    entries: Sequence[Entry] = ()

    def as_json(self, known: Version | None) -> Json:
        """The whole document, as another write after the version that was read."""
        writes = [uuid4().hex[:12], *(known.writes if known else ())][:_REMEMBERED]
        content: Json = {"id": self.id, "type": self.type, "v": version_of(self.type), "writes": writes}
        if self.entries:
            content["entries"] = [[entry.list, entry.order, entry.id] for entry in self.entries]
        return content | dict(self.columns) | _body(self.value)


def _body(value: object) -> Json:
    try:
        body = encoded(value)
    except UnicodeEncodeError as error:
        raise Refused("a text holds characters that UTF-8 can't hold", code="not_text") from error
    if len(body) <= _LARGE:
        return {"body": body.decode()}
    compressed = base64.b85encode(zlib.compress(body)).decode()
    if len(compressed) > _TOO_LARGE:
        raise Refused("a document is larger than Cosmos DB takes (2 MB)", code="too_large")
    return {"zip": compressed}


def body_of(content: Json) -> bytes:
    """The domain's JSON inside a document, as it was written."""
    if "zip" in content:
        return zlib.decompress(base64.b85decode(content["zip"]))
    return str(content["body"]).encode()


def value_of[T](kind: type[T], content: Json) -> T:
    """The domain's value inside a document, whichever version wrote it. Raises `Misconfigured` when it can't be."""
    body = up_to_date(content["type"], content["v"], body_of(content))
    try:
        value = decoded(kind, body)
    except msgspec.DecodeError as error:
        raise Misconfigured("CAIRN_COSMOS_DATABASE: a document in it can't be read") from error
    return replace(value, embedding=embedding_in(content, value.question)) if isinstance(value, Snippet) else value


def version_of_document(content: Json) -> Version:
    """Under which version a document was read, or has been written."""
    entries = tuple(Entry(*entry) for entry in content.get("entries", ()))
    return Version(content["_etag"], tuple(content["writes"]), entries)


def stored_in[T](kind: type[T], content: Json) -> Stored[T]:
    """The domain's value and the etag that it is changed under."""
    return Stored(value_of(kind, content), version_of_document(content).as_etag())
