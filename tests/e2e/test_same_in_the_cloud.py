"""On Cosmos DB and Azure Storage everything comes out as on the embedded defaults: the demo, and a long replay."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.tenant.tenant import TENANT_ID
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.identity import TenantId
from shared.ports import Store
from tests.e2e.long_talk import write_long_talk
from tests.e2e.outcome import Outcome, differences, outcome_of
from tests.servers.azurite import Azurite, azurite, why_not
from tests.servers.running import COSMOS_KEY, cosmos

ROOT = Path(__file__).parents[2]
MESSAGES = 2000


@pytest.fixture
def storage() -> Iterator[Azurite]:
    if reason := why_not():
        pytest.skip(reason)
    with azurite() as running:
        yield running


@pytest.mark.timeout(600)
async def test_the_demo_comes_out_the_same(tmp_path: Path, storage: Azurite) -> None:
    embedded, cloud = await both("demo", "--check", storage=storage, folder=tmp_path, option="--keep")
    assert differences(embedded, cloud) == []
    assert embedded.snippets
    assert embedded.postings


@pytest.mark.timeout(1800)
async def test_a_long_conversation_comes_out_the_same(tmp_path: Path, storage: Azurite) -> None:
    talk = tmp_path / "talk.jsonl"
    write_long_talk(talk, messages=MESSAGES, chats=2)
    embedded, cloud = await both("replay", str(talk), storage=storage, folder=tmp_path, option="--store")
    assert differences(embedded, cloud) == []
    assert len(embedded.messages) >= MESSAGES
    assert len({sight.listed for sight in embedded.sights.values()}) > 2, "people see different things"


async def both(*command: str, storage: Azurite, folder: Path, option: str) -> tuple[Outcome, Outcome]:
    """Run a command on the embedded defaults and in the cloud at the same time; what each has left."""
    database = f"{folder.name}-{command[0]}"
    in_the_cloud = {
        "CAIRN_STORE": "cosmos",
        "CAIRN_COSMOS_URL": cosmos().url,
        "CAIRN_COSMOS_KEY": COSMOS_KEY,
        "CAIRN_COSMOS_DATABASE": database,
        "CAIRN_QUEUES": "storage",
        "AzureWebJobsStorage": storage.address.text,
    }
    store = CosmosStore(
        cosmos().url, COSMOS_KEY, database=database, tenant_id=TenantId(TENANT_ID), enable_endpoint_discovery=False
    )
    await store.create()
    await asyncio.gather(
        run(*command, option, str(folder / "embedded"), settings={}),
        run(*command, option, str(folder / "cloud"), settings=in_the_cloud),
    )
    embedded = SqliteStore(folder / "embedded" / "cairn.sqlite", tenant_id=TenantId(TENANT_ID))
    return await left_in(embedded), await left_in(store)


async def run(*arguments: str, settings: Mapping[str, str]) -> None:
    """Run `cairn` to a good end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "ops",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-3000:]


async def left_in(store: Store) -> Outcome:
    """What there is in a store, which is closed after that."""
    try:
        return await outcome_of(store)
    finally:
        await store.close()
