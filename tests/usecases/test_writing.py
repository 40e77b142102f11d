"""Read, decide, write, again when somebody else was faster: within bounds."""

from dataclasses import replace

import pytest

from shared.domain.people import Profile
from shared.errors import Conflict
from shared.ports import Stored
from shared.usecases.writing import ATTEMPTS, change
from tests.usecases.world import ANN, World


async def test_a_writer_that_others_overtake_decides_anew_on_what_they_wrote(world: World) -> None:
    overtaken = 0

    async def write(value: Profile, etag: str | None) -> str:
        nonlocal overtaken
        if overtaken < ATTEMPTS - 1:
            overtaken += 1
            known = await world.store.profile(ANN.key)
            faster = replace(known.value, capacity=known.value.capacity + 1) if known else Profile(person=ANN)
            await world.store.put_profile(faster, etag=known.etag if known else None)
        return await world.store.put_profile(value, etag=etag)

    await change(
        lambda: world.store.profile(ANN.key),
        lambda known: replace(known or Profile(person=ANN), capacity=(known.capacity if known else 0) + 100),
        write,
    )
    stored = await world.store.profile(ANN.key)
    assert stored is not None
    assert stored.value.capacity == Profile(person=ANN).capacity + ATTEMPTS - 2 + 100, "theirs each once, ours once"


async def test_who_is_overtaken_on_and_on_gives_up_after_a_bounded_number_of_attempts() -> None:
    reads = writes = 0

    async def read() -> Stored[Profile]:
        nonlocal reads
        reads += 1
        return Stored(replace(Profile(person=ANN), capacity=reads), str(reads))

    async def write(_: Profile, __: str | None) -> str:
        nonlocal writes
        writes += 1
        raise Conflict("somebody was faster")

    with pytest.raises(Conflict):
        await change(read, lambda known: replace(known or Profile(person=ANN), capacity=-1), write)
    assert (reads, writes) == (ATTEMPTS, ATTEMPTS)
