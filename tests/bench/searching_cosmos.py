"""What a search asks of Cosmos DB when much is known, on the server that the tests start.

Operations are what counts there: the server keeps everything in one process's memory and reads all of it for each
query, so its times say nothing about an account.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.adapters.cosmos.parts import each
from shared.adapters.cosmos.store import CosmosStore
from shared.domain.identity import AudienceId
from tests.adapters.cosmos.opening import cosmos_store
from tests.bench.figure import Figure, at_most, plain
from tests.bench.knowledge import Knowledge
from tests.servers.running import HERE as SERVERS

SIZES = (1_000, 5_000)
AUDIENCES = 10
SEEN = 500
QUESTIONS = 10
LIMIT = 30


def measure() -> Iterator[Figure]:
    """Operations a search, and how they grow, over ten audiences of fifty; nothing where the server is absent."""
    if not (SERVERS / "node_modules").exists():
        print("searching_cosmos: the Cosmos DB server is not installed (make test does that)", file=sys.stderr)
        return
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    mine = [AudienceId(f"space:{number}") for number in range(AUDIENCES)]
    asked: dict[int, Counter[str]] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            store = await cosmos_store(Path(folder))
            await _fill(store, mine, SEEN, first=0)
            await _fill(store, [AudienceId(f"other:{n}") for n in range(AUDIENCES)], size - SEEN, first=SEEN)
            asked[size] = await _operations(store, mine)
            await store.close()
    fewest, most = (sum(asked[size].values()) / QUESTIONS for size in (SIZES[0], SIZES[-1]))
    return [
        plain("search.cosmos_queries_per_search", asked[SIZES[-1]]["changed"] / QUESTIONS, "queries"),
        plain("search.cosmos_point_reads_per_search", asked[SIZES[-1]]["read"] / QUESTIONS, "reads"),
        at_most("search.cosmos_ratio_of_operations", most / fewest, "ratio", 1.3),
    ]


async def _fill(store: CosmosStore, audiences: Sequence[AudienceId], count: int, *, first: int) -> None:
    part = count // len(audiences)
    for number, audience_id in enumerate(audiences):
        drawn = list(Knowledge().snippets(audience_id, part, first=first + number * part))
        await each(lambda snippet: store.put_snippet(snippet, etag=None), drawn)


async def _operations(store: CosmosStore, audiences: Sequence[AudienceId]) -> Counter[str]:
    knowledge = Knowledge(seed=2)
    texts = [knowledge.text() for _ in range(QUESTIONS + 1)]
    await store.search(frozenset(audiences), texts[0], limit=LIMIT, embedding=knowledge.embedding(texts[0]))
    before = Counter(store.calls.made)
    for text in texts[1:]:
        await store.search(frozenset(audiences), text, limit=LIMIT, embedding=knowledge.embedding(text))
    return store.calls.made - before


if __name__ == "__main__":
    for figure in measure():
        print(figure)
