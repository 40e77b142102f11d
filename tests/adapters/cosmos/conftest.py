"""A store on the test server behind a transport that can fail, and a second one, on the same data, that can't."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.adapters.cosmos.store import CosmosStore
from tests.adapters.cosmos.faults import FaultyTransport
from tests.adapters.cosmos.opening import cosmos_store


@dataclass(slots=True)
class Waits:
    """A sleep that takes no time and remembers how long it was to take."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    """What the store under test has waited for."""
    return Waits()


@pytest.fixture
def transport() -> FaultyTransport:
    """The way from the store under test to the server."""
    return FaultyTransport()


@pytest.fixture
async def calm(tmp_path: Path) -> AsyncIterator[CosmosStore]:
    """A store on the same data, as another process has it, whose calls don't fail."""
    store = await cosmos_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
async def store(
    tmp_path: Path, calm: CosmosStore, waits: Waits, transport: FaultyTransport
) -> AsyncIterator[CosmosStore]:
    """The store under test."""
    store = await cosmos_store(tmp_path, sleep=waits, transport=transport)
    yield store
    await store.close()
