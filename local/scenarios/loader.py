"""Reads a scenario: YAML in, checked values out, or one sentence that begins with the id of the line to mend.

A scenario is one YAML file or a folder of them, read in the order of their names, with the keys `company`,
`teams`, `people`, `spaces`, `events` and `expectations`; the lists of several files are put together. Two
spellings differ from the values' names: an event's `space` is written `in`, its class is chosen by `do`
(an expectation's by `kind`). Moments are written `2026-03-02 09:14`, in UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from local.scenarios.company import PERSONAL, Company, EventId, Person, PersonId, Space, Team
from local.scenarios.events import (
    CardRef,
    Delete,
    Edit,
    Event,
    Install,
    Join,
    Leave,
    Post,
    Press,
    PressValues,
    React,
    Reply,
    Restore,
    Say,
)
from local.scenarios.expectations import (
    CardExpected,
    Expectation,
    HelpersExpected,
    NoCardExpected,
    NotStoredExpected,
    NotVisibleExpected,
    Place,
    SnippetExpected,
)
from local.scenarios.scenario import Scenario, ScenarioError
from local.scenarios.story import check
from local.scenarios.text import body

type Line = dict[str, Any]

_LISTS = ("teams", "people", "spaces", "events", "expectations")
_MOMENT = "%Y-%m-%d %H:%M"
_EVENTS: Mapping[str, type[Event]] = {
    "post": Post,
    "reply": Reply,
    "edit": Edit,
    "delete": Delete,
    "restore": Restore,
    "react": React,
    "join": Join,
    "leave": Leave,
    "install": Install,
    "say": Say,
    "press": Press,
}
_EXPECTATIONS: Mapping[str, type[Expectation]] = {
    "snippet": SnippetExpected,
    "card": CardExpected,
    "no_card": NoCardExpected,
    "helpers": HelpersExpected,
    "not_visible": NotVisibleExpected,
    "not_stored": NotStoredExpected,
}


def default_scenario() -> Scenario:
    """Three weeks at Tarnbeck, a firm that installs and services heat pumps; the demo plays it."""
    return load(Path(__file__).with_name("tarnbeck"))


def load(path: Path) -> Scenario:
    """The scenario in a YAML file, or in all `*.yaml` files of a folder.

    Raises `ScenarioError` for anything that is misspelt, of the wrong type, or could not have happened
    (`check` in local/scenarios/story.py says what that means); `OSError` when the file cannot be read.
    """
    company, lists = _read(path)
    joining = (_timed(line, "joins_at") for line in lists["people"])
    people = {person.id: person for person in _unique(Person, joining, "people")}
    scenario = Scenario(
        company=_value(Company, company, "company"),
        people=people,
        teams={team.id: team for team in _unique(Team, lists["teams"], "teams")},
        spaces={space.id: space for space in _unique(Space, lists["spaces"], "spaces")},
        events=tuple(_events(lists["events"], people)),
        expectations=tuple(_expectation(line) for line in lists["expectations"]),
    )
    check(scenario)
    return scenario


def _read(path: Path) -> tuple[Line, dict[str, list[Line]]]:
    company: Line = {}
    lists: dict[str, list[Line]] = {key: [] for key in _LISTS}
    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise ScenarioError(f"{file.name}: not YAML: {error}") from error
        if not isinstance(document, dict):
            raise ScenarioError(f"{file.name}: holds no keys; expected company, {', '.join(_LISTS)}")
        for key, value in document.items():
            if key == "company" and isinstance(value, dict):
                company = value
            elif key in lists and isinstance(value, list) and all(isinstance(line, dict) for line in value):
                lists[key] += value
            else:
                raise ScenarioError(f"{file.name}: {key}: expected company (keys) or {', '.join(_LISTS)} (lists)")
    return company, lists


def _events(lines: Iterable[Line], people: Mapping[PersonId, Person]) -> Iterable[Event]:
    """Build the events in order; one without an id gets its number in the whole story."""
    spaces: dict[EventId, str] = {}
    for number, given in enumerate(lines, start=1):
        line = {"id": f"event-{number}", **given}
        event = _event(line, people, spaces)
        spaces[event.id] = event.space
        yield event


def _event(line: Line, people: Mapping[PersonId, Person], spaces: Mapping[EventId, str]) -> Event:
    kind = _chosen(_EVENTS, line, "do", "events")
    label = _label("events", line)
    given = _timed(line, "at")
    given.pop("do")
    if "in" in given:
        given["space"] = given.pop("in")
    if kind is Press:
        given["card"] = card = _value(CardRef, given.get("card") or {}, label)
        given["values"] = _value(PressValues, given.get("values") or {}, label)
        # A card is where its exchange is; `check` refuses one that is about nothing known.
        given.setdefault("space", spaces.get(card.about, PERSONAL))
    if isinstance(given.get("text"), str):
        try:
            given["text"] = body(given["text"], people)
        except KeyError as error:
            raise ScenarioError(f"{label}: mentions an unknown person {error}") from error
    return _value(kind, given, label)


def _expectation(line: Line) -> Expectation:
    kind = _chosen(_EXPECTATIONS, line, "kind", "expectations")
    given = {key: value for key, value in line.items() if key != "kind"}
    if kind is SnippetExpected and isinstance(given.get("trust"), str):
        given["trust"] = [given["trust"]]
    if kind is CardExpected:
        to = given.pop("to", None)
        named = to not in (Place.THREAD, Place.NOWHERE)
        given |= {"place": Place.PERSON, "person": to} if named else {"place": to}
    return _value(kind, given, _label("expectations", line))


def _chosen[T](kinds: Mapping[str, type[T]], line: Line, key: str, where: str) -> type[T]:
    kind = kinds.get(str(line.get(key)))
    if kind is None:
        raise ScenarioError(f"{_label(where, line)}: {key}: {line.get(key)!r} is none of {', '.join(kinds)}")
    return kind


def _timed(line: Line, key: str) -> Line:
    """A copy of the line with the moment under `key` read; YAML leaves `2026-03-02 09:14` a string."""
    if key not in line:
        return dict(line)
    try:
        moment = datetime.strptime(line[key], _MOMENT).replace(tzinfo=UTC)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{line.get('id', '?')}: {key}: {line[key]!r} is not like 2026-03-02 09:14") from error
    return {**line, key: moment}


def _value[T](kind: type[T], given: Line, label: str) -> T:
    """Build a dataclass from its keys, refusing unknown keys and wrong types."""
    name = _label(label, given)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind here is a dataclass
    if unknown := given.keys() - set(known):
        raise ScenarioError(f"{name}: unknown {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{name}: {error}") from error


def _label(where: str, line: Line) -> str:
    """How an error names the line: by its id, or by the list it is in when it has none."""
    return str(line.get("id", where))


def _unique[T: Person | Team | Space](kind: type[T], lines: Iterable[Line], label: str) -> list[T]:
    values = [_value(kind, line, label) for line in lines]
    seen: set[str] = set()
    for value in values:
        if value.id in seen:
            raise ScenarioError(f"{value.id}: this id stands here twice")
        seen.add(value.id)
    return values
