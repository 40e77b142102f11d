"""The database's containers, declared: `create` makes them from this, and the infrastructure is checked against it.

Cosmos DB indexes every path unless told otherwise; each index costs request units on every write. So everything
is excluded, and what the queries of `queries.py` filter or sort by is included. Documents' bodies never are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.domain.embeddings import NUMBERS

EMBEDDING = "/embedding"
EMBEDDED_BY = "/embeddedBy"
"""Which model made the embedding."""
FULL_TEXT = "/words"
LANGUAGE = "en-US"

BACKSTOP = timedelta(days=7)
"""How long after its time a document may stay when no purge takes it: then Cosmos DB itself removes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container; paths begin with a slash, and the partition key is a property at the top of each document."""

    name: str
    partition_key: str
    indexed: tuple[str, ...] = ()
    composite: tuple[tuple[str, ...], ...] = ()
    """Paths that one query filters by and then sorts by, all ascending."""
    keep: timedelta | None = None
    """After which time without a write a document expires by itself; None: never, unless it says so itself."""
    searched: bool = False
    """Whether documents are ranked by their words and meanings, where the account offers it."""

    @property
    def key(self) -> str:
        """The property that holds the partition key."""
        return self.partition_key.removeprefix("/")

    @property
    def time_to_live(self) -> int:
        """Cosmos DB's `defaultTtl` in seconds; -1 lets documents expire that say so, and no others."""
        return -1 if self.keep is None else int((self.keep + BACKSTOP).total_seconds())

    def indexing(self, *, ranked: bool) -> Mapping[str, Any]:
        """The indexing policy; `ranked` when the account offers vector and full-text search."""
        excluded = [{"path": "/*"}]
        policy: dict[str, Any] = {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": f"{path}/?"} for path in (self.partition_key, "/type", *self.indexed)],
            "excludedPaths": excluded,
            "compositeIndexes": [[{"path": path, "order": "ascending"} for path in paths] for paths in self.composite],
        }
        if self.searched and ranked:
            policy["vectorIndexes"] = [{"path": EMBEDDING, "type": "quantizedFlat"}]
            policy["fullTextIndexes"] = [{"path": FULL_TEXT}]
        return policy


MESSAGES_KEPT = timedelta(days=30)
EVENTS_KEPT = timedelta(days=400)

CONVERSATIONS = Container(
    name="conversations",
    partition_key="/spaceId",
    indexed=("/said", "/threadId", "/author", "/keptFrom", "/state"),
    composite=(("/threadId", "/said"),),
    keep=MESSAGES_KEPT,
)
SNIPPETS = Container(
    name="snippets",
    partition_key="/audienceId",
    indexed=("/usable", "/newest", EMBEDDED_BY),
    composite=(("/usable", "/newest"),),
    searched=True,
)
EXPERTISE = Container(name="expertise", partition_key="/audienceId", indexed=("/userKey", "/proven"))
PEOPLE = Container(name="people", partition_key="/userKey", indexed=("/erasing",))
RESOURCES = Container(name="resources", partition_key="/audienceId")
LEARNING = Container(
    name="learning",
    partition_key="/audienceId",
    indexed=("/task", "/at", "/newest", "/doneBy", "/about/[]", "/place"),
    composite=(("/task", "/newest"),),
)
SPACES = Container(name="spaces", partition_key="/spaceId", indexed=("/due", "/place"))
OUTBOX = Container(name="outbox", partition_key="/postingId", indexed=("/place",))
EVENTS = Container(
    name="events", partition_key="/spaceId", indexed=("/kind", "/at", "/newest", "/doneBy"), keep=EVENTS_KEPT
)
LISTS = Container(name="lists", partition_key="/list", indexed=("/place",))
LEASES = Container(name="leases", partition_key="/id")
"""Of Azure's host: how far the trigger on the snippets' change feed has come, a document for each of its ranges."""

CONTAINERS: tuple[Container, ...] = (
    CONVERSATIONS,
    SNIPPETS,
    EXPERTISE,
    PEOPLE,
    RESOURCES,
    LEARNING,
    SPACES,
    OUTBOX,
    EVENTS,
    LISTS,
    LEASES,
)
"""Everything that the database holds."""


def embedding_policy() -> Mapping[str, Any]:
    """The vector policy of a container that is searched; fixed when the container is made."""
    return {
        "vectorEmbeddings": [
            {"path": EMBEDDING, "dataType": "float32", "distanceFunction": "cosine", "dimensions": NUMBERS}
        ]
    }


def full_text_policy() -> Mapping[str, Any]:
    """The full-text policy of a container that is searched; it names the path that the index is on."""
    return {"defaultLanguage": LANGUAGE, "fullTextPaths": [{"path": FULL_TEXT, "language": LANGUAGE}]}
