"""Small function apps, written as files, and hosts that run them on a clock which the test moves."""

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from local.clock import SimulatedClock
from local.host.host import Host
from shared.adapters.queues.sqlite import SqliteQueues
from tests.local.host.apps import RunHost, TheApp, WriteApp

MONDAY_NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

_HEADER = """
import asyncio
import typing

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
seen = []
"""


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(MONDAY_NINE)


@pytest.fixture
def queues(tmp_path: Path, clock: SimulatedClock) -> Iterator[SqliteQueues]:
    opened = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
    yield opened
    opened.close()


@pytest.fixture
def write_app(tmp_path: Path) -> WriteApp:
    """Write a function app: its functions' source, and host.json."""

    def write(source: str, host_json: Mapping[str, Any] | str | None = None, *, header: str = _HEADER) -> Path:
        directory = tmp_path / "app"
        directory.mkdir(exist_ok=True)
        (directory / "function_app.py").write_text(header + dedent(source))
        settings = {"version": "2.0"} if host_json is None else host_json
        text = settings if isinstance(settings, str) else json.dumps(settings)
        (directory / "host.json").write_text(text)
        return directory

    return write


@pytest.fixture
def run_host(write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock) -> RunHost:
    """Write a function app and run a host for it: `async with run_host(source) as host`."""

    @asynccontextmanager
    async def run(source: str, host_json: Mapping[str, Any] | None = None, **options: Any) -> AsyncIterator[Host]:
        async with Host(write_app(source, host_json), queues, clock, **options) as host:
            yield host

    return run


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def the_app() -> TheApp:
    return lambda: sys.modules["function_app"]
