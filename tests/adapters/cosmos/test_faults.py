"""Whatever fails on the way to Cosmos DB and back: nothing is lost, and nothing is done twice."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from random import Random

import pytest
from azure.core.pipeline.transport import HttpRequest

from shared.adapters.cosmos.store import CosmosStore
from shared.domain.audiences import audience_of_space
from shared.domain.exchanges import ExchangeState
from shared.domain.identity import MessageId
from shared.errors import Conflict, Misconfigured, TryLater
from tests.adapters.cosmos.conftest import Waits
from tests.adapters.cosmos.faults import Fault, FaultyTransport, after, for_method, in_turn
from tests.builders import (
    HELP,
    a_message,
    a_person,
    a_posting,
    a_profile,
    a_snippet,
    a_space,
    a_thread,
    an_event,
    at,
)

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
LOST = Fault(lost=True)
AWAY = Fault(status=503)
PASSING = (
    Fault(status=429, headers=(("x-ms-retry-after-ms", "7"),)),
    Fault(status=449),
    Fault(status=410),
    Fault(status=404, headers=(("x-ms-substatus", "1002"),)),  # the replica does not have our session's writes yet
    Fault(status=408),
    Fault(status=500),
    AWAY,
    Fault(),
    Fault(timeout=True),
    LOST,
    Fault(lost=True, timeout=True),
    Fault(lost=True, status=503),
)
every_passing = pytest.mark.parametrize("fault", PASSING, ids=str)


@every_passing
async def test_a_write_that_fails_for_a_moment_is_done_once(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport, fault: Fault
) -> None:
    transport.choose = in_turn([fault, fault])
    etag = await store.put_profile(a_profile(ANN), etag=None)
    found = await calm.profile(ANN.key)
    assert found is not None
    assert (found.value, found.etag) == (a_profile(ANN), etag)
    transport.choose = in_turn([fault, fault])
    etag = await store.put_profile(replace(a_profile(ANN), capacity=1), etag=etag)
    found = await calm.profile(ANN.key)
    assert found is not None
    assert (found.value.capacity, found.etag) == (1, etag)
    assert await calm.put_profile(a_profile(ANN), etag=etag), "the etag is the one to go on with"


@every_passing
async def test_reads_queries_and_removals_that_fail_for_a_moment_are_answered(
    store: CosmosStore, transport: FaultyTransport, fault: Fault
) -> None:
    await store.put_message(a_message(thread_id="t"), etag=None)
    await store.put_profile(a_profile(ANN), etag=None)
    transport.choose = in_turn([fault])
    assert await store.profile(ANN.key) is not None
    transport.choose = in_turn([fault])
    assert len(await store.thread_messages(HELP, a_thread("t").id)) == 1
    transport.choose = in_turn([fault])
    assert await store.drop_profile(ANN.key), "also when the answer to the first try was lost"
    assert await store.profile(ANN.key) is None


async def test_the_server_says_how_long_to_wait(store: CosmosStore, waits: Waits, transport: FaultyTransport) -> None:
    transport.choose = in_turn([Fault(status=429, headers=(("x-ms-retry-after-ms", "1250"),))])
    await store.put_profile(a_profile(), etag=None)
    assert waits.seconds == [1.25]


async def test_a_long_wait_is_left_to_the_queue(store: CosmosStore, waits: Waits, transport: FaultyTransport) -> None:
    transport.choose = for_method("POST", Fault(status=429, headers=(("x-ms-retry-after-ms", "60000"),)), times=99)
    with pytest.raises(TryLater) as raised:
        await store.put_profile(a_profile(), etag=None)
    assert raised.value.after == timedelta(minutes=1)
    assert waits.seconds == []


@every_passing
async def test_what_fails_on_and_on_is_tried_within_bounds_and_then_later(
    store: CosmosStore, waits: Waits, transport: FaultyTransport, fault: Fault
) -> None:
    transport.choose = after(0, fault)
    with pytest.raises(TryLater):
        await store.profile(ANN.key)
    assert len(transport.seen) == 6
    assert sum(waits.seconds) < 15


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_may_not_use_the_database_is_a_setting_to_mend(
    store: CosmosStore, transport: FaultyTransport, status: int
) -> None:
    transport.choose = in_turn([Fault(status=status)])
    with pytest.raises(Misconfigured, match="CAIRN_COSMOS_URL"):
        await store.profile(ANN.key)


async def test_a_lost_answer_that_others_have_passed_is_neither_a_conflict_nor_done_again(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport
) -> None:
    etag = await store.put_profile(a_profile(ANN), etag=None)

    async def others_pass(_: float) -> None:
        for capacity in range(10, 14):
            known = await calm.profile(ANN.key)
            assert known is not None
            await calm.put_profile(replace(known.value, capacity=known.value.capacity + capacity), etag=known.etag)

    store.calls._sleep = others_pass
    transport.choose = for_method("PUT", LOST)
    written = await store.put_profile(replace(a_profile(ANN), capacity=100), etag=etag)
    found = await calm.profile(ANN.key)
    assert found is not None
    assert found.value.capacity == 100 + 10 + 11 + 12 + 13, "ours once, and everything that followed"
    with pytest.raises(Conflict):
        await store.put_profile(a_profile(ANN), etag=written)


async def test_another_s_write_is_a_conflict_however_the_answers_are_lost(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport
) -> None:
    etag = await store.put_profile(a_profile(ANN), etag=None)
    await calm.put_profile(replace(a_profile(ANN), capacity=1), etag=etag)
    for known in (None, etag):
        transport.choose = in_turn([LOST, Fault(timeout=True, lost=True)])
        with pytest.raises(Conflict):
            await store.put_profile(replace(a_profile(ANN), capacity=2), etag=known)
    found = await calm.profile(ANN.key)
    assert found is not None
    assert found.value.capacity == 1


async def test_a_fact_whose_answer_was_lost_is_counted_once(store: CosmosStore, transport: FaultyTransport) -> None:
    transport.choose = in_turn([LOST])
    await store.append(an_event())
    assert sum((await store.counts()).values()) == 1


async def test_twenty_writers_on_one_thread_in_a_storm_lose_nothing_and_do_nothing_twice(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport
) -> None:
    random = Random(6)
    await store.put_thread(a_thread("t", due_at=at(5)), etag=None)

    def sometimes(request: HttpRequest) -> Fault | None:
        return random.choice(PASSING) if random.random() < 0.3 else None

    async def add(number: int) -> None:
        mine = MessageId(str(number))
        while True:
            try:
                known = await store.thread(HELP, a_thread("t").id)
                assert known is not None
                ids = (*known.value.question_ids, mine)
                due = at(number) if number % 3 else None
                await store.put_thread(replace(known.value, question_ids=ids, due_at=due), etag=known.etag)
            except Conflict:
                continue
            except TryLater:
                known = await calm.thread(HELP, a_thread("t").id)
                assert known is not None
                if mine in known.value.question_ids:
                    return  # as a step that runs again would see
                continue
            return

    transport.choose = sometimes
    await asyncio.gather(*(add(number) for number in range(20)))
    transport.choose = lambda _: None
    found = await calm.thread(HELP, a_thread("t").id)
    assert found is not None
    assert sorted(found.value.question_ids, key=int) == [str(number) for number in range(20)]
    assert list(await calm.overdue(at(99), limit=10)) == ([found.value] if found.value.due_at else [])


@pytest.mark.parametrize("calls", range(9))
async def test_wherever_a_process_dies_the_member_list_says_who_belongs(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport, calls: int
) -> None:
    etag = await store.put_space(a_space("Help", members=[ANN]), etag=None)
    transport.choose = after(calls, AWAY)
    try:
        await store.put_space(a_space("Help", members=[BOB]), etag=etag)
    except TryLater:
        pass
    else:
        assert calls >= 4, "it can't have been written before"
    stored = await calm.space(HELP)
    assert stored is not None
    for _ in range(2):
        members = {member.person for member in stored.value.members or ()}
        for person in (ANN, BOB):
            there = audience_of_space(HELP) in await calm.audiences_of(person.key)
            assert there == (person in members)
    await calm.put_space(a_space("Help", members=[ANN, BOB]), etag=stored.etag)
    for person in (ANN, BOB):
        assert audience_of_space(HELP) in await calm.audiences_of(person.key)


async def test_somebody_looked_up_while_they_are_leaving_has_left_once_the_list_says_so(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport
) -> None:
    etag = await store.put_space(a_space("Help", members=[ANN]), etag=None)
    seen: list[bool] = []

    async def look_up(request: HttpRequest) -> None:
        if request.method == "PUT" and "/spaces/" in request.url and not seen:
            seen.append(audience_of_space(HELP) in await calm.audiences_of(ANN.key))

    transport.meanwhile = look_up
    transport.choose = lambda request: AWAY if seen and "/people/" in request.url else None  # it dies after the list
    await store.put_space(a_space("Help", members=[]), etag=etag)
    assert seen == [True]
    assert await calm.audiences_of(ANN.key) == frozenset()


@pytest.mark.parametrize("calls", range(4))
async def test_wherever_a_process_dies_a_due_thread_is_found_and_one_that_is_not_due_is_not(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport, calls: int
) -> None:
    etag = await store.put_thread(a_thread("t", due_at=at(1)), etag=None)
    for due_at in (at(2), None, at(3)):
        transport.choose = after(calls, AWAY)
        with suppress(TryLater):
            await store.put_thread(a_thread("t", state=ExchangeState.ANSWERED, due_at=due_at), etag=etag)
        stored = await calm.thread(HELP, a_thread("t").id)
        assert stored is not None
        etag = stored.etag
        due = [stored.value] if stored.value.due_at else []
        assert list(await calm.overdue(at(9), limit=10)) == due


@pytest.mark.parametrize("calls", range(12))
async def test_wherever_a_purge_dies_the_next_one_finishes_it(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport, calls: int
) -> None:
    for number in (1, 2, 3):
        await calm.put_message(a_message(number, thread_id=f"t{number % 2}"), etag=None)
    for name in ("t0", "t1"):
        await calm.put_thread(a_thread(name, due_at=at(99)), etag=None)
    transport.choose = after(calls, AWAY)
    try:
        await store.purge(at(9), limit=10)
    except TryLater:
        await calm.purge(at(9), limit=10)
    assert await calm.count_messages() == 0
    assert await calm.count_exchanges() == {}
    assert list(await calm.overdue(at(999), limit=10)) == []


@pytest.mark.parametrize("calls", range(6))
async def test_wherever_a_process_dies_a_posting_is_listed_as_it_stands(
    store: CosmosStore, calm: CosmosStore, transport: FaultyTransport, calls: int
) -> None:
    posting = a_posting(snippet=a_snippet("one"), thread_id="t")
    etag = await store.put_posting(posting, etag=None)
    transport.choose = after(calls, AWAY)
    with suppress(TryLater):
        await store.put_posting(replace(posting, snippet_id=a_snippet("two").id), etag=etag)
    stored = await calm.posting(posting.id)
    assert stored is not None
    for name in ("one", "two"):
        shown = [stored.value] if stored.value.snippet_id == a_snippet(name).id else []
        assert list(await calm.showing(a_snippet(name).id)) == shown
    assert list(await calm.of_thread(HELP, a_thread("t").id)) == [stored.value]


async def test_what_was_written_is_read_again_in_a_session(store: CosmosStore, transport: FaultyTransport) -> None:
    levels: list[str | None] = []

    async def note(request: HttpRequest) -> None:
        levels.append(request.headers.get("x-ms-consistency-level"))

    transport.meanwhile = note
    await store.put_profile(a_profile(), etag=None)
    await store.profile(ANN.key)
    assert set(levels) == {"Session"}
    assert store._client.client_connection.session is not None, "the client keeps it from the first call on"


async def test_a_store_whose_first_calls_fail_in_every_way_opens_all_the_same(
    store: CosmosStore, transport: FaultyTransport
) -> None:
    transport.unreachable = 2
    faults = cycle(PASSING)
    transport.choose = lambda _: next(faults) if len(transport.seen) % 3 else None
    for number in range(20):
        await store.put_message(a_message(number), etag=None)
    transport.choose = lambda _: None
    assert transport.unreachable == 0
    assert await store.count_messages() == 20
