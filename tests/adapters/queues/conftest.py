"""Queues in a file of the test's own, on a clock that the test moves."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from shared.adapters.queues.sqlite import SqliteQueues


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


@pytest.fixture
def queues(tmp_path: Path, clock: SimulatedClock) -> Iterator[SqliteQueues]:
    opened = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
    yield opened
    opened.close()
