"""Queues of each kind: in a file on a clock that the test moves, and in Azurite, which one test run shares."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from shared.adapters.queues.sqlite import SqliteQueues
from tests.adapters.queues.kinds import Kind, OnStorage, on_sqlite, on_storage
from tests.servers.azurite import Azurite, azurite, why_not


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


@pytest.fixture
def queues(tmp_path: Path, clock: SimulatedClock) -> Iterator[SqliteQueues]:
    opened = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Azurite]:
    if reason := why_not():
        pytest.skip(reason)
    with azurite() as running:
        yield running


@pytest.fixture
async def storage(server: Azurite) -> AsyncIterator[OnStorage]:
    async with on_storage(server.address) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "storage"])
async def kind(request: pytest.FixtureRequest, tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[Kind]:
    if request.param == "sqlite":
        async with on_sqlite(tmp_path, clock) as opened:
            yield opened
    else:
        async with on_storage(request.getfixturevalue("server").address) as stored:
            yield stored
