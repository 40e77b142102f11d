"""Read conversations in the line format of the judgement tasks, and give every message a plausible time."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

_CLOCK = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$")
_UNTIMED_GAP = timedelta(seconds=7)
_LEAST_GAP = timedelta(milliseconds=200)


class BrokenFile(Exception):
    """The file can't be replayed; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a flat chat: `author` None for a system line."""

    id: str
    at: datetime
    author: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One flat chat, oldest message first, times strictly increasing by tenths of a second."""

    id: str
    lines: tuple[Line, ...]

    @property
    def authors(self) -> tuple[str, ...]:
        """Who speaks, each once, in order of appearance."""
        return tuple(dict.fromkeys(line.author for line in self.lines if line.author))


def read_conversations(path: Path, *, start: datetime, limit: int | None = None) -> tuple[Conversation, ...]:
    """All conversations of a file, one after another in time from `start` on (aware).

    `limit` bounds the messages over the whole file. Raises `BrokenFile` for the first line that is not a
    conversation; then nothing of the file has been used.
    """
    conversations, left, begin = [], limit, start
    for number, raw in _objects(path):
        if left is not None and left <= 0:
            break
        messages = _checked(raw, number)[:left]
        if not messages:
            continue
        lines = tuple(_timed(messages, begin))
        conversations.append(Conversation(id=str(raw["id"]), lines=lines))
        left = None if left is None else left - len(messages)
        begin = (lines[-1].at + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    if not conversations:
        raise BrokenFile("the file holds no conversation")
    return tuple(conversations)


def _objects(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile(f"{path.name} can't be read as UTF-8 text") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise BrokenFile(f"line {number} is not JSON") from error
        if not isinstance(raw, dict) or "id" not in raw or not isinstance(raw.get("messages"), list):
            raise BrokenFile(f'line {number} is not a conversation with "id" and "messages"')
        yield number, raw


def _checked(raw: Mapping[str, Any], number: int) -> list[Mapping[str, Any]]:
    seen: set[str] = set()
    for message in raw["messages"]:
        fault = _fault(message, seen)
        if fault:
            raise BrokenFile(f"line {number}: {fault}")
        seen.add(str(message["id"]))
    return list(raw["messages"])


def _fault(message: object, seen: set[str]) -> str:
    if not isinstance(message, dict) or not isinstance(message.get("id"), int | str):
        return "a message has no id"
    if str(message["id"]) in seen:
        return f"message {message['id']} stands twice"
    if not isinstance(message.get("text"), str):
        return f"message {message['id']} has no text"
    system = bool(message.get("system"))
    if not system and not (isinstance(message.get("author"), str) and message["author"].strip()):
        return f"message {message['id']} has no author"
    return ""


def _timed(messages: Iterable[Mapping[str, Any]], begin: datetime) -> Iterator[Line]:
    """Times that never stand still: those of one minute are spread over it, midnight starts the next day."""
    minute = begin
    last = begin - _UNTIMED_GAP
    for at, group in groupby(messages, key=lambda m: m.get("at")):
        together = list(group)
        minute = _minute(at, minute)
        for index, message in enumerate(together):
            spread = timedelta(seconds=round(60 * index / len(together), 1))
            wanted = minute + spread if at else last + _UNTIMED_GAP
            last = wanted if wanted > last else last + _LEAST_GAP
            author = None if message.get("system") else str(message["author"])
            yield Line(id=str(message["id"]), at=last, author=author, text=message["text"])
        minute = max(minute, last.replace(second=0, microsecond=0))


def _minute(at: object, after: datetime) -> datetime:
    """The moment that a clock reading means, given that it isn't (much) before `after`; `after` for none."""
    found = _CLOCK.match(at) if isinstance(at, str) else None
    if found is None:
        return after
    moment = after.replace(hour=int(found[1]), minute=int(found[2]), second=int(found[3] or 0), microsecond=0)
    # A reading far behind is of the next day; one a little behind is a clock that was set right.
    return moment + timedelta(days=1) if after - moment > timedelta(hours=6) else moment
