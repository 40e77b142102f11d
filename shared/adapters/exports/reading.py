"""Reading an export, line by line; what can't be read is named and passed over."""

import gzip
import hashlib
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shared.adapters.exports.lines import FORMAT, LONGEST, Bad, End, Head, read_line
from shared.domain.moving import Kind, Moved
from shared.errors import Refused

_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
_GZIP = b"\x1f\x8b"
_BEGINS = b'{"cairn":"export"'


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that can't be taken in, by its number (the first is 1), and why."""

    line: int
    reason: str


class Export:
    """An export that is being read; what stands at its end is known once it was read to there."""

    def __init__(self, raw: BinaryIO, lines: BinaryIO, head: Head, hashed: bytes) -> None:
        self._raw = raw
        self._lines = lines
        self._hash = hashlib.sha256(hashed)
        self._end: End | None = None
        self.head = head
        self.counts: Counter[Kind] = Counter()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self._raw.fileno()).st_size

    @property
    def read(self) -> int:
        """Bytes of the file that were read so far."""
        return self._raw.tell()

    @property
    def wrong(self) -> str:
        """What is wrong with the file as a whole, after it was read; empty for nothing."""
        if self._end is None:
            return "the file is cut off: its last line is missing, and maybe others"
        if self._end.sha256 != self._hash.hexdigest() or self._end.counts != {
            k: self.counts[k] for k in self._end.counts
        }:
            return "the file was changed since it was written: its checksum or counts are others"
        return ""

    def things(self) -> Iterator[tuple[int, Moved] | Fault]:
        """Every thing with the number of its line, and every line that is none; both in the file's order."""
        number = 1
        while line := self._line():
            number += 1
            whole = len(line) < LONGEST or line.endswith(b"\n")
            found = self._thing(line, number) if whole else self._too_long(number)
            if found is not None:
                yield found

    def _line(self) -> bytes:
        """The next line, or `LONGEST` bytes of it; empty at the end, also where the file is damaged or cut off."""
        try:
            return self._lines.readline(LONGEST)
        except _DAMAGED:
            return b""

    def _too_long(self, number: int) -> Fault:
        while (more := self._line()) and not more.endswith(b"\n"):
            pass
        return Fault(number, f"it is longer than {LONGEST >> 20} MB")

    def _thing(self, line: bytes, number: int) -> tuple[int, Moved] | Fault | None:
        found: Head | End | Moved | Fault
        try:
            found = read_line(line)
        except Bad as error:
            found = Fault(number, str(error))
        if isinstance(found, End) and self._end is None:
            self._end = found
            return None
        self._hash.update(line)
        if isinstance(found, Moved):
            self.counts[found.kind] += 1
            return number, found
        return found if isinstance(found, Fault) else Fault(number, "it stands in the wrong place")


def is_export(path: Path) -> bool:
    """Whether a file begins as exports do, compressed or not. Raises `Refused` (`no_file`) when it can't be read."""
    try:
        with _opened(path) as (_, lines):
            return lines.read(len(_BEGINS)) == _BEGINS
    except _DAMAGED:
        return False


@contextmanager
def export_from(path: Path) -> Iterator[Export]:
    """An export to be read. Raises `Refused` for what can't be opened, is none, or is of a newer format."""
    with _opened(path) as (raw, lines):
        try:
            first = lines.readline(LONGEST)
            head = read_line(first)
        except (Bad, *_DAMAGED) as error:
            raise Refused(f"{path.name} is no export of Cairn's", code="no_export") from error
        if not isinstance(head, Head):
            raise Refused(f"{path.name} is no export of Cairn's", code="no_export")
        if head.format > FORMAT:
            raise Refused(f"a newer version of Cairn has written {path.name}", code="newer_format")
        yield Export(raw, lines, head, first)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Refused(f"{path.name} can't be read: {error.strerror}", code="no_file") from error
    with raw:
        compressed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        if not compressed:
            yield raw, raw
            return
        with gzip.open(raw, "rb") as lines:
            yield raw, lines  # type: ignore[misc]
