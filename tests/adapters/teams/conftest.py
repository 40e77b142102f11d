"""The published schema, and what tests read out of a card."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator

_SCHEMA = Path(__file__).parents[3] / "../shared/data/schemas/adaptive-card-1.5.schema.json"


class CardSchema:
    """The published schema of Adaptive Cards 1.5."""

    def __init__(self, path: Path) -> None:
        self._validator = Draft6Validator(json.loads(path.read_text()))

    def faults(self, card: dict[str, Any]) -> list[str]:
        """What is wrong with a card; `msteams` is Teams' documented extension, which the schema doesn't know."""
        known = {name: value for name, value in card.items() if name != "msteams"}
        return [error.message[:300] for error in self._validator.iter_errors(known)]


@pytest.fixture(scope="session")
def schema() -> CardSchema:
    if not _SCHEMA.exists():
        pytest.skip("the published Adaptive Cards schema is not beside this checkout")
    return CardSchema(_SCHEMA)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every object of a card, outermost first."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from objects(one)
    elif isinstance(value, list):
        for one in value:
            yield from objects(one)


def of_type(card: object, kind: str) -> list[dict[str, Any]]:
    """A card's elements and actions of one type, in order."""
    return [one for one in objects(card) if one.get("type") == kind]


def titles(card: object) -> list[str]:
    """The titles of all buttons, in order; those inside unfolding parts too."""
    return [one["title"] for one in objects(card) if str(one.get("type")).startswith("Action.")]


def read_out(card: object) -> str:
    """All that a card's text elements say, a line each, as its JSON has it."""
    said = []
    for one in objects(card):
        if one.get("type") == "TextBlock":
            said.append(one["text"])
        elif one.get("type") == "RichTextBlock":
            said.append("".join(run if isinstance(run, str) else run["text"] for run in one["inlines"]))
    return "\n".join(said)
