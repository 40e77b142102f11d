"""Writing an export: into a file beside its name until it is whole, so that a run which was cut off can go on.

Lines are appended page by page. A compressed file gets a gzip member for each page (RFC 1952 allows any number), so
that what was written stays readable up to the last whole one.
"""

import gzip
import hashlib
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shared.adapters.exports.lines import Bad, End, Head, as_line, read_line
from shared.domain.moving import Kind, Moved
from shared.errors import Refused

if sys.platform != "win32":
    import fcntl

_CHUNK = 1 << 20
_FOR_ITS_OWNER = 0o600


class ExportFile:
    """An export that is being written."""

    def __init__(self, file: BinaryIO, head: Head, *, compressed: bool) -> None:
        self._file = file
        self._compressed = compressed
        self._hash = hashlib.sha256()
        self.head = head
        self.counts: Counter[Kind] = Counter()
        self.last: Moved | None = None
        """What was written last; None before the first thing."""
        self.ended = False

    def begin(self) -> None:
        """Write the first line."""
        self._append(as_line(self.head))

    def write(self, page: Sequence[Moved]) -> None:
        """Append a page; what this returns from is on the disk."""
        self._append(b"".join(map(as_line, page)))
        self.counts.update(moved.kind for moved in page)
        self.last = page[-1] if page else self.last

    def end(self) -> None:
        """Write the last line."""
        counts = {kind: self.counts[kind] for kind in self.head.kinds}
        self._append(as_line(End(counts=counts, sha256=self._hash.hexdigest())))

    def _append(self, lines: bytes) -> None:
        self._file.write(gzip.compress(lines, mtime=0) if self._compressed else lines)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._hash.update(lines)

    def take_up(self) -> None:
        """Read what an earlier run has written, and cut off what it did not write whole.

        Raises `Refused` (`other_export`) for a file of something else, or of another export than this one.
        """
        pieces = _members(self._file) if self._compressed else _whole_lines(self._file)
        whole, first = 0, True
        for lines, end_at in pieces:
            for line in lines.splitlines(keepends=True):
                self._take_up(line, first=first)
                first = False
            whole = end_at
        self._file.truncate(whole)
        self._file.seek(whole)
        if first:
            self.begin()

    def _take_up(self, line: bytes, *, first: bool) -> None:
        try:
            found = read_line(line)
        except Bad as error:
            raise _not_ours() from error
        if first:
            if not isinstance(found, Head) or _contents(found) != _contents(self.head):
                raise _not_ours()
            self.head = found
        elif isinstance(found, Moved):
            self.counts[found.kind] += 1
            self.last = found
        self.ended = isinstance(found, End)
        self._hash.update(line)


def _contents(head: Head) -> tuple[object, ...]:
    return (head.format, head.tenant, head.kinds, head.audiences)


def _not_ours() -> Refused:
    return Refused(
        "what an earlier run has left beside that name is another export; begin anew with --fresh", code="other_export"
    )


@contextmanager
def export_to(path: Path, head: Head, *, fresh: bool = False) -> Iterator[ExportFile]:
    """An export that gets this name once the block is left without an error; compressed for a name that ends in .gz.

    Until then it is `NAME.part`, which only its owner may read. What an earlier run has left there is gone on with,
    unless `fresh`; the first line then stays that of the earlier run. Raises `Refused` for a name that is taken
    (`taken`), a folder that is not there (`no_folder`), another export that was begun (`other_export`), or one that is
    under way (`under_way`).
    """
    if path.exists():
        raise Refused(f"{path.name} is there already; take another name, or remove it", code="taken")
    part = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, _FOR_ITS_OWNER)
    except OSError as error:
        raise Refused(f"{path.name} can't be written: {error.strerror}", code="no_folder") from error
    with open(descriptor, "r+b") as file:
        _claim(file)
        os.fchmod(file.fileno(), _FOR_ITS_OWNER)
        if fresh:
            file.truncate(0)
        export = ExportFile(file, head, compressed=path.suffix == ".gz")
        export.take_up()
        yield export
        if not export.ended:
            export.end()
        os.replace(part, path)


def _claim(file: BinaryIO) -> None:
    """Keep other runs away from the file, until it is closed; Windows has no such lock."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("an export to that file is under way", code="under_way") from error


def _whole_lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each line that has its end, and where that is."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        yield line, file.tell()


def _members(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """What each whole gzip member holds, and where it ends."""
    rest, read = b"", 0
    while True:
        member, held = zlib.decompressobj(wbits=31), b""
        while not member.eof:
            chunk = rest or file.read(_CHUNK)
            read += 0 if rest else len(chunk)
            rest = b""
            if not chunk:
                return
            try:
                held += member.decompress(chunk)
            except zlib.error:
                return
        rest = member.unused_data
        yield held, read - len(rest)
