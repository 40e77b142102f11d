"""A world with a store that holds a life, and another that is empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.usecases.life import Life, live
from tests.usecases.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh world with an empty store."""
    (tmp_path / "here").mkdir()
    world = World(tmp_path / "here")
    yield world
    await world.store.close()


@pytest.fixture
async def life(world: World) -> Life:
    """What has happened in the world."""
    return await live(world)


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[World]:
    """Another world with an empty store."""
    (tmp_path / "elsewhere").mkdir()
    world = World(tmp_path / "elsewhere")
    yield world
    await world.store.close()
