"""Reading JSON that somebody else wrote: what has the wrong shape is as good as absent."""

import json
from collections.abc import Iterator, Mapping

from shared.adapters.graph.characters import plain

MOST_ITEMS = 500
"""Mentions, reactions or attachments of one message that are looked at; Teams allows fewer."""
_MOST_OF_A_LINE = 1_000
_MOST_OF_AN_ID = 400

type Raw = Mapping[str, object]


def mapping(raw: Raw, name: str) -> Raw:
    """The object in a field; an empty one for anything else."""
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}


def items(raw: Raw, name: str) -> Iterator[Raw]:
    """The objects among the first `MOST_ITEMS` of a list; nothing for anything else."""
    value = raw.get(name)
    return (item for item in value[:MOST_ITEMS] if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def line(value: object) -> str:
    """A name or subject as one line of at most 1,000 characters; empty for anything but text."""
    return " ".join(plain(value[:_MOST_OF_A_LINE]).split()) if isinstance(value, str) else ""


def identifier(value: object) -> str | None:
    """An id as Microsoft's are: printable ASCII without spaces. It becomes part of keys and addresses."""
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_OF_AN_ID:
        return None
    return value if value.isascii() and value.isprintable() and " " not in value else None


def parsed(content: object) -> Raw:
    """Content that is JSON in a string, or was opened already; empty for anything else."""
    if isinstance(content, Mapping):
        return content
    try:
        value = json.loads(content) if isinstance(content, str) else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
