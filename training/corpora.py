"""The labelled data, read into the domain's own values. None of it is kept in this project."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.identity import MessageId, Person, SpaceId, UserKey
from shared.domain.messages import Message, MessageKind

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "judgement"
"""Beside the checkout, as docs/judgement.md says."""

type Item = Mapping[str, Any]
"""One line of a task's file, in the format that docs/judgement.md describes."""

_DAY_ONE = datetime(2004, 1, 1, tzinfo=UTC)


@cache
def items(task: str, split: str) -> tuple[Item, ...]:
    """The lines of a task's file; `split` is `train` or `eval`.

    Raises:
        FileNotFoundError: the data is not beside the checkout.
    """
    with (DATA / f"{task}.{split}.jsonl").open(encoding="utf8") as lines:
        return tuple(json.loads(line) for line in lines if line.strip())


def said(text: str, author: str | None, number: int, at: datetime = _DAY_ONE) -> Message:
    """A message of a conversation that never was in Teams."""
    person = None if author is None else Person(key=UserKey(f"corpus/{author.lower()}"), name=author)
    return Message(
        space_id=SpaceId("corpus"),
        id=MessageId(str(number)),
        kind=MessageKind.PERSON,
        author=person,
        created_at=at,
        modified_at=at,
        text=text,
    )


def chat(item: Item) -> tuple[Message, ...]:
    """The messages of a flat chat, oldest first; a time of day that goes back means the next day."""
    messages: list[Message] = []
    at = _DAY_ONE
    for line in item["messages"]:
        at = _next(at, line["at"])
        message = said(line["text"], line["author"], line["id"], at)
        if line["system"]:
            message = _by_the_system(message)
        messages.append(message)
    return tuple(messages)


def _next(known: datetime, clock: str | None) -> datetime:
    if not clock:
        return known
    hours, minutes = clock.split(":")[:2]
    at = known.replace(hour=int(hours), minute=int(minutes))
    # Lines are sometimes out of order by a minute or two; a jump back by hours is midnight.
    if known - at > timedelta(hours=6):
        return at + timedelta(days=1)
    return max(known, at)


def _by_the_system(message: Message) -> Message:
    return Message(
        space_id=message.space_id,
        id=message.id,
        kind=MessageKind.SYSTEM,
        author=None,
        created_at=message.created_at,
        modified_at=message.modified_at,
    )


def forum(item: Item) -> tuple[Message, tuple[Message, ...]]:
    """The question and the replies of a forum thread; where authors are hidden, each reply has its own, and the
    question none."""
    question = item["question"]
    replies = tuple(said(a["text"], a.get("author") or f"hidden {n}", n) for n, a in enumerate(item["answers"], 1))
    asked = said(question["text"] or "", question.get("author"), 0)
    return replace(asked, subject=question["subject"] or ""), replies


def openers_of(item: Item) -> set[int]:
    """Messages that start a conversation and that another person replies to, as the task counts them."""
    author = {m["id"]: m["author"] for m in item["messages"]}
    starts = {child for child, parent in item["gold"] if child == parent and child >= item["from"] and author[child]}
    return starts & {p for c, p in item["gold"] if c != p and author[c] and author[p] and author[c] != author[p]}


def folds[One](lines: Sequence[One], count: int = 5) -> Iterator[tuple[list[One], list[One]]]:
    """The lines split `count` times into (to fit on, to judge on), by line, always the same way."""
    for fold in range(count):
        yield (
            [line for at, line in enumerate(lines) if at % count != fold],
            [line for at, line in enumerate(lines) if at % count == fold],
        )
