"""What an error of SQLite means to whoever uses the store: wait, mend a setting, or send something else."""

import sqlite3
from datetime import timedelta
from types import TracebackType

import msgspec

from shared.adapters.shapes import NewerShape
from shared.errors import CairnError, Misconfigured, Refused, TryLater

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_UNUSABLE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite file",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_PERM: "it may not be written",
    sqlite3.SQLITE_AUTH: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened or made",
    sqlite3.SQLITE_IOERR: "the disk can't be read or written",
}
_LATER = timedelta(seconds=5)


class Failures:
    """A `with` block in which SQLite's errors leave as ours; reusable, and cheap enough for every read.

    Another connection held the file for too long: `TryLater`. The file can't be used: `Misconfigured`, by the
    setting and the file's name. A text that UTF-8 can't hold: `Refused` (`not_text`). Everything else is a
    mistake of ours and leaves as it is.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            meaning = self._meaning(error)
            if meaning is not None:
                raise meaning from error

    def _meaning(self, error: BaseException) -> CairnError | None:
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is what its finer codes have in common
            if code in _BUSY:
                return TryLater("the store is busy", after=_LATER)
            return misconfigured(self._name, _UNUSABLE[code]) if code in _UNUSABLE else None
        if isinstance(error, NewerShape):
            return misconfigured(self._name, str(error))
        if isinstance(error, msgspec.DecodeError):
            return misconfigured(self._name, "a document in it can't be read")
        if isinstance(error, UnicodeEncodeError):
            return Refused("a text holds characters that UTF-8 can't hold", code="not_text")
        return None


def misconfigured(name: str, reason: str) -> Misconfigured:
    """The error that names the setting and the file."""
    return Misconfigured(f"CAIRN_STORE_PATH: {name} can't be used as the store: {reason}")
