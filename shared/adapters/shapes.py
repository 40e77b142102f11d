"""The shapes that the domain's JSON has had, in both stores and in exports: what an earlier version wrote is brought
up to date when it is read.

A field that has a default needs nothing here, unless an older Cairn that does not know it would lose it by writing
the document again: then the type gets one more step, so that the older one refuses what it can't keep. A step is a
function from the JSON as the version before wrote it to the JSON as the next one does. Steps are never changed once
they were released, and `tests/adapters/shapes/` keeps a document of every type and version.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

type Step = Callable[[dict[str, Any]], dict[str, Any]]
type Steps = Mapping[str, tuple[Step, ...]]

_NAMES = {"TenantState": "tenant", "KeptTopics": "topics"}


class NewerShape(ValueError):
    """A document that a newer version of Cairn has written: it is read by none before, and never written over."""


def name_of(kind: type) -> str:
    """What documents of a type are called: `snippet`, `tenant`."""
    return _NAMES.get(kind.__name__, kind.__name__.lower())


def _snippets_may_come_from_a_file(snippet: dict[str, Any]) -> dict[str, Any]:
    """Version 2: other wordings of the question, and approaches that a file states instead of a message."""
    approaches = [{"imported": None, **approach} for approach in snippet["approaches"]]
    return {"wordings": [], **snippet, "approaches": approaches}


STEPS: Steps = MappingProxyType({"snippet": (_snippets_may_come_from_a_file,)})
"""By type of document, from version 1 to 2, from 2 to 3 and so on."""


def version_of(name: str, steps: Steps = STEPS) -> int:
    """The version in which documents of a type are written now; the first is 1."""
    return 1 + len(steps.get(name, ()))


def up_to_date(name: str, version: int, body: bytes, steps: Steps = STEPS) -> bytes:
    """A document's JSON in today's shape. Raises `NewerShape`, or `msgspec.DecodeError` for what is no object."""
    known = steps.get(name, ())
    if version == 1 + len(known):
        return body
    if not 1 <= version <= len(known):
        raise NewerShape(f"a newer version of Cairn has written a document ({name})")
    value = msgspec.json.decode(body, type=dict[str, Any])
    try:
        for step in known[version - 1 :]:
            value = step(value)
    except (KeyError, TypeError, AttributeError) as error:
        raise msgspec.ValidationError(f"a document ({name}) is not of version {version}, as it says") from error
    return msgspec.json.encode(value)
