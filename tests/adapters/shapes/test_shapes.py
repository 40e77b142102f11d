"""The domain's JSON as every version of Cairn wrote it is read today; what a newer one wrote is left alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.adapters.shapes import STEPS, NewerShape, name_of, up_to_date, version_of
from shared.adapters.sqlite.documents import KINDS, decoded, encoded
from shared.adapters.sqlite.versions import as_document, from_document
from shared.domain.snippets import Snippet
from tests.builders import a_snippet, a_thread

TYPES: dict[str, Any] = {name_of(kind): kind for kind in KINDS}
HERE = Path(__file__).parent
LINES = [(file.stem, json.loads(line)) for file in sorted(HERE.glob("*.jsonl")) for line in file.open()]
DROPPED = {("0.1.0", "space"): {"subscription"}}
"""What is no longer kept there: subscriptions are made anew, and stand beside the spaces."""


def holds(today: Any, earlier: Any) -> bool:
    """Whether everything that an earlier document said is still said."""
    if isinstance(earlier, dict):
        return all(name in today and holds(today[name], value) for name, value in earlier.items())
    if isinstance(earlier, list):
        return len(today) == len(earlier) and all(map(holds, today, earlier))
    return bool(today == earlier)


def test_there_is_a_document_of_every_type_and_version() -> None:
    wanted = {(name, version) for name in TYPES for version in range(1, version_of(name) + 1)}
    assert {(line["type"], line["v"]) for _, line in LINES} == wanted


def test_steps_are_of_types_that_there_are() -> None:
    assert set(STEPS) <= set(TYPES)


@pytest.mark.parametrize(("wrote", "line"), LINES, ids=lambda part: part if isinstance(part, str) else part["type"])
def test_what_an_earlier_version_wrote_is_read_today_and_nothing_is_lost(wrote: str, line: dict[str, Any]) -> None:
    kind = TYPES[line["type"]]
    value = decoded(kind, up_to_date(line["type"], line["v"], json.dumps(line["body"]).encode()))
    kept = {k: v for k, v in line["body"].items() if k not in DROPPED.get((wrote, line["type"]), ())}
    assert holds(json.loads(encoded(value)), kept)
    assert from_document(kind, as_document(value)) == value


def renamed(value: dict[str, Any]) -> dict[str, Any]:
    return {"name": value["title"]}


def doubled(value: dict[str, Any]) -> dict[str, Any]:
    return {"names": [value["name"]]}


@pytest.mark.parametrize(("version", "body"), [(1, {"title": "a"}), (2, {"name": "a"}), (3, {"names": ["a"]})])
def test_a_document_is_brought_up_to_date_step_by_step(version: int, body: dict[str, Any]) -> None:
    steps = {"thing": (renamed, doubled)}
    assert json.loads(up_to_date("thing", version, json.dumps(body).encode(), steps)) == {"names": ["a"]}


@pytest.mark.parametrize("version", [0, 4, 10**8])
def test_a_version_that_is_not_known_is_not_read(version: int) -> None:
    with pytest.raises(NewerShape, match="newer version"):
        up_to_date("thing", version, b"{}", {"thing": (renamed, doubled)})


@pytest.mark.parametrize("value", [a_thread(), a_snippet()])
def test_the_version_stands_first_in_a_document_of_the_file(value: object) -> None:
    assert as_document(value).startswith(b'{"v":%d,"' % version_of(name_of(type(value))))


def test_a_document_without_a_version_is_of_the_first() -> None:
    seen: list[dict[str, Any]] = []

    def noting(value: dict[str, Any]) -> dict[str, Any]:
        seen.append(value)
        return value

    assert from_document(Snippet, encoded(a_snippet()), {"snippet": (noting,)}) == a_snippet()
    assert len(seen) == 1


@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda d: b"[]", lambda d: b'{"v":1,}', lambda d: b'{"v":-1,"a":1}']
)
def test_what_is_no_document_is_not_read(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(msgspec.DecodeError):
        from_document(Snippet, change(as_document(a_snippet())))
