"""Conversations for tests, written as people would: "ann: how do I …"."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.domain.identity import MessageId, Person, SpaceId, UserKey
from shared.domain.messages import Message, MessageKind
from shared.judgement.answers import assess
from shared.judgement.verdicts import Assessment

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "judgement"

needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"the labelled data is not beside the checkout ({DATA})")


def person(name: str) -> Person:
    """Somebody of one tenant, known by the name."""
    return Person(key=UserKey(f"tenant/{name.lower().replace(' ', '.')}"), name=name)


def say(
    author: str | None,
    text: str,
    number: int = 1,
    *,
    quoted: Sequence[int] = (),
    mentions: Sequence[str] = (),
    parent: int | None = None,
) -> Message:
    """One message, a minute after the one with the number before; without an author it is Teams' own."""
    at = START + timedelta(minutes=number)
    return Message(
        space_id=SpaceId("19:chat@thread.v2"),
        id=MessageId(str(number)),
        kind=MessageKind.PERSON if author else MessageKind.SYSTEM,
        author=person(author) if author else None,
        created_at=at,
        modified_at=at,
        text=text if author else "",
        quoted_ids=tuple(MessageId(str(one)) for one in quoted),
        mentions=tuple(person(name) for name in mentions),
        parent_id=MessageId(str(parent)) if parent is not None else None,
    )


def talk(*lines: str) -> list[Message]:
    """Messages numbered from 0, from lines of "author: text"."""
    parts = [line.partition(": ") for line in lines]
    return [say(author, text, number) for number, (author, _, text) in enumerate(parts)]


def judged(*lines: str) -> Assessment:
    """What a thread amounts to whose first line asks."""
    messages = talk(*lines)
    return assess(messages[:1], messages[1:])
