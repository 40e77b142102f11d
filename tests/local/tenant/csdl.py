"""Reads a CSDL schema and says where a JSON object is not an instance of one of its types."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from lxml import etree

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_COLLECTION = re.compile(r"Collection\((.+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property's or navigation property's type as written, and whether null is allowed."""

    type: str
    nullable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredType:
    """An entity or complex type with its own properties."""

    base: str | None
    is_open: bool
    properties: dict[str, Property]


class Schema:
    """The types of one CSDL file."""

    def __init__(self, path: Path) -> None:
        root = etree.parse(str(path)).getroot()
        self._types: dict[str, StructuredType] = {}
        self._enums: dict[str, set[str]] = {}
        for element in root:
            name = element.get("Name") or ""
            if element.tag in (f"{_EDM}EntityType", f"{_EDM}ComplexType"):
                self._types[name] = _structured(element)
            elif element.tag == f"{_EDM}EnumType":
                self._enums[name] = {member.get("Name") or "" for member in element}

    def problems(self, type_name: str, value: Any, path: str = "$") -> list[str]:
        """Where `value` is no `type_name` (`Edm.…`, `graph.…` or `Collection(…)`); an empty list if it is."""
        if found := _COLLECTION.fullmatch(type_name):
            if not isinstance(value, list):
                return [f"{path}: no list"]
            return [p for n, one in enumerate(value) for p in self.problems(found[1], one, f"{path}[{n}]")]
        if type_name.startswith("Edm."):
            return [] if _is_primitive(type_name, value) else [f"{path}: {value!r} is no {type_name}"]
        name = type_name.removeprefix("graph.")
        if name in self._enums:
            known = isinstance(value, str) and set(value.split(",")) <= self._enums[name]
            return [] if known else [f"{path}: {value!r} is no {name}"]
        if name not in self._types:
            return [f"{path}: the schema has no type {name}"]
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        return self._object_problems(name, value, path)

    def _object_problems(self, declared: str, value: dict[str, Any], path: str) -> list[str]:
        if self._types[declared].is_open and not self._properties(declared):
            # `resourceData` promises nothing, so anything is one.
            return []
        name = self._actual(declared, value)
        if name is None:
            return [f"{path}: {value.get('@odata.type')} is no {declared}"]
        properties = self._properties(name)
        problems = []
        for key, inner in value.items():
            where = f"{path}.{key}"
            if "@odata." in key:
                continue
            if key not in properties:
                problems.append(f"{where}: {name} has no such property")
            elif inner is None:
                if not properties[key].nullable:
                    problems.append(f"{where}: null is not allowed")
            else:
                problems += self.problems(properties[key].type, inner, where)
        return problems

    def _actual(self, declared: str, value: dict[str, Any]) -> str | None:
        stated = value.get("@odata.type")
        if stated is None:
            return declared
        name: str | None = str(stated).rpartition(".")[2]
        actual = name
        while name is not None and name != declared:
            name = self._types[name].base if name in self._types else None
        return actual if name is not None else None

    def _properties(self, name: str) -> dict[str, Property]:
        kind = self._types[name]
        inherited = self._properties(kind.base) if kind.base else {}
        return inherited | kind.properties


def _structured(element: Any) -> StructuredType:
    base = element.get("BaseType")
    properties = {
        child.get("Name"): Property(
            type=child.get("Type"),
            # A collection is never null: it is empty.
            nullable=child.get("Nullable") != "false" and not child.get("Type").startswith("Collection("),
        )
        for child in element
        if child.tag in (f"{_EDM}Property", f"{_EDM}NavigationProperty")
    }
    return StructuredType(
        base=base.removeprefix("graph.") if base else None,
        is_open=element.get("OpenType") == "true",
        properties=properties,
    )


def _is_primitive(name: str, value: Any) -> bool:
    if name == "Edm.Boolean":
        return isinstance(value, bool)
    if name in ("Edm.Int32", "Edm.Int64"):
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if name == "Edm.String":
        return True
    try:
        if name == "Edm.Guid":
            UUID(value)
        elif name == "Edm.DateTimeOffset":
            return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
        else:
            return False
    except ValueError:
        return False
    return True
