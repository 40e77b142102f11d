"""The contract of `shared.ports.Conversations`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.exchanges import ExchangeState
from shared.domain.identity import MessageId, SpaceId, ThreadId
from shared.domain.messages import Message
from shared.ports import Store, Stored
from tests.builders import HELP, OTHER_TENANT, a_message, a_person, a_thread, at

CHAT = SpaceId("19:chat@thread.v2")
ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")


async def said(store: Store, *messages: Message) -> None:
    for message in messages:
        await store.put_message(message, etag=None)


def numbers(found: Iterable[Stored[Message]]) -> list[int]:
    """Which messages these are, by the builder's numbers."""
    return [int(stored.value.id) - 1_772_000_000_000 for stored in found]


async def test_a_message_is_found_in_its_own_space_only(store: Store) -> None:
    await said(store, a_message(1, space_id=HELP, text="here"), a_message(1, space_id=CHAT, text="there"))
    here, there = await store.message(HELP, a_message(1).id), await store.message(CHAT, a_message(1).id)
    assert here is not None
    assert there is not None
    assert (here.value.text, there.value.text) == ("here", "there")


async def test_a_thread_s_messages_come_by_time_then_id_with_their_etags(store: Store) -> None:
    await said(
        store,
        a_message(3, thread_id="t", created_at=at(2)),
        a_message(1, thread_id="t", created_at=at(5)),
        a_message(2, thread_id="t", created_at=at(2)),
        a_message(4, thread_id="other"),
        a_message(5, thread_id=None),
        a_message(6, thread_id="t", space_id=CHAT),
    )
    found = await store.thread_messages(HELP, ThreadId("t"))
    assert numbers(found) == [2, 3, 1]
    assert [await store.message(HELP, stored.value.id) for stored in found] == list(found)
    assert list(await store.thread_messages(HELP, ThreadId("unheard of"))) == []


async def test_a_message_that_moves_to_another_thread_leaves_the_first(store: Store) -> None:
    etag = await store.put_message(a_message(1, thread_id="first"), etag=None)
    await store.put_message(a_message(1, thread_id="second"), etag=etag)
    assert list(await store.thread_messages(HELP, ThreadId("first"))) == []
    assert numbers(await store.thread_messages(HELP, ThreadId("second"))) == [1]


async def test_before_gives_the_last_messages_oldest_first_and_after_the_next_ones(store: Store) -> None:
    await said(store, *(a_message(n) for n in range(1, 10)), a_message(4, space_id=CHAT))
    middle = a_message(5)
    assert numbers(await store.before(HELP, middle.created_at, middle.id, limit=3)) == [2, 3, 4]
    assert numbers(await store.after(HELP, middle.created_at, middle.id, limit=3)) == [6, 7, 8]
    assert numbers(await store.before(HELP, middle.created_at, middle.id, limit=100)) == [1, 2, 3, 4]
    assert numbers(await store.after(HELP, at(9), a_message(9).id, limit=100)) == []


async def test_messages_of_the_same_moment_are_before_or_after_by_their_id(store: Store) -> None:
    await said(store, *(a_message(n, created_at=at(0)) for n in (3, 1, 2)))
    assert numbers(await store.before(HELP, at(0), a_message(2).id, limit=10)) == [1]
    assert numbers(await store.after(HELP, at(0), a_message(2).id, limit=10)) == [3]


async def test_the_order_of_time_does_not_depend_on_the_time_zone_or_the_fraction_in_which_it_is_given(
    store: Store,
) -> None:
    tokyo = timezone(timedelta(hours=9))
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await said(
        store,
        a_message(1, created_at=noon.astimezone(tokyo)),
        a_message(2, created_at=noon + timedelta(milliseconds=1)),
        a_message(3, created_at=(noon + timedelta(seconds=1)).astimezone(tokyo)),
    )
    assert numbers(await store.after(HELP, noon, MessageId(""), limit=10)) == [1, 2, 3]
    assert numbers(
        await store.before(HELP, (noon + timedelta(seconds=1)).astimezone(tokyo), MessageId(""), limit=9)
    ) == [1, 2]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    pivot=st.integers(0, 11),
    limit=st.integers(1, 5),
    space=st.uuids(),
)
async def test_before_and_after_cut_the_conversation_at_any_message(
    store: Store, minutes: list[int], pivot: int, limit: int, space: object
) -> None:
    space_id = SpaceId(f"19:{space}@thread.v2")
    messages = [a_message(n, space_id=space_id, created_at=at(minute)) for n, minute in enumerate(minutes, 1)]
    known = {m.value.id for m in await store.after(space_id, at(-1), MessageId(""), limit=1000)}
    await said(store, *(m for m in messages if m.id not in known))
    if known:
        return  # the same space once more
    ordered = sorted(messages, key=lambda m: (m.created_at, m.id))
    here = pivot % len(ordered)
    before = await store.before(space_id, ordered[here].created_at, ordered[here].id, limit=limit)
    after = await store.after(space_id, ordered[here].created_at, ordered[here].id, limit=limit)
    assert [m.value for m in before] == ordered[max(0, here - limit) : here]
    assert [m.value for m in after] == ordered[here + 1 : here + 1 + limit]


async def test_a_thread_s_state_is_found_in_its_own_space_only(store: Store) -> None:
    await store.put_thread(a_thread("t", state=ExchangeState.OPEN), etag=None)
    assert await store.thread(CHAT, ThreadId("t")) is None
    await store.put_thread(a_thread("t", state=ExchangeState.RESOLVED, space_id=CHAT), etag=None)
    here, there = await store.thread(HELP, ThreadId("t")), await store.thread(CHAT, ThreadId("t"))
    assert here is not None
    assert there is not None
    assert (here.value.state, there.value.state) == (ExchangeState.OPEN, ExchangeState.RESOLVED)


async def test_overdue_are_the_threads_of_any_space_whose_time_has_come_longest_overdue_first(store: Store) -> None:
    for thread in (
        a_thread("a", due_at=at(10)),
        a_thread("b", due_at=at(5), space_id=CHAT),
        a_thread("c", due_at=at(10.001)),
        a_thread("d", due_at=None),
    ):
        await store.put_thread(thread, etag=None)
    assert [thread.id for thread in await store.overdue(at(10), limit=10)] == ["b", "a"]
    assert [thread.id for thread in await store.overdue(at(10), limit=1)] == ["b"]
    assert list(await store.overdue(at(4), limit=10)) == []


async def test_a_thread_that_was_judged_is_no_longer_overdue(store: Store) -> None:
    etag = await store.put_thread(a_thread("a", due_at=at(1)), etag=None)
    await store.put_thread(a_thread("a", due_at=None), etag=etag)
    assert list(await store.overdue(at(10), limit=10)) == []


async def test_purge_removes_what_was_said_before_a_moment_the_oldest_first_and_counts_it(store: Store) -> None:
    await said(store, *(a_message(n) for n in (4, 2, 1, 3)), a_message(1, space_id=CHAT))
    assert await store.purge(at(4), limit=3) == 3
    assert numbers(await store.after(HELP, at(0), MessageId(""), limit=10)) == [3, 4]
    assert await store.purge(at(4), limit=3) == 1
    assert await store.purge(at(4), limit=3) == 0
    assert numbers(await store.after(HELP, at(0), MessageId(""), limit=10)) == [4]
    assert await store.message(HELP, a_message(1).id) is None
    assert await store.count_messages() == 1


@pytest.mark.parametrize("due_at", [None, at(99)])
async def test_purge_removes_a_thread_with_its_last_message_and_not_before(
    store: Store, due_at: datetime | None
) -> None:
    await said(store, a_message(1, thread_id="t"), a_message(2, thread_id="t"), a_message(3, thread_id="other"))
    await store.put_thread(a_thread("t", due_at=due_at), etag=None)
    await store.put_thread(a_thread("other"), etag=None)
    await store.purge(at(2), limit=10)
    assert await store.thread(HELP, ThreadId("t")) is not None
    await store.purge(at(3), limit=10)
    assert await store.thread(HELP, ThreadId("t")) is None
    assert await store.thread(HELP, ThreadId("other")) is not None


async def test_purge_keeps_a_thread_whose_namesake_in_another_space_went(store: Store) -> None:
    await said(store, a_message(1, thread_id="t"), a_message(9, thread_id="t", space_id=CHAT))
    for space_id in (HELP, CHAT):
        await store.put_thread(a_thread("t", space_id=space_id), etag=None)
    await store.purge(at(5), limit=10)
    assert await store.thread(HELP, ThreadId("t")) is None
    assert await store.thread(CHAT, ThreadId("t")) is not None


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_purge_in_small_steps_ends_as_one_large_step_does(store: Store, limit: int) -> None:
    await said(store, *(a_message(n, thread_id=f"t{n % 2}") for n in range(1, 7)))
    for name in ("t0", "t1"):
        await store.put_thread(a_thread(name, due_at=at(99)), etag=None)
    gone = []
    while (step := await store.purge(at(6), limit=limit)) > 0:
        gone.append(step)
    assert sum(gone) == 5
    assert max(gone) <= limit
    assert await store.thread(HELP, ThreadId("t1")) is None
    assert await store.thread(HELP, ThreadId("t0")) is not None, "its last message is not old enough"


async def test_dropping_an_author_in_one_space_removes_their_messages_there_and_names_the_threads(
    store: Store,
) -> None:
    await said(
        store,
        a_message(1, author=ANN, thread_id="t1"),
        a_message(2, author=BOB, thread_id="t1"),
        a_message(3, author=BOB, thread_id="t2"),
        a_message(4, author=BOB, thread_id=None),
        a_message(5, author=BOB, thread_id="t3", space_id=CHAT),
    )
    assert set(await store.drop_author(HELP, BOB.key)) == {(HELP, "t1"), (HELP, "t2")}
    assert numbers(await store.after(HELP, at(0), MessageId(""), limit=10)) == [1]
    assert numbers(await store.after(CHAT, at(0), MessageId(""), limit=10)) == [5]
    assert list(await store.drop_author(HELP, BOB.key)) == []


async def test_dropping_an_author_everywhere_leaves_others_and_a_namesake_of_another_tenant(store: Store) -> None:
    namesake = a_person("Bob Ray", tenant=OTHER_TENANT)
    await said(
        store,
        a_message(1, author=BOB, thread_id="t1"),
        a_message(2, author=BOB, thread_id="t2", space_id=CHAT),
        a_message(3, author=namesake, thread_id="t1"),
    )
    assert set(await store.drop_author(None, BOB.key)) == {(HELP, "t1"), (CHAT, "t2")}
    assert await store.count_messages() == 1
    assert numbers(await store.thread_messages(HELP, ThreadId("t1"))) == [3]


async def test_a_thread_whose_only_author_was_dropped_is_judged_before_it_goes(store: Store) -> None:
    await said(store, a_message(1, author=BOB, thread_id="t"))
    etag = await store.put_thread(a_thread("t", due_at=at(1)), etag=None)
    await store.drop_author(None, BOB.key)
    await store.purge(at(-1), limit=10)
    assert await store.thread(HELP, ThreadId("t")) is not None
    await store.put_thread(a_thread("t", state=ExchangeState.TALK, due_at=None), etag=etag)
    await store.purge(at(-1), limit=10)
    assert await store.thread(HELP, ThreadId("t")) is None


async def test_exchanges_are_counted_by_state_and_absent_states_are_absent(store: Store) -> None:
    assert await store.count_exchanges() == {}
    for name, state in (("a", ExchangeState.OPEN), ("b", ExchangeState.OPEN), ("c", ExchangeState.RESOLVED)):
        await store.put_thread(a_thread(name, state=state), etag=None)
    counted = await store.count_exchanges()
    assert counted == {ExchangeState.OPEN: 2, ExchangeState.RESOLVED: 1}
    assert all(isinstance(state, ExchangeState) for state in counted)
