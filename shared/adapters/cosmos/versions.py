"""The shapes that documents have had: what an earlier version wrote is brought up to date when it is read.

A field that has a default needs nothing here. Where a change means more than that, the type gets one more step:
a function from the JSON as the version before wrote it to the JSON as the next one does. Steps are never changed
once they were released, and `tests/adapters/cosmos/` keeps documents of every version.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shared.errors import Misconfigured

type Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[str, tuple[Step, ...]] = {}
"""By type of document, from version 1 to 2, from 2 to 3 and so on."""


def version_of(kind: str) -> int:
    """The version in which documents of a type are written now."""
    return 1 + len(STEPS.get(kind, ()))


def up_to_date(kind: str, version: int, body: bytes, steps: Mapping[str, tuple[Step, ...]] = STEPS) -> bytes:
    """A document's JSON in today's shape. Raises `Misconfigured` for one that a newer version of Cairn has written."""
    known = steps.get(kind, ())
    if version == 1 + len(known):
        return body
    if version > len(known):
        raise Misconfigured("CAIRN_COSMOS_DATABASE: a newer version of Cairn has written into this database")
    value = msgspec.json.decode(body, type=dict[str, Any])
    for step in known[version - 1 :]:
        value = step(value)
    return msgspec.json.encode(value)
