"""What a message asks of Cosmos DB: real chat through the use cases and the adapter, against the test server.

`python -m tests.bench.operations` prints one JSON object, which `ops/measured.json` keeps and `cairn capacity`
computes with: calls by container and kind, with the sizes of what they carried, and what is stored in the end.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.replay.conversation import read_conversations
from local.replay.replay import START
from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.embedding.minilm import minilm
from shared.domain.postings import PostingKind
from shared.meter import Part, Spent, metered
from shared.usecases.follow import follow_feed
from tests.adapters.cosmos.opening import cosmos_store
from tests.bench.core import DATA, hold, world_of

MESSAGES = 2000


@dataclass(slots=True)
class Asked:
    """Calls of one kind on one container: how many, and what they carried together."""

    container: str
    kind: str
    """`read`, `missing` (a point read of nothing), `create`, `replace`, `delete`, or `query`."""
    calls: int = 0
    items: int = 0
    bytes: int = 0

    def carried(self, items: int, size: int) -> None:
        """Count one call."""
        self.calls, self.items, self.bytes = self.calls + 1, self.items + items, self.bytes + size


class Recorder:
    """Stands between the store and its containers, and writes down what passes."""

    def __init__(self, store: CosmosStore) -> None:
        self.asked: dict[tuple[str, str], Asked] = {}
        for collection in store.collections.values():
            self._watch(collection)

    def _watch(self, collection: Collection) -> None:
        name = collection.container.name
        read, ask = collection.read, collection.ask
        write, delete = collection._proxy.create_item, collection._proxy.delete_item
        replace, upsert = collection._proxy.replace_item, collection._proxy.upsert_item

        async def watched_read(document_id: str, key: str) -> Any:
            found = await read(document_id, key)
            self._of(name, "read" if found else "missing").carried(int(found is not None), _size(found))
            return found

        async def watched_ask(*args: Any, **named: Any) -> list[Any]:
            found = await ask(*args, **named)
            self._of(name, "query").carried(len(found), sum(map(_size, found)))
            return found

        def watched(kind: str, call: Callable[..., Awaitable[Any]], at: int) -> Any:
            async def carried(*args: Any, **named: Any) -> Any:
                done = await call(*args, **named)
                self._of(name, kind).carried(1, _size(args[at]) if at < len(args) else 0)
                return done

            return carried

        collection.read, collection.ask = watched_read, watched_ask  # type: ignore[method-assign]
        proxy: Any = collection._proxy
        proxy.create_item, proxy.upsert_item = watched("create", write, 0), watched("create", upsert, 0)
        proxy.replace_item, proxy.delete_item = watched("replace", replace, 1), watched("delete", delete, 9)

    def _of(self, container: str, kind: str) -> Asked:
        return self.asked.setdefault((container, kind), Asked(container, kind))


def _size(document: object) -> int:
    return 0 if document is None else len(json.dumps(document, ensure_ascii=False).encode())


async def stored(store: CosmosStore) -> list[dict[str, object]]:
    """How many documents each container holds, and how large they are together."""
    held: list[dict[str, object]] = []
    for name in store.collections:
        items = store._database.get_container_client(name).read_all_items()
        sizes = [_size(dict(item)) async for item in items]
        held.append({"container": name, "documents": len(sizes), "bytes": sum(sizes)})
    return held


def _listed(asked: Mapping[tuple[str, str], Asked]) -> list[dict[str, object]]:
    return [asdict(asked[key]) for key in sorted(asked)]


def _part(spent: Spent, name: Part) -> dict[str, object]:
    found = [part for key, part in spent.inner() if key == name]
    return {"times": sum(p.times for p in found), "operations": sum(p.operations.total() for p in found)}


async def _measured(messages: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        store = await cosmos_store(Path(folder))
        world = world_of(Path(folder), minilm())
        await world.store.close()
        world.store = store
        recorder, said = Recorder(store), 0
        with metered("message") as spent:
            for conversation in read_conversations(DATA, start=START, limit=messages):
                said += await hold(conversation, world)
                print(f"{said} of {messages}", file=sys.stderr)
        taken_in = recorder.asked.copy()
        recorder.asked.clear()
        followed = await follow_feed(world.context)
        following = recorder.asked.copy()
        postings = [p for p in await store.all_postings() if p.kind is not PostingKind.NOTICE]
        queued = world.queue.sent
        result = {
            "messages": said,
            "snippets": await store.count(),
            "cards": len(postings),
            "queued": queued,
            "operations": _listed(taken_in),
            "following": _listed(following),
            "stored": await stored(store),
            "suggestion": _part(spent, Part.SUGGESTION),
            "search": _part(spent, Part.SEARCH),
            "followed": followed.snippets,
        }
        await store.close()
    return result


def main() -> int:
    """Measure and print; 1 where the chat is not here."""
    if not DATA.exists():
        print("operations: ../shared/data is not here, so there is no chat to read", file=sys.stderr)
        return 1
    print(json.dumps(asyncio.run(_measured(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
