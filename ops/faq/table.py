"""A table out of a file: its encoding, its separator, its quotes, its rows."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from charset_normalizer import from_bytes

from shared.errors import Refused

LARGEST = 64 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, the longer before those that they begin with."""
_SEPARATORS = "\t;,|"
_LOOKED_AT = 200_000
"""Bytes by which an encoding is judged."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and rows as numbered in a spreadsheet: the headings are row 1."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    separator: str


def read_table(path: Path) -> Table:
    """The table in a file. Raises `Refused` for one that can't be read, is too large, or has no rows of text."""
    text = _text(path)
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    records = list(_records(text, separator))
    if not records or not any(records[0]):
        raise Refused(f"{path.name} has no headings in its first row", code="no_table")
    headings, *rows = records
    numbered = [(number, tuple(row)) for number, row in enumerate(rows, 2) if any(field.strip() for field in row)]
    return Table(tuple(heading.strip() for heading in headings), tuple(numbered), separator)


def _text(path: Path) -> str:
    """What a file says, whatever it is encoded in; lines end in a line feed."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"{path.name} can't be read: {error.strerror}", code="no_file") from error
    if len(content) > LARGEST:
        raise Refused(f"{path.name} is larger than {LARGEST >> 20} MB; split it", code="too_large")
    text = _decoded(content)
    if "\0" in text:
        raise Refused(f"{path.name} is no text; save the sheet as CSV or TSV", code="no_table")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    """By its mark, as UTF-8, or as what it most likely is (Excel writes the code page of its country)."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        found = from_bytes(content[:_LOOKED_AT]).best()
        return content.decode(found.encoding if found else "cp1252", errors="replace")


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """Rows of fields.

    QnA Maker quotes nothing: where every line has as many fields as the headings, quotes belong to the words.
    """
    lines = text.removesuffix("\n").split("\n")
    if separator == "\t" and len({line.count("\t") for line in lines if line}) == 1:
        for line in lines:
            yield [_unquoted(field) for field in line.split("\t")]
        return
    csv.field_size_limit(LARGEST)
    yield from csv.reader(StringIO(text, newline=""), delimiter=separator)


def _unquoted(field: str) -> str:
    """A field without the quotes that a spreadsheet puts round it; others belong to the words."""
    inner = field[1:-1].replace('""', "")
    if len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner:
        return field[1:-1].replace('""', '"')
    return field
