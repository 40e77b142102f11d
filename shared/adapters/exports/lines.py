"""The lines of an export: first what it is, then a thing a line, at the end how many there were and their checksum."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import msgspec

from shared.adapters.shapes import NewerShape, name_of, up_to_date, version_of
from shared.domain.identity import AudienceId, TenantId
from shared.domain.moving import TYPES, Kind, Moved

FORMAT = 1
"""Of the lines around the documents; these have versions of their own."""
LONGEST = 32 * 1024 * 1024
"""Bytes of a line: a space of 20,000 members has 4 MB."""


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="cairn", tag="export"):
    """The first line: whose it is, when it was begun, and what is in it."""

    format: int
    tenant: TenantId
    at: datetime
    kinds: tuple[Kind, ...]
    audiences: tuple[AudienceId, ...] = ()
    """Whose members' view it is; empty for everything."""


class End(msgspec.Struct, frozen=True, kw_only=True, tag_field="cairn", tag="end"):
    """The last line: without it the file was cut off."""

    counts: Mapping[Kind, int]
    sha256: str
    """Of every line before it, hexadecimal."""


class _Line(msgspec.Struct, frozen=True):
    kind: Kind
    v: int
    value: msgspec.Raw


class Bad(ValueError):
    """A line that can't be taken in; the message says why, in words that hold nothing of the line."""


_ends = msgspec.json.Decoder(Head | End)
_lines = msgspec.json.Decoder(_Line)
_values: Mapping[Kind, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(TYPES[kind]) for kind in Kind}


def as_line(thing: Head | End | Moved) -> bytes:
    """A line of the file, with its end. Raises `UnicodeEncodeError` for text that UTF-8 can't hold."""
    if not isinstance(thing, Moved):
        return msgspec.json.encode(thing) + b"\n"
    version = version_of(name_of(TYPES[thing.kind]))
    line = _Line(thing.kind, version, msgspec.Raw(msgspec.json.encode(thing.value)))
    return msgspec.json.encode(line) + b"\n"


def read_line(line: bytes) -> Head | End | Moved:
    """What a line says, whichever version of Cairn wrote it. Raises `Bad`."""
    try:
        if line.startswith(b'{"cairn":'):
            end: Head | End = _ends.decode(line)
            return end
        found = _lines.decode(line)
        body = up_to_date(name_of(TYPES[found.kind]), found.v, bytes(found.value))
        value = _values[found.kind].decode(body)
    except NewerShape as error:
        raise Bad("a newer version of Cairn has written it") from error
    except RecursionError as error:
        raise Bad("it is nested too deeply") from error
    except msgspec.DecodeError as error:
        raise Bad("it is no line of an export") from error
    if not _has_time_zones(value):
        raise Bad("it has a moment without a time zone")
    return Moved(found.kind, value)


def _has_time_zones(value: object) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, tuple):
        return all(_has_time_zones(part) for part in value)
    if is_dataclass(value):
        return all(_has_time_zones(getattr(value, field.name)) for field in fields(value))
    return True
