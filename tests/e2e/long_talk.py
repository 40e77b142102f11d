"""A long conversation to replay: several chats whose people overlap, always the same for the same numbers."""

import json
import random
from pathlib import Path

from tests.soak.talk import going_on, opening

_NAMES = ("Ann Lee", "Bob Ray", "Cleo Fox", "Dan Roy", "Eve Orr", "Fay Kim", "Gus Day", "Ida Ash", "Jon Elm")
_IN_A_CHAT = 5
_BURST = 40
"""So many messages follow each other closely; then nobody speaks for long enough to be judged."""
_BEGIN, _PAUSE = 8 * 60, 20
"""Minutes: when the first one speaks, and how long nobody does."""


def write_long_talk(path: Path, *, messages: int, chats: int, seed: int = 6) -> None:
    """Write so many messages in all, in the line format of `cairn replay`."""
    chance = random.Random(seed)
    with path.open("w") as file:
        for chat in range(chats):
            people = chance.sample(_NAMES, _IN_A_CHAT)
            said = _said(chance, people, messages // chats)
            file.write(json.dumps({"id": f"chat {chat}", "messages": said}) + "\n")


def _said(chance: random.Random, people: list[str], count: int) -> list[dict[str, object]]:
    minute = _BEGIN
    said: list[dict[str, object]] = []
    for number in range(count):
        minute += _PAUSE if number and number % _BURST == 0 else chance.choice((0, 0, 0, 1))
        text = opening(chance) if chance.random() < 0.4 else going_on(chance)
        at = f"{minute // 60 % 24:02}:{minute % 60:02}"
        said.append({"id": number, "at": at, "author": chance.choice(people), "text": text, "system": False})
    return said
