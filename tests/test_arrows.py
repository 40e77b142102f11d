"""Arrows between rooms point inwards: functions, ops, local → usecases → domain, judgement; adapters → ports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for room in ("functions", "shared", "ops", "local", "training")
    for path in (ROOT / room).rglob("*.py")
    if "node_modules" not in path.parts
)

DOMAIN, JUDGEMENT, PORTS, ERRORS = "shared.domain", "shared.judgement", "shared.ports", "shared.errors"
USECASES, ADAPTERS, WIRING, CONFIG = "shared.usecases", "shared.adapters", "shared.wiring", "shared.config"
CLOCK, METER = "shared.clock", "shared.meter"

# What each room of the house may import of the house; anything not listed is forbidden.
MAY_IMPORT = {
    DOMAIN: {DOMAIN, ERRORS},
    JUDGEMENT: {JUDGEMENT, DOMAIN},
    PORTS: {DOMAIN},
    ERRORS: set[str](),
    USECASES: {USECASES, DOMAIN, JUDGEMENT, PORTS, ERRORS, METER},
    ADAPTERS: {ADAPTERS, DOMAIN, PORTS, ERRORS, METER},
    CONFIG: {DOMAIN, ERRORS},
    CLOCK: set[str](),
    METER: set[str](),
    WIRING: {ADAPTERS, DOMAIN, PORTS, ERRORS, CONFIG, CLOCK, USECASES},
    "functions": {"functions", USECASES, DOMAIN, ERRORS, PORTS, WIRING, CLOCK, METER},
    "ops": {"ops", "local", "training", USECASES, DOMAIN, ERRORS, PORTS, WIRING, CONFIG, ADAPTERS},
    "local": {"local", USECASES, DOMAIN, ERRORS, PORTS, WIRING, ADAPTERS, JUDGEMENT},
    "training": {"training", JUDGEMENT, DOMAIN, ADAPTERS},
}
HOUSE = ("shared", "functions", "ops", "local", "training", "tests")
PURE = (DOMAIN, JUDGEMENT, USECASES)
FRAMEWORKS = {
    "azure", "msgraph", "microsoft_teams", "starlette", "uvicorn", "fastapi", "aiohttp", "httpx", "requests",
    "sqlite3", "pydantic", "pydantic_settings", "typer", "rich",
}  # fmt: skip


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _room(module: str) -> str | None:
    rooms = [room for room in MAY_IMPORT if module == room or module.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module in ("shared", *HOUSE)}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=_module)
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = _room(_module(path))
    assert room is not None or path.name == "__init__.py", "every file is in a room that design.md knows"
    allowed = MAY_IMPORT.get(room or "", set())
    for imported in _imports(path):
        if imported.split(".")[0] in HOUSE and imported not in HOUSE:
            assert _room(imported) in allowed, f"{_module(path)} may not import {imported}"


@pytest.mark.parametrize("path", [p for p in SOURCES if _room(_module(p)) in PURE], ids=_module)
def test_the_pure_rooms_know_no_framework(path: Path) -> None:
    assert not {name.split(".")[0] for name in _imports(path)} & FRAMEWORKS


def test_the_check_sees_every_room() -> None:
    assert {_room(_module(path)) for path in SOURCES} >= set(MAY_IMPORT) - {PORTS, ERRORS, WIRING, CONFIG, CLOCK}
    assert len(SOURCES) > 60
