"""The store is quick enough to be called on the event loop.

Each figure is the best of many runs, so that a busy machine does not count, and the bounds are several times
what a small machine needs.
"""

import time
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from tests.builders import HELP, a_message, a_person, a_snippet, a_space

TEXT = "The scanner at dock four shows E-17 and beeps three times when I scan a pallet label. What now? " * 2


@pytest.fixture
async def full(store: SqliteStore) -> SqliteStore:
    """A busy space."""
    for number in range(1, 1001):
        await store.put_message(a_message(number, text=TEXT, thread_id=str(number // 10)), etag=None)
    for number in range(300):
        await store.put_snippet(a_snippet(str(number), question=f"{TEXT} {number}"), etag=None)
    await store.put_space(a_space(members=[a_person(str(number)) for number in range(50)]), etag=None)
    return store


async def best(call: Callable[[], Awaitable[object]], *, runs: int = 50) -> float:
    """The shortest time that a call took, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        await call()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


async def test_reading_the_last_hundred_messages_takes_about_a_millisecond(full: SqliteStore) -> None:
    last = a_message(1000)
    assert len(await full.before(HELP, last.created_at, last.id, limit=100)) == 100
    assert await best(lambda: full.before(HELP, last.created_at, last.id, limit=100)) < 2.5


async def test_reading_one_document_takes_some_microseconds(full: SqliteStore) -> None:
    assert await best(lambda: full.message(HELP, a_message(500).id)) < 0.15
    assert await best(lambda: full.audiences_of(a_person("7").key)) < 0.15


async def test_writing_one_document_takes_well_under_a_millisecond(full: SqliteStore) -> None:
    async def write() -> None:
        known = await full.message(HELP, a_message(500).id)
        assert known is not None
        await full.put_message(known.value, etag=known.etag)

    assert await best(write) < 0.8


async def test_searching_some_hundred_snippets_takes_a_few_milliseconds(full: SqliteStore) -> None:
    here = frozenset({audience_of_space(HELP)})
    assert len(await full.search(here, TEXT, limit=20)) == 20
    assert await best(lambda: full.search(here, TEXT, limit=20), runs=20) < 15
