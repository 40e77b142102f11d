"""`cairn store init`."""

from datetime import timedelta
from pathlib import Path

from ops.store import made
from shared.adapters.sqlite.store import SqliteStore
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import a_profile

KEEP = timedelta(days=30)


async def test_the_database_is_made_and_works_however_often_it_is_asked_for(tmp_path: Path) -> None:
    store = await cosmos_store(tmp_path, create=False)
    for _ in range(2):
        assert "conversations, snippets" in await made(store, keep=KEEP)
    assert await store.put_profile(a_profile(), etag=None)
    await store.close()


async def test_an_embedded_store_needs_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cairn.sqlite")
    assert "by itself" in await made(store, keep=KEEP)
    await store.close()
