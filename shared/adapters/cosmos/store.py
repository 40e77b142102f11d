"""The store of an organisation: everything that Cairn keeps, in one Cosmos DB database.

One client, opened on first use and kept: it holds the connections and the session under which what was written
is read again (session consistency).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient
from azure.cosmos.documents import ConnectionPolicy

from shared.adapters.cosmos import creation, throughput
from shared.adapters.cosmos.calls import Calls
from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.containers import CONTAINERS
from shared.adapters.cosmos.conversations import ConversationParts
from shared.adapters.cosmos.events import EventParts
from shared.adapters.cosmos.feed import FeedParts
from shared.adapters.cosmos.labels import LabelParts
from shared.adapters.cosmos.moving import MovingParts
from shared.adapters.cosmos.outbox import OutboxParts
from shared.adapters.cosmos.people import PeopleParts
from shared.adapters.cosmos.snippets import SnippetParts
from shared.adapters.cosmos.spaces import SpaceParts
from shared.adapters.cosmos.subscriptions import SubscriptionParts
from shared.adapters.cosmos.topics import TopicParts
from shared.adapters.proxies import named_by_the_environment
from shared.adapters.ranking.search import MOST_BYTES, Search
from shared.domain.identity import TenantId
from shared.errors import Misconfigured


class CosmosStore(
    ConversationParts,
    SnippetParts,
    PeopleParts,
    SpaceParts,
    SubscriptionParts,
    OutboxParts,
    EventParts,
    LabelParts,
    FeedParts,
    TopicParts,
    MovingParts,
):
    """Fulfils `shared.ports.Store`. Any number of processes may use one database at the same time.

    One store belongs to the event loop that uses it first.
    """

    def __init__(
        self,
        url: str,
        credential: str | AsyncTokenCredential,
        *,
        database: str = "cairn",
        tenant_id: TenantId | None = None,
        ranks_inside: bool = False,
        search_bytes: int = MOST_BYTES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **client: Any,
    ) -> None:
        """Use a database of the account at `url`; nothing is sent before the first call.

        `credential` is the account's key, or a credential of azure-identity whose identity has the role "Cosmos DB
        Built-in Data Contributor". `tenant_id` is the tenant whose people make up the organisation's audience; None:
        nobody does. `ranks_inside` when the account offers vector and full-text search; else `search_bytes` is what
        the indexes of searches may take. `client` goes to `CosmosClient`.
        """
        self.tenant_id = tenant_id
        self.ranks_inside = ranks_inside
        self.searching = Search(self.refresh, self.as_they_stand, most_bytes=search_bytes)
        self.calls = Calls(self._open, sleep=sleep, charged=url.startswith("https://"))
        self._opening = asyncio.Lock()
        self._is_open = False
        self._name = database
        given = {"transport": AioHttpTransport(use_env_settings=named_by_the_environment()), **_BOUNDS, **client}
        self._client = CosmosClient(
            url, credential, consistency_level="Session", connection_policy=_no_retries(), **given
        )
        self._database = self._client.get_database_client(database)
        self.collections = {
            container.name: Collection(container, self._database.get_container_client(container.name), self.calls)
            for container in CONTAINERS
        }

    async def _open(self) -> None:
        """Ask for the account, once: without that the client keeps no session."""
        if self._is_open:
            return
        async with self._opening:
            if not self._is_open:
                await self._client.__aenter__()
                self._is_open = True

    async def create(self, *, keep: timedelta | None = None, autoscale: int | None = None) -> None:
        """Make the database and the containers that are missing. `keep` is how long messages are kept.

        `autoscale` is the most RU/s that the database may scale to; None for a serverless account.
        """
        await creation.create(
            self._client, self._name, self.calls, ranked=self.ranks_inside, keep=keep, autoscale=autoscale
        )

    async def settle_throughput(self, autoscale: int | None) -> None:
        """Let the database that is there scale so far, or see that the account is serverless (None).

        Raises `Misconfigured` where that can't be changed from here.
        """
        await throughput.settle(self._database, self.calls, autoscale)

    async def check(self) -> None:
        """See `shared.ports.Store`."""
        absent = await creation.missing(self._database, self.calls)
        if absent:
            names = ", ".join(absent)
            raise Misconfigured(
                f"CAIRN_COSMOS_DATABASE: containers are missing or partitioned otherwise ({names}); "
                "run `cairn store init`"
            )

    async def close(self) -> None:
        """Let go of the connections; twice is fine."""
        await self._client.close()


_BOUNDS: Mapping[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "retry_total": 0,
    "retry_connect": 0,
    "retry_read": 0,
    "retry_status": 0,
}
"""Seconds of each request; and the client tries nothing again by itself, because `Calls` does, within bounds."""


def _no_retries() -> ConnectionPolicy:
    policy = ConnectionPolicy()
    policy.RetryOptions._max_retry_attempt_count = 0
    return policy
