"""What each query reads: one partition, a person's audiences, or everything, and by which index."""

import re
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.cosmos import queries
from shared.adapters.cosmos.containers import CONTAINERS
from shared.adapters.cosmos.queries import QUERIES, Query, Scope
from shared.adapters.cosmos.store import CosmosStore
from shared.domain.audiences import audience_of_space
from shared.domain.identity import PostingId, SnippetId, ThreadId
from shared.domain.labels import Task
from shared.domain.subscriptions import SubscriptionKey
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
    an_expertise,
    at,
)

ANN = a_person()
HELPERS = audience_of_space(HELP)

ONE_PARTITION = {
    "after",
    "all_in_order",
    "before",
    "experts",
    "ids_of_thread",
    "labels_about",
    "labels_of",
    "listed",
    "listed_until",
    "memberships",
    "of_author_here",
    "old_labels",
    "old_messages_here",
    "page_of_audience",
    "page_of_expertise",
    "page_of_labels",
    "page_of_space",
    "page_of_tombstones",
    "page_of_usable",
    "readings_due",
    "tallies_of",
    "thread_messages",
    "tombstones",
}
FOR_ADMINISTRATION_AND_TIMERS = {
    "all_postings",
    "all_spaces",
    "all_tallies",
    "being_erased",
    "changed_since",
    "count_events",
    "count_messages",
    "count_snippets",
    "count_threads",
    "without_embedding",
    "events_by",
    "expertise_of",
    "latest_events",
    "next_audience",
    "next_of_expertise",
    "next_space",
    "of_author",
    "old_events",
    "old_messages",
    "page_of_events",
    "page_of_postings",
    "page_of_profiles",
    "page_of_spaces",
    "page_of_topics",
}
EVERY = (*QUERIES, queries.visible_in(2), queries.changed_in(2))
every_query = pytest.mark.parametrize("query", EVERY, ids=lambda query: query.name)


def test_every_query_is_listed_with_the_partitions_that_it_reads() -> None:
    assert {q.name for q in QUERIES if q.scope is Scope.PARTITION} == ONE_PARTITION
    assert {q.name for q in QUERIES if q.scope is Scope.EVERYTHING} == FOR_ADMINISTRATION_AND_TIMERS
    assert {q.name for q in EVERY if q.scope is Scope.AUDIENCES} == {"visible", "changed"}
    assert queries.naming(CONTAINERS[0], 2).scope is Scope.EVERYTHING


@every_query
def test_a_query_names_its_partitions(query: Query) -> None:
    one = f"WHERE c.{query.container.key} = @key"
    several = f"WHERE c.{query.container.key} IN (@a0, @a1)"
    assert (one in query.text) == (query.scope is Scope.PARTITION)
    assert (several in query.text) == (query.scope is Scope.AUDIENCES)


@every_query
def test_a_query_filters_and_sorts_by_what_is_indexed(query: Query) -> None:
    used = set(re.findall(r"\bc\.(\w+)", query.text.partition(" WHERE ")[2]))
    container = query.container
    paths = {path.split("/")[1] for path in container.indexed}
    # Cosmos DB indexes `id` and `_ts` by itself.
    assert used <= paths | {container.key, "type", "id", "_ts"}


def test_bodies_words_and_embeddings_are_in_no_range_index() -> None:
    for container in CONTAINERS:
        policy = container.indexing(ranked=True)
        assert policy["excludedPaths"] == [{"path": "/*"}]
        included = {entry["path"] for entry in policy["includedPaths"]}
        assert not included & {"/body/?", "/zip/?", "/words/?", "/embedding/?", "/question/?"}


@every_query
async def test_the_server_takes_every_query(calm: CosmosStore, query: Query) -> None:
    names = set(re.findall(r"@(\w+)", query.text)) - {"key"}
    values: dict[str, object] = dict.fromkeys(names, "x") | ({"ids": ["x"]} if "ids" in names else {})
    values |= {"since": 0} if "since" in names else {}
    key = "x" if query.scope is Scope.PARTITION else None
    found = await calm.of(query.container).ask(query, values, key=key)
    assert found == ([0] if "COUNT" in query.text else [])


HOT: tuple[Callable[[CosmosStore], Awaitable[object]], ...] = (
    lambda s: s.put_message(a_message(thread_id="t"), etag=None),
    lambda s: s.message(HELP, a_message().id),
    lambda s: s.thread_messages(HELP, ThreadId("t")),
    lambda s: s.before(HELP, at(5), a_message(5).id, limit=5),
    lambda s: s.after(HELP, at(0), a_message(0).id, limit=5),
    lambda s: s.put_thread(a_thread("t", due_at=at(1)), etag=None),
    lambda s: s.thread(HELP, ThreadId("t")),
    lambda s: s.overdue(at(9), limit=5),
    lambda s: s.drop_author(HELP, ANN.key),
    lambda s: s.put_snippet(a_snippet(), etag=None),
    lambda s: s.snippet(HELPERS, a_snippet().id),
    lambda s: s.search(frozenset({HELPERS}), "scanner", limit=5),
    lambda s: s.visible(frozenset({HELPERS}), limit=5),
    lambda s: s.put_profile(a_profile(), etag=None),
    lambda s: s.profile(ANN.key),
    lambda s: s.opted_out(frozenset({ANN.key})),
    lambda s: s.put_expertise(an_expertise(), etag=None),
    lambda s: s.expertise(HELPERS, ANN.key),
    lambda s: s.experts(HELPERS),
    lambda s: s.tombstone("a" * 64),
    lambda s: s.tombstones(frozenset({"a" * 64})),
    lambda s: s.put_space(a_space("Help", members=[ANN]), etag=None),
    lambda s: s.space(HELP),
    lambda s: s.audiences_of(ANN.key),
    lambda s: s.subscription(SubscriptionKey("0" * 32)),
    lambda s: s.all_subscriptions(),
    lambda s: s.reading(HELP),
    lambda s: s.readings_due(at(1), limit=5),
    lambda s: s.all_readings(),
    lambda s: s.tenant_state(),
    lambda s: s.put_posting(a_posting(thread_id="t", snippet=a_snippet()), etag=None),
    lambda s: s.posting(PostingId("x")),
    lambda s: s.showing(SnippetId("x")),
    lambda s: s.of_thread(HELP, ThreadId("t")),
    lambda s: s.unfinished(at(1), limit=5),
    lambda s: s.append(an_event()),
    lambda s: s.label("x"),
    lambda s: s.labels(Task.ANSWER, limit=5),
    lambda s: s.drop_label("x"),
)


async def test_what_a_message_or_a_person_waits_for_reads_points_single_partitions_or_their_audiences(
    calm: CosmosStore,
) -> None:
    scopes = {query.name: query.scope for query in EVERY}
    for call in HOT:
        await call(calm)
    asked = set(calm.calls.made) - {"read", "create", "replace", "upsert", "delete"}
    assert asked >= {"memberships", "thread_messages", "changed", "listed", "listed_until"}
    assert {name for name in asked if scopes[name] is Scope.EVERYTHING} == set()


async def test_what_calls_cost_is_added_up(calm: CosmosStore) -> None:
    await calm.put_profile(a_profile(), etag=None)
    before = calm.calls.request_units["read"]
    await calm.profile(ANN.key)
    assert calm.calls.request_units["read"] == before + 1000, "the server says one request unit for each"
