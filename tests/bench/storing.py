"""What the store's calls on a message's way cost beside reading one document: it is called on the event loop."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from tests.bench.figure import Figure, at_most, plain
from tests.builders import HELP, TENANT, a_message, a_person, a_snippet, a_space

TEXT = "The scanner at dock four shows E-17 and beeps three times when I scan a pallet label. What now? " * 2


def measure() -> Iterator[Figure]:
    """Milliseconds of reading one message, and of the others as a ratio to it."""
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    store = SqliteStore(folder / "cairn.sqlite", tenant_id=TENANT)
    await _fill(store)
    last, here = a_message(1000), frozenset({audience_of_space(HELP)})

    async def write() -> None:
        known = await store.message(HELP, a_message(500).id)
        assert known is not None
        await store.put_message(known.value, etag=known.etag)

    one = await _best(lambda: store.message(HELP, a_message(500).id))
    others: tuple[tuple[str, Callable[[], Awaitable[object]], float], ...] = (
        ("the_last_hundred", lambda: store.before(HELP, last.created_at, last.id, limit=100), 60),
        ("audiences_of_a_person", lambda: store.audiences_of(a_person("7").key), 4),
        ("writing_one", write, 25),
        ("search_among_300", lambda: store.search(here, TEXT, limit=20), 400),
    )
    figures = [plain("storing.reading_one", one, "ms")]
    figures += [
        at_most(f"storing.{name}", await _best(call) / one, "x reading one", most) for name, call, most in others
    ]
    await store.close()
    return figures


async def _fill(store: SqliteStore) -> None:
    """A busy space."""
    for number in range(1, 1001):
        await store.put_message(a_message(number, text=TEXT, thread_id=str(number // 10)), etag=None)
    for number in range(300):
        await store.put_snippet(a_snippet(str(number), question=f"{TEXT} {number}"), etag=None)
    await store.put_space(a_space(members=[a_person(str(number)) for number in range(50)]), etag=None)


async def _best(call: Callable[[], Awaitable[object]], *, runs: int = 50) -> float:
    """The shortest time that a call took, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        await call()
        times.append(time.perf_counter() - start)
    return min(times) * 1000
