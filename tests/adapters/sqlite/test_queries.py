"""Hot queries find their rows by an index: none of them reads a whole table."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import SpaceId, ThreadId
from shared.domain.postings import PostingState
from shared.domain.readings import Reading
from shared.domain.subscriptions import Subscription, SubscriptionKey, Watched
from shared.ports import Stored
from tests.builders import (
    HELP,
    TENANT,
    a_message,
    a_person,
    a_posting,
    a_profile,
    a_snippet,
    a_space,
    a_thread,
    an_event,
    an_expertise,
    at,
    kept_topics,
)

HERE = frozenset({audience_of_space(HELP), ORGANISATION})
MESSAGE, ANN = a_message(5), a_person()


async def replaced(reading: Awaitable[Stored[Any] | None], put: Callable[..., Awaitable[str]]) -> str:
    """Write what is stored once more, under its etag."""
    known = await reading
    assert known is not None
    return await put(known.value, etag=known.etag)


HOT: dict[str, Callable[[SqliteStore], Awaitable[object]]] = {
    "message": lambda s: s.message(HELP, MESSAGE.id),
    "thread_messages": lambda s: s.thread_messages(HELP, ThreadId("t")),
    "before": lambda s: s.before(HELP, MESSAGE.created_at, MESSAGE.id, limit=100),
    "after": lambda s: s.after(HELP, MESSAGE.created_at, MESSAGE.id, limit=100),
    "thread": lambda s: s.thread(HELP, ThreadId("t")),
    "overdue": lambda s: s.overdue(at(5), limit=500),
    "drop_author": lambda s: s.drop_author(None, a_person("Bob Ray").key),
    "drop_author_here": lambda s: s.drop_author(HELP, a_person("Bob Ray").key),
    "put_message": lambda s: replaced(s.message(HELP, MESSAGE.id), s.put_message),
    "put_thread": lambda s: replaced(s.thread(HELP, ThreadId("5")), s.put_thread),
    "snippet": lambda s: s.snippet(audience_of_space(HELP), a_snippet().id),
    "search": lambda s: s.search(HERE, "the scanner on the dock", limit=20),
    "visible": lambda s: s.visible(HERE, limit=20),
    "put_snippet": lambda s: replaced(s.snippet(audience_of_space(HELP), a_snippet("5").id), s.put_snippet),
    "profile": lambda s: s.profile(ANN.key),
    "expertise": lambda s: s.expertise(audience_of_space(HELP), ANN.key),
    "experts": lambda s: s.experts(audience_of_space(HELP)),
    "drop_expertise": lambda s: s.drop_expertise(ANN.key),
    "space": lambda s: s.space(HELP),
    "audiences_of": lambda s: s.audiences_of(ANN.key),
    "put_space": lambda s: replaced(s.space(a_space("Space5").id), s.put_space),
    "posting": lambda s: s.posting(a_posting().id),
    "showing": lambda s: s.showing(a_snippet().id),
    "of_thread": lambda s: s.of_thread(HELP, ThreadId("t")),
    "unfinished": lambda s: s.unfinished(at(5), limit=500),
    "put_posting": lambda s: replaced(s.posting(a_posting("5").id), s.put_posting),
    "latest": lambda s: s.latest(limit=20),
    "purge": lambda s: s.purge(at(3), limit=1),
    "purge_here": lambda s: s.purge(at(3), limit=1, space_id=HELP),
    "subscription": lambda s: s.subscription(SubscriptionKey("5")),
    "put_subscription": lambda s: replaced(s.subscription(SubscriptionKey("5")), s.put_subscription),
    "drop_subscription": lambda s: s.drop_subscription(SubscriptionKey("6")),
    "reading": lambda s: s.reading(HELP),
    "readings_due": lambda s: s.readings_due(at(5), limit=500),
    "put_reading": lambda s: replaced(s.reading(HELP), s.put_reading),
    "kept_topics": lambda s: s.kept_topics(audience_of_space(HELP)),
    "put_kept_topics": lambda s: replaced(s.kept_topics(audience_of_space(HELP)), s.put_kept_topics),
}

SORTED = {"visible"}
"""What no index can have in order: the newest of several audiences."""

COUNTS: dict[str, Callable[[SqliteStore], Awaitable[object]]] = {
    "count_messages": lambda s: s.count_messages(),
    "count_exchanges": lambda s: s.count_exchanges(),
    "count": lambda s: s.count(),
    "counts": lambda s: s.counts(),
}

# A virtual table's "scan" is a list that was handed in (json_each).
_WHOLE_TABLE = re.compile(r"^SCAN (?!.*VIRTUAL TABLE INDEX)(?!CONSTANT ROW)")
_ALONG_AN_INDEX = re.compile(r"^SCAN \w+ USING (COVERING )?INDEX")


async def fill(path: Path) -> None:
    """Make a store with something in every table."""
    store = SqliteStore(path, tenant_id=TENANT)
    for number in range(30):
        thread_id = str(number // 3)
        await store.put_message(a_message(number, thread_id=thread_id), etag=None)
        await store.put_thread(a_thread(str(number), due_at=at(number) if number % 2 else None), etag=None)
        await store.put_snippet(a_snippet(str(number)), etag=None)
        state = PostingState.WANTED if number % 3 else PostingState.POSTED
        posting = a_posting(str(number), thread_id=thread_id, snippet=a_snippet(str(number)), state=state)
        await store.put_posting(posting, etag=None)
        person = a_person(str(number))
        await store.put_space(a_space(f"Space{number}", members=[person]), etag=None)
        await store.put_profile(a_profile(person), etag=None)
        await store.put_expertise(an_expertise(person), etag=None)
        await store.append(an_event(str(number)))
        key = SubscriptionKey(str(number))
        subscription = Subscription(key=key, resource=f"/chats/{number}/messages", what=Watched.MESSAGES)
        await store.put_subscription(subscription, etag=None)
        await store.put_reading(Reading(space_id=SpaceId(str(number)), due_at=at(number)), etag=None)
    await store.put_reading(Reading(space_id=HELP), etag=None)
    await store.put_kept_topics(kept_topics("dock"), etag=None)
    await store.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a full store, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "cairn.sqlite"
    asyncio.run(fill(path))
    return path


@pytest.fixture
async def full(filled: Path, path: Path) -> AsyncIterator[SqliteStore]:
    """A store with something in every table."""
    shutil.copy(filled, path)
    store = SqliteStore(path, tenant_id=TENANT)
    yield store
    await store.close()


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_query_reads_no_whole_table(full: SqliteStore, path: Path, name: str) -> None:
    plan = await plan_of(full, path, HOT[name])
    assert plan, "the query was seen"
    reads = [step for step in plan if _WHOLE_TABLE.match(step)]
    # `latest` goes along its index from the newest end, and stops at its limit.
    assert reads == [] or (name == "latest" and all(_ALONG_AN_INDEX.match(step) for step in reads))


@pytest.mark.parametrize("name", sorted(HOT.keys() - SORTED))
async def test_a_hot_query_finds_its_rows_in_order(full: SqliteStore, path: Path, name: str) -> None:
    assert [step for step in await plan_of(full, path, HOT[name]) if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("thread_messages", "space_id=? AND thread_id=?"),
        ("before", "space_id=? AND (created_at,id)<(?,?)"),
        ("after", "space_id=? AND (created_at,id)>(?,?)"),
        ("of_thread", "space_id=? AND thread_id=?"),
        ("visible", "audience_id=?"),
        ("search", "audience_id=? AND changed>?"),
        ("search", "audience_id=? AND id=?"),
        ("overdue", "due_at<?"),
        ("unfinished", "created_at<?"),
    ],
)
async def test_a_hot_query_reads_no_neighbours(full: SqliteStore, path: Path, name: str, columns: str) -> None:
    plan = await plan_of(full, path, HOT[name])
    assert any(f"({columns})" in step for step in plan), plan


@pytest.mark.parametrize("name", COUNTS)
async def test_a_count_reads_an_index_and_no_document(full: SqliteStore, path: Path, name: str) -> None:
    plan = await plan_of(full, path, COUNTS[name])
    assert plan
    assert all("USING COVERING INDEX" in step or "USING INDEX snippets_usable" in step for step in plan), plan


async def test_the_check_sees_a_whole_table_being_read(full: SqliteStore, path: Path) -> None:
    full.connection.execute("DROP INDEX postings_by_snippet")
    plan = await plan_of(full, path, HOT["showing"])
    assert [step for step in plan if _WHOLE_TABLE.match(step)] == ["SCAN postings"]


async def plan_of(store: SqliteStore, path: Path, query: Callable[[SqliteStore], Awaitable[object]]) -> list[str]:
    """How SQLite goes about every statement that a call makes."""
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    try:
        await query(store)
    finally:
        store.connection.set_trace_callback(None)
    onlooker = sqlite3.connect(path)
    try:
        return [
            step[-1]
            for statement in statements
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
            for step in onlooker.execute(f"EXPLAIN QUERY PLAN {statement}")
        ]
    finally:
        onlooker.close()
