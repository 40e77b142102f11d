"""Making the database and its containers, and looking whether they are there."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient, DatabaseProxy

from shared.adapters.cosmos.calls import MEANINGS, Calls
from shared.adapters.cosmos.containers import (
    CONTAINERS,
    CONVERSATIONS,
    Container,
    embedding_policy,
    full_text_policy,
)
from shared.adapters.cosmos.throughput import make_database


async def create(
    client: CosmosClient,
    database: str,
    calls: Calls,
    *,
    ranked: bool,
    keep: timedelta | None,
    autoscale: int | None = None,
) -> None:
    """Make what is missing; what is there stays as it is. Raises `TryLater` or `Misconfigured`.

    `ranked` when the account offers vector and full-text search: both are fixed when a container is made. `keep`
    is how long messages are kept, where that is longer than containers.py says. `autoscale` is the most RU/s of the
    whole database; None for a serverless account.
    """
    proxy = await make_database(client, database, calls, autoscale)
    with MEANINGS:
        for container in CONTAINERS:
            await _create(proxy, container, calls, ranked=ranked, keep=keep)


async def _create(
    database: DatabaseProxy, container: Container, calls: Calls, *, ranked: bool, keep: timedelta | None
) -> None:
    lives = container.time_to_live
    if container is CONVERSATIONS and keep is not None:
        lives = max(lives, int(keep.total_seconds()) + lives - int((container.keep or keep).total_seconds()))
    searched = container.searched and ranked
    policies: Mapping[str, Any] = (
        {"vector_embedding_policy": embedding_policy(), "full_text_policy": full_text_policy()} if searched else {}
    )

    async def call() -> None:
        await database.create_container(
            container.name,
            PartitionKey(path=container.partition_key),
            indexing_policy=dict(container.indexing(ranked=ranked)),
            default_ttl=lives,
            **policies,
        )

    try:
        await calls.run(call)
    except HttpResponseError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


async def missing(database: DatabaseProxy, calls: Calls) -> list[str]:
    """The containers that are declared and not there, or partitioned otherwise."""
    absent: list[str] = []
    for container in CONTAINERS:
        try:
            with MEANINGS:
                found = await calls.run(database.get_container_client(container.name).read)
        except HttpResponseError as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            absent.append(container.name)
            continue
        if found["partitionKey"]["paths"] != [container.partition_key]:
            absent.append(container.name)
    return absent
