"""What the Graph adapter's tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.graph.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The adapter and a tenant for it, started."""
    world = World(tmp_path)
    await world.start()
    yield world
    await world.stop()
