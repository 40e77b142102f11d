"""The database is killed in the middle of its work and comes back: nothing is lost, and nothing is there twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.cosmos.store import CosmosStore
from shared.domain.audiences import audience_of_space
from shared.domain.identity import MessageId
from shared.errors import Conflict, TryLater
from tests.builders import HELP, TENANT, a_message, a_person, a_space, a_thread, an_event, at
from tests.servers.running import COSMOS_KEY, Server, kept_cosmos

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
WRITERS = 20
KILLS = 4


class Database:
    """A server that is killed and started anew, on the same port and the same file."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._server: Server = kept_cosmos(journal)
        self._there = asyncio.Event()
        self._there.set()
        self.kills = 0

    @property
    def url(self) -> str:
        return self._server.url

    async def is_back(self) -> None:
        """Wait until it can be asked again, as work waits in its queue."""
        await self._there.wait()

    async def die_and_return(self) -> None:
        self._there.clear()
        self._server.kill()
        self.kills += 1
        self._server = await asyncio.to_thread(kept_cosmos, self._journal, port=self._server.port)
        self._there.set()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "journal")
    yield database
    database.stop()


@pytest.fixture
async def store(database: Database) -> AsyncIterator[CosmosStore]:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    store = CosmosStore(database.url, COSMOS_KEY, tenant_id=TENANT, sleep=at_once, enable_endpoint_discovery=False)
    await store.create()
    yield store
    await store.close()


async def until_done(work: Callable[[], Awaitable[object]], database: Database) -> None:
    """A queued step: it runs again when it was told to come later, and when somebody else was faster."""
    while True:
        try:
            await work()
        except Conflict:
            continue
        except TryLater:
            await database.is_back()
            continue
        return


async def test_a_database_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(
    database: Database, store: CosmosStore
) -> None:
    await store.put_thread(a_thread("t", due_at=at(1)), etag=None)
    await store.put_space(a_space("Help", members=[ANN]), etag=None)
    chance = random.Random(11)
    moments = sorted(chance.sample(range(3 * WRITERS), KILLS))
    done = 0
    deaths: list[asyncio.Task[None]] = []

    def one_more_step() -> None:
        nonlocal done
        done += 1
        if moments and done >= moments[0]:
            moments.pop(0)
            deaths.append(asyncio.create_task(database.die_and_return()))

    async def write(number: int) -> None:
        mine = MessageId(f"{1_772_000_000_000 + number}")

        async def keep() -> None:
            if await store.message(HELP, mine) is None:
                await store.put_message(a_message(number, thread_id="t"), etag=None)

        async def join() -> None:
            known = await store.thread(HELP, a_thread("t").id)
            assert known is not None
            if mine not in known.value.question_ids:
                ids, due = (*known.value.question_ids, mine), at(number) if number % 3 else None
                await store.put_thread(replace(known.value, question_ids=ids, due_at=due), etag=known.etag)

        for step in (keep, join, lambda: store.append(an_event(str(number)))):
            await until_done(step, database)
            one_more_step()

    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    await asyncio.gather(*deaths)
    assert database.kills == KILLS
    messages = await store.thread_messages(HELP, a_thread("t").id)
    thread = await store.thread(HELP, a_thread("t").id)
    assert thread is not None
    assert [m.value for m in messages] == [a_message(n, thread_id="t") for n in range(WRITERS)]
    assert sorted(thread.value.question_ids) == sorted(m.value.id for m in messages), "each once"
    assert sum((await store.counts()).values()) == WRITERS
    assert list(await store.overdue(at(99), limit=10)) == ([thread.value] if thread.value.due_at else [])


@pytest.mark.parametrize("calls", [1, 2, 4, 6])
async def test_wherever_the_database_is_killed_while_somebody_leaves_the_list_says_who_belongs(
    database: Database, store: CosmosStore, calls: int
) -> None:
    etag = await store.put_space(a_space("Help", members=[ANN]), etag=None)
    made = sum(store.calls.made.values())
    first = store.calls.count

    def count(name: str, headers: object) -> None:
        first(name, headers)  # type: ignore[arg-type]
        if sum(store.calls.made.values()) == made + calls:
            database._server.kill()

    store.calls.count = count  # type: ignore[method-assign]
    try:
        await store.put_space(a_space("Help", members=[BOB]), etag=etag)
    except TryLater:
        assert calls < 5, "it was written by then"
    store.calls.count = first  # type: ignore[method-assign]
    await database.die_and_return()
    stored = await store.space(HELP)
    assert stored is not None
    members = {member.person for member in stored.value.members or ()}
    for person in (ANN, BOB):
        assert (audience_of_space(HELP) in await store.audiences_of(person.key)) == (person in members)
