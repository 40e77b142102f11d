"""Ids, versions and sizes of documents, and containers as they are declared."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.containers import CONTAINERS, CONVERSATIONS, SNIPPETS, SPACES, embedding_policy
from shared.adapters.cosmos.documents import body_of, value_of
from shared.adapters.cosmos.ids import document_id, newest_first
from shared.adapters.cosmos.queries import Query
from shared.adapters.cosmos.ranking import ranking_query
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.shapes import name_of
from shared.adapters.sqlite.documents import KINDS
from shared.domain.identity import AudienceId
from shared.errors import Conflict, Misconfigured, Refused
from tests.adapters.cosmos.opening import cosmos_store
from tests.adapters.shapes.test_shapes import holds
from tests.builders import a_message, a_person, a_snippet, a_space, an_embedding, at

EARLIER = Path(__file__).parent / "documents"
"""A file for each version of the documents: lines as that version wrote them."""
TYPES: dict[str, Any] = {name_of(kind): kind for kind in KINDS}


@given(st.text(), st.text())
def test_ids_are_of_harmless_letters_and_differ_as_the_names_do(first: str, second: str) -> None:
    one, other = document_id("message", first), document_id("message", second)
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=_-")
    assert len(one) <= 255
    assert (one == other) == (first == second)


def test_the_parts_of_an_id_stay_apart() -> None:
    assert document_id("thread", "a.b", "c") != document_id("thread", "a", "b.c")
    assert document_id("thread", "x" * 999) != document_id("thread", "x" * 998)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from("abc")), min_size=2, max_size=5))
def test_the_newest_comes_first_and_ties_go_by_id(facts: list[tuple[int, str]]) -> None:
    expected = sorted(facts, key=lambda fact: (-fact[0], fact[1]))
    assert sorted(facts, key=lambda fact: newest_first(at(fact[0]), fact[1])) == expected


@pytest.mark.parametrize("file", sorted(EARLIER.glob("*.jsonl")), ids=lambda path: path.stem)
def test_what_an_earlier_version_wrote_is_read_today(file: Path) -> None:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {line["type"] for line in lines} == set(TYPES), "there is a document of every type"
    for line in lines:
        value = value_of(TYPES[line["type"]], line)
        today = json.loads(msgspec.json.encode(value))
        assert holds(today, json.loads(body_of(line))), "nothing that it said is lost"


async def test_a_document_of_a_newer_version_is_named_and_never_written_over(calm: CosmosStore) -> None:
    etag = await calm.put_space(a_space(), etag=None)
    spaces = calm.of(SPACES)
    found = await spaces.read("space", a_space().id)
    assert found is not None
    await spaces.put_anyhow(found | {"v": 9})
    with pytest.raises(Misconfigured, match=r"CAIRN_COSMOS_DATABASE: a newer version of Cairn"):
        await calm.space(a_space().id)
    with pytest.raises(Misconfigured, match="newer version"):
        await calm.all_spaces()
    with pytest.raises(Conflict):
        await calm.put_space(replace(a_space(), name="Other"), etag=etag)
    after = await spaces.read("space", a_space().id)
    assert after is not None
    assert (after["v"], body_of(after)) == (9, body_of(found))


async def test_a_space_of_twenty_thousand_members_fits_and_is_found_by_name(calm: CosmosStore) -> None:
    people = [a_person(f"Person {number}") for number in range(20_000)]
    space = replace(a_space("Help", members=people), members_as_of=None)
    await calm.put(CONVERSATIONS, "space", "space", space, None, spaceId=space.id)
    found = await calm.of(CONVERSATIONS).read("space", space.id)
    assert found is not None
    assert len(found["zip"]) < 2_000_000
    assert value_of(type(space), found) == space
    assert len(await calm.naming(type(space), CONVERSATIONS, "space", ("person 19999",))) == 1


async def test_what_cosmos_db_would_not_take_is_refused(calm: CosmosStore) -> None:
    noise = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(1_500_000))
    with pytest.raises(Refused, match="larger"):
        await calm.put_message(replace(a_message(), text=noise), etag=None)


async def test_creating_twice_changes_nothing(calm: CosmosStore) -> None:
    await calm.put_message(a_message(), etag=None)
    await calm.create()
    assert await calm.count_messages() == 1
    await calm.check()


async def test_the_containers_are_made_as_they_are_declared(calm: CosmosStore) -> None:
    for container in CONTAINERS:
        made = await calm._database.get_container_client(container.name).read()
        assert made["partitionKey"]["paths"] == [container.partition_key]
        assert made["defaultTtl"] == container.time_to_live
        included = [entry["path"] for entry in made["indexingPolicy"]["includedPaths"]]
        assert included[0] == f"{container.partition_key}/?"


async def test_messages_that_are_to_be_kept_longer_do_not_expire_before(tmp_path: Path) -> None:
    store = await cosmos_store(tmp_path, create=False)
    await store.create(keep=timedelta(days=100))
    made = await store._database.get_container_client("conversations").read()
    await store.close()
    assert made["defaultTtl"] == timedelta(days=107).total_seconds()


async def test_a_database_that_was_never_made_is_a_setting_to_mend(tmp_path: Path) -> None:
    store = await cosmos_store(tmp_path, create=False)
    with pytest.raises(Misconfigured, match="cairn store init"):
        await store.check()
    await store.close()


def test_the_searched_container_has_both_indexes_where_the_account_offers_them() -> None:
    policy = SNIPPETS.indexing(ranked=True)
    assert policy["vectorIndexes"] == [{"path": "/embedding", "type": "quantizedFlat"}]
    assert policy["fullTextIndexes"] == [{"path": "/words"}]
    assert "vectorIndexes" not in SNIPPETS.indexing(ranked=False)


async def test_what_a_question_means_stands_where_the_vector_policy_says_and_nowhere_else(calm: CosmosStore) -> None:
    snippet = replace(a_snippet(), embedding=an_embedding(a_snippet().question))
    await calm.put_snippet(snippet, etag=None)
    content = await calm.of(SNIPPETS).read(document_id("snippet", snippet.id), snippet.audience_id)
    assert content is not None
    (policy,) = embedding_policy()["vectorEmbeddings"]
    numbers = content[policy["path"].removeprefix("/")]
    assert len(numbers) == policy["dimensions"]
    assert all(len(str(number)) <= 8 for number in numbers), "no longer than their five decimals"
    assert json.loads(body_of(content))["embedding"] is None
    assert value_of(type(snippet), content) == snippet


@pytest.mark.parametrize("embedded", [True, False])
async def test_where_the_account_ranks_one_query_names_audiences_words_and_meaning(
    calm: CosmosStore, monkeypatch: pytest.MonkeyPatch, embedded: bool
) -> None:
    asked: list[tuple[Query, Any]] = []

    async def ask(_: Collection, query: Query, values: Any, **__: Any) -> list[Any]:
        asked.append((query, values))
        return []

    monkeypatch.setattr(Collection, "ask", ask)
    calm.ranks_inside = True
    embedding = an_embedding("vacation") if embedded else None
    audiences = frozenset({AudienceId("a"), AudienceId("b")})
    assert await calm.search(audiences, "Printer, or\ud800 …?", limit=7, embedding=embedding) == []
    ((query, values),) = asked
    assert query.text == ranking_query(audiences=2, terms=2, vector=embedded, limit=7).text
    assert [values[name] for name in ("a0", "a1", "w0", "w1")] == ["a", "b", "printer,", "or?"]
    assert ("vector" in values) is embedded
    assert len(values.get("vector", [])) in (0, 384)
    assert await calm.search(frozenset(), "printer", limit=7, embedding=embedding) == []
    assert await calm.search(audiences, "…", limit=7) == []
    assert len(asked) == 1
