"""The world in which use cases are tested."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.usecases.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh world with an empty store."""
    world = World(tmp_path)
    yield world
    await world.store.close()
