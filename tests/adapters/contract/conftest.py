"""The contract of `shared.ports.Store`: what every adapter keeps to, tested on each of them.

A second adapter joins by one more line in `ADAPTERS`; the tests stay as they are.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.ports import Store
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import TENANT

type Opener = Callable[[Path], Coroutine[Any, Any, Store]]
"""Opens a store of the tenant `TENANT`; opening twice with one folder gives two stores on the same data."""


async def _sqlite(folder: Path) -> Store:
    return SqliteStore(folder / "cairn.sqlite", tenant_id=TENANT)


async def _cosmos(folder: Path) -> Store:
    return await cosmos_store(folder)


ADAPTERS: Mapping[str, Opener] = {"sqlite": _sqlite, "cosmos": _cosmos}


def examples(opener: Opener, most: int) -> int:
    """How many examples a long property test tries: fewer where every call goes to a server."""
    return most if opener is _sqlite else most // 6


@pytest.fixture(params=ADAPTERS)
def opener(request: pytest.FixtureRequest) -> Opener:
    """How to open a store of the adapter under test."""
    return ADAPTERS[request.param]


@pytest.fixture
async def store(opener: Opener, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    store = await opener(tmp_path)
    yield store
    await store.close()


@pytest.fixture
async def another(opener: Opener, store: Store, tmp_path: Path) -> AsyncIterator[Store]:
    """A second store on the same data, as another process would open it."""
    another = await opener(tmp_path)
    yield another
    await another.close()
