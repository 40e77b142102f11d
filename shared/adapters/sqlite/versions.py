"""A document of the file and its version, which is its first field: `{"v":2,"id":…`. Without one it is of version 1.

The version stands in the document and not in a column, so that a row can't be read without it.
"""

import re

from shared.adapters.shapes import STEPS, Steps, name_of, up_to_date, version_of
from shared.adapters.sqlite.documents import decoded, encoded

_VERSION = re.compile(rb'\{"v":(\d{1,9}),')


def as_document(value: object) -> bytes:
    """A domain value as it stands in the file. Raises `UnicodeEncodeError` for text that UTF-8 can't hold."""
    return b'{"v":%d,' % version_of(name_of(type(value))) + encoded(value)[1:]


def from_document[T](kind: type[T], document: bytes, steps: Steps = STEPS) -> T:
    """The domain value of a document, whichever version wrote it. Raises `NewerShape` or `msgspec.DecodeError`."""
    found = _VERSION.match(document)
    version = int(found[1]) if found else 1
    return decoded(kind, up_to_date(name_of(kind), version, document, steps))
