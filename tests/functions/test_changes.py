"""The change feed's door: triggered where Azure's host is let into the database, asked for by a timer elsewhere."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.host.host import Host
from local.host.protocol import RpcFunctionMetadata, StatusResult, TypedData
from local.host.worker import Worker
from shared import wiring
from shared.adapters.cosmos.containers import CONTAINERS, SNIPPETS
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.queues.sqlite import SqliteQueues
from shared.domain.audiences import ORGANISATION
from shared.domain.copies import widened
from shared.domain.snippets import Snippet
from shared.ports import Store
from shared.usecases.context import Context
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import a_person, a_snippet, a_space, at
from tests.functions.conftest import ROOT
from tests.usecases.world import World

WIDE = widened(a_snippet(), ORGANISATION, a_person(), at(1))


def connected(monkeypatch: pytest.MonkeyPatch, *, to_database: bool = True) -> None:
    monkeypatch.setenv("CAIRN_STORE", "cosmos")
    if to_database:
        monkeypatch.setenv("CairnCosmos__accountEndpoint", "https://cairn.documents.azure.com")


async def indexed() -> dict[str, RpcFunctionMetadata]:
    worker = Worker(ROOT)
    try:
        return {each.name: each for each in await worker.load()}
    finally:
        worker.unload()


async def test_the_database_triggers_only_where_it_is_cosmos_and_azures_host_is_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {"follow", "changes"} & set(await indexed()) == {"follow"}
    connected(monkeypatch, to_database=False)
    found = set(await indexed())
    assert "follow" in found
    assert "changes" not in found
    connected(monkeypatch)
    found = set(await indexed())
    assert "changes" in found
    assert "follow" not in found
    monkeypatch.setenv("CAIRN_STORE", "sqlite")
    assert {"follow", "changes"} & set(await indexed()) == {"follow"}


async def test_azure_is_told_of_the_container_the_leases_and_a_policy_that_never_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected(monkeypatch)
    metadata = (await indexed())["changes"]
    (binding,) = map(json.loads, metadata.raw_bindings)
    assert binding["type"] == "cosmosDBTrigger"
    assert binding["connection"] == "CairnCosmos"
    assert binding["containerName"] == SNIPPETS.name
    assert binding["startFromBeginning"] is True
    assert binding["createLeaseContainerIfNotExists"] is False
    (leases,) = (c for c in CONTAINERS if c.name == binding["leaseContainerName"])
    assert leases.partition_key == "/id", "Azure's host keeps its leases by their id"
    assert metadata.retry_options is not None
    assert metadata.retry_options.max_retry_count == -1


def on(store: Store, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions run on a store, in a world where nothing else answers."""

    async def context() -> Context:
        return replace(world.context, store=store)

    monkeypatch.setattr(wiring, "context", context)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.store.close()


@pytest.fixture
async def cosmos(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CosmosStore]:
    """A store on the Cosmos server with a snippet that was widened, and nobody has followed that yet."""
    connected(monkeypatch)
    store = await cosmos_store(tmp_path)
    on(store, world, monkeypatch)
    await store.put_space(a_space(), etag=None)
    await store.put_snippet(WIDE, etag=None)
    yield store
    await store.close()


async def fed(store: CosmosStore) -> list[dict[str, object]]:
    """The documents as the change feed hands them over."""
    proxy = store._database.get_container_client(SNIPPETS.name)
    return [dict(one) async for one in proxy.query_items_change_feed(start_time="Beginning")]


async def invoked(name: str, documents: Sequence[object]) -> int:
    worker = Worker(ROOT)
    try:
        (metadata,) = (each for each in await worker.load() if each.name == name)
        given = {"documents": TypedData(json=json.dumps(documents))}
        return (await worker.invoke(metadata, given, {})).result.status
    finally:
        worker.unload()


async def copied(store: Store) -> Snippet | None:
    stored = await store.snippet(ORGANISATION, WIDE.id)
    return stored.value if stored else None


async def test_what_the_servers_change_feed_hands_over_is_followed(cosmos: CosmosStore) -> None:
    documents = await fed(cosmos)
    for _ in range(2):
        assert await invoked("changes", documents) == StatusResult.Success
    copy = await copied(cosmos)
    assert copy is not None
    assert copy.question == WIDE.question
    assert await invoked("changes", await fed(cosmos)) == StatusResult.Success, "copies come through the feed too"


async def test_a_change_that_fails_fails_the_invocation_so_that_it_comes_again(cosmos: CosmosStore) -> None:
    (document,) = await fed(cosmos)
    ahead = document | {"body": str(document["body"]).replace('"revision":0', '"revision":5')}
    assert await invoked("changes", [ahead]) == StatusResult.Failure


async def test_on_one_machine_the_timer_follows(
    tmp_path: Path, world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(world.store, world, monkeypatch)
    await world.store.put_space(a_space(), etag=None)
    await world.store.put_snippet(WIDE, etag=None)
    queues = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
    async with Host(ROOT, queues, clock, skip=frozenset({"queueTrigger"})) as host:
        assert await host.call_timer("follow")
    assert await copied(world.store) is not None
    queues.close()
