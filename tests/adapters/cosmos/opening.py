"""Stores on the Cosmos DB server that the tests start: each folder has a database of its own there."""

import hashlib
from pathlib import Path
from typing import Any

from shared.adapters.cosmos.store import CosmosStore
from tests.builders import TENANT
from tests.servers.running import COSMOS_KEY, cosmos

_created: set[str] = set()


async def cosmos_store(folder: Path, *, create: bool = True, **options: Any) -> CosmosStore:
    """A store of the tenant `TENANT` on the folder's database, which is made when it is opened first, unless told."""
    database = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    store = CosmosStore(
        cosmos().url, COSMOS_KEY, database=database, tenant_id=TENANT, enable_endpoint_discovery=False, **options
    )
    if create and database not in _created:
        await store.create()
        _created.add(database)
    return store
