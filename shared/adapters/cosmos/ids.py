"""Document ids that Cosmos DB takes, made of ids that may hold anything, and texts that sort as moments do."""

import hashlib
import re
from datetime import datetime, timedelta

from shared.adapters.sqlite.documents import stamp
from shared.errors import Refused

_OTHER_BYTES = re.compile(rb"[^A-Za-z0-9_-]")
_LONGEST = 200
"""Cosmos DB takes ids of 1,023 bytes in accounts of today and of 255 in older ones."""
_BACKWARDS = str.maketrans("0123456789", "9876543210")


def document_id(kind: str, *parts: str) -> str:
    """One id for these parts, in letters, digits, `.`, `-`, `_` and `=` alone.

    Cosmos DB forbids `/`, `\\`, `?` and `#` in ids, and its clients disagree on some others, so every other byte
    is written as `=` and two hexadecimal digits. What would be too long is named by its hash. Raises `Refused`
    for text that UTF-8 can't hold.
    """
    encoded = ".".join((kind, *(_encoded(part) for part in parts)))
    if len(encoded) <= _LONGEST:
        return encoded
    return f"{kind}.=={hashlib.blake2b(encoded.encode(), digest_size=24).hexdigest()}"


def _encoded(part: str) -> str:
    return _OTHER_BYTES.sub(lambda match: b"=%02X" % match[0][0], as_bytes(part)).decode()


def as_bytes(text: str) -> bytes:
    """A text in UTF-8. Raises `Refused` (`not_text`) where UTF-8 can't hold it."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Refused("a text holds characters that UTF-8 can't hold", code="not_text") from error


def ordered(moment: datetime, *then: str) -> str:
    """A text that sorts by a moment, then by these ids."""
    return " ".join((stamp(moment), *then))


def newest_first(moment: datetime, *then: str) -> str:
    """A text that sorts by a moment, the latest first, then by these ids in their own order."""
    return " ".join((stamp(moment).translate(_BACKWARDS), *then))


def just_after(moment: datetime) -> str:
    """A text that sorts after everything of that moment and before everything later."""
    return stamp(moment + timedelta(microseconds=1))
