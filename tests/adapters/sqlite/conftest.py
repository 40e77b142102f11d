"""The embedded store, as the tests of its own promises open it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore
from tests.builders import TENANT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "cairn.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    store = SqliteStore(path, tenant_id=TENANT)
    yield store
    await store.close()
