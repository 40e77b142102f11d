"""Writers at the same time: exactly one wins each round, and the others are told."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

from shared.domain.people import Profile
from shared.errors import Conflict, TryLater
from shared.ports import Store
from tests.adapters.contract.conftest import Opener
from tests.adapters.contract.threads import in_threads
from tests.builders import a_person, a_profile, a_space

ANN = a_person()
ROUNDS = 10


async def try_to_write(store: Store, profile: Profile, etag: str | None) -> str | None:
    """The new etag, or None for a writer who was not the first."""
    try:
        return await store.put_profile(profile, etag=etag)
    except Conflict:
        return None


async def test_of_twenty_tasks_on_two_stores_one_wins_each_round(store: Store, another: Store) -> None:
    etag: str | None = None
    for _ in range(ROUNDS):
        writers = ((store, another)[n % 2] for n in range(20))
        tries = [try_to_write(s, replace(a_profile(), capacity=n), etag) for n, s in enumerate(writers)]
        written = await asyncio.gather(*tries)
        winners = [n for n, won in enumerate(written) if won]
        assert len(winners) == 1
        found = await another.profile(ANN.key)
        assert found is not None
        assert (found.value.capacity, found.etag) == (winners[0], written[winners[0]])
        etag = found.etag


async def test_of_two_threads_one_wins_each_round(opener: Opener, tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=20)
    etags: dict[int, str | None] = {-1: None}

    async def write_every_round(writer: int) -> list[bool]:
        store, won = await opener(tmp_path), []
        for number in range(ROUNDS):
            barrier.wait()
            etag = await try_to_write(store, replace(a_profile(), capacity=writer), etags[number - 1])
            if etag:
                etags[number] = etag
            won.append(etag is not None)
            barrier.wait()
        await store.close()
        return won

    await (await opener(tmp_path)).close()
    first, second = await in_threads(write_every_round, 2)
    assert [a + b for a, b in zip(first, second, strict=True)] == [1] * ROUNDS


async def test_what_two_threads_count_together_adds_up(opener: Opener, tmp_path: Path) -> None:
    async def count(_: int) -> None:
        store = await opener(tmp_path)
        for _ in range(40):
            done = None
            while not done:
                known = await store.profile(ANN.key)
                assert known is not None
                more = replace(known.value, capacity=known.value.capacity + 1)
                try:
                    done = await try_to_write(store, more, known.etag)
                except TryLater:
                    continue
        await store.close()

    store = await opener(tmp_path)
    await store.put_profile(replace(a_profile(), capacity=0), etag=None)
    await in_threads(count, 2)
    total = await store.profile(ANN.key)
    await store.close()
    assert total is not None
    assert total.value.capacity == 80


async def test_a_membership_that_lost_the_race_gives_nobody_access(store: Store, another: Store) -> None:
    etag = await store.put_space(a_space(members=[]), etag=None)
    await store.put_space(a_space(members=None), etag=etag)
    try:
        await another.put_space(a_space(members=[ANN]), etag=etag)
    except Conflict:
        pass
    else:
        raise AssertionError("the second writer should have been told")
    assert await store.audiences_of(ANN.key) == frozenset()
