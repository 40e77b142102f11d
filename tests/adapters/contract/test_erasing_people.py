"""What erasing a person asks of a store: find everything that names them, remember that they are gone, let go."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from shared.domain.exchanges import Thread
from shared.domain.identity import SpaceId
from shared.domain.people import AskedBy, Erasing
from shared.domain.postings import forgotten
from shared.ports import Store, Stored
from tests.builders import (
    a_message,
    a_person,
    a_posting,
    a_profile,
    a_snippet,
    a_thread,
    an_event,
    an_expertise,
    at,
    kept_topics,
)

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
QUOTED = 'Zoë "Zee" Ångström'


async def test_messages_are_found_by_any_of_some_texts_in_any_case_of_letters(store: Store) -> None:
    said = ("Ask BOB ray", "Nobody here", "Bobby Ray", f"It was {QUOTED}", "line\nbreak")
    for number, text in enumerate(said):
        await store.put_message(a_message(number, author=ANN, text=text), etag=None)
    for texts, expected in (
        (("Bob Ray",), ["Ask BOB ray"]),
        (("bob", "nobody"), ["Ask BOB ray", "Nobody here", "Bobby Ray"]),
        ((QUOTED,), [f"It was {QUOTED}"]),
        (("line\nbreak",), ["line\nbreak"]),
        (("%", "_ob", ""), []),
        ((), []),
    ):
        assert [m.value.text for m in await store.messages_naming(texts)] == expected


async def test_a_person_is_found_by_their_key_in_every_kind_of_document(store: Store) -> None:
    await store.put_message(a_message(author=BOB), etag=None)
    await store.put_thread(replace(a_thread(), asker=BOB), etag=None)
    await store.put_snippet(a_snippet(), etag=None)
    await store.put_posting(replace(a_posting(), asked=(BOB.key,)), etag=None)
    await store.put_expertise(an_expertise(BOB), etag=None)
    await store.put_kept_topics(kept_topics("dock", by=BOB), etag=None)
    find: tuple[Callable[[tuple[str, ...]], Awaitable[object]], ...] = (
        store.messages_naming,
        store.threads_naming,
        store.snippets_naming,
        store.postings_naming,
        store.expertise_naming,
        store.topics_naming,
    )
    for method in find:
        found = await method((BOB.key,))
        assert isinstance(found, list)
        assert len(found) == 1, method
        assert isinstance(found[0], Stored)
        assert await method((a_person("Somebody Else").key,)) == []


async def test_what_was_found_can_be_written_under_the_etag_that_it_came_with(store: Store) -> None:
    await store.put_thread(replace(a_thread(), asker=BOB), etag=None)
    (found,) = await store.threads_naming((BOB.key,))
    await store.put_thread(replace(found.value, asker=None), etag=found.etag)
    stored = await store.thread(found.value.space_id, found.value.id)
    assert stored is not None
    assert stored.value == Thread(space_id=found.value.space_id, id=found.value.id, state=found.value.state)


async def test_everything_is_looked_through_however_much_there_is(store: Store) -> None:
    for number in range(4100):
        text = "Bob Ray" if number in (0, 1999, 2000, 2001, 4099) else "Somebody"
        await store.put_message(a_message(number, author=ANN, text=text), etag=None)
    assert len(await store.messages_naming(("Bob Ray",))) == 5


async def test_a_tombstone_stands_until_it_is_dropped_and_keeps_its_first_moment(store: Store) -> None:
    assert await store.tombstone("a" * 64) is None
    await store.put_tombstone("a" * 64, at(1))
    await store.put_tombstone("a" * 64, at(5))
    assert await store.tombstone("a" * 64) == at(1)
    assert await store.tombstones(frozenset({"a" * 64, "b" * 64})) == {"a" * 64}
    assert await store.tombstones(frozenset()) == frozenset()
    for _ in range(2):
        await store.drop_tombstone("a" * 64)
    assert await store.tombstone("a" * 64) is None


async def test_who_has_opted_out_is_told_of_those_that_were_asked_for(store: Store) -> None:
    cleo = a_person("Cleo Fox")
    await store.put_profile(replace(a_profile(BOB), opted_out=True), etag=None)
    await store.put_profile(replace(a_profile(cleo), opted_out=True), etag=None)
    await store.put_profile(a_profile(ANN), etag=None)
    assert await store.opted_out(frozenset({ANN.key, BOB.key, a_person("Nobody").key})) == {BOB.key}
    assert await store.opted_out(frozenset()) == frozenset()


async def test_a_profile_goes_and_that_is_told_once(store: Store) -> None:
    await store.put_profile(a_profile(BOB), etag=None)
    await store.put_profile(a_profile(ANN), etag=None)
    assert await store.drop_profile(BOB.key)
    assert not await store.drop_profile(BOB.key)
    assert await store.profile(BOB.key) is None
    assert await store.profile(ANN.key) is not None


async def test_erasures_that_are_under_way_are_found(store: Store) -> None:
    under_way = replace(a_profile(BOB), erasing=Erasing(names=("Bob Ray",), asked_by=AskedBy.THEMSELVES))
    await store.put_profile(under_way, etag=None)
    await store.put_profile(replace(a_profile(ANN), opted_out=True), etag=None)
    assert list(await store.profiles_being_erased()) == [under_way]


async def test_a_posting_to_be_forgotten_is_unfinished_until_it_is_dropped(store: Store) -> None:
    await store.put_posting(forgotten(a_posting("a")), etag=None)
    await store.put_posting(a_posting("b", created_at=at(9)), etag=None)
    assert [p.id for p in await store.unfinished(at(5), limit=10)] == [a_posting("a").id]
    for _ in range(2):
        await store.drop_posting(a_posting("a").id)
    assert [p.id for p in await store.all_postings()] == [a_posting("b").id]


async def test_what_a_person_did_is_dropped_and_what_others_did_stays(store: Store) -> None:
    facts = (replace(an_event("a"), by=BOB.key), replace(an_event("b"), by=ANN.key), an_event("c"))
    for fact in facts:
        await store.append(fact)
    assert await store.drop_events(BOB.key) == 1
    assert await store.drop_events(BOB.key) == 0
    assert sorted(e.id for e in await store.latest(limit=9)) == sorted(f.id for f in facts[1:])


async def test_old_facts_are_purged_oldest_first_within_the_limit(store: Store) -> None:
    for minutes in (3, 1, 2, 4):
        await store.append(an_event(str(minutes), moment=at(minutes)))
    assert await store.purge_events(at(4), limit=2) == 2
    assert [e.at for e in await store.latest(limit=9)] == [at(4), at(3)]
    assert await store.purge_events(at(4), limit=2) == 1
    assert await store.purge_events(at(4), limit=2) == 0


@pytest.mark.parametrize("space_id", [None, SpaceId("19:other@thread.tacv2")])
async def test_a_purge_may_concern_one_space(store: Store, space_id: SpaceId | None) -> None:
    other = SpaceId("19:other@thread.tacv2")
    await store.put_message(a_message(1), etag=None)
    await store.put_message(a_message(2, space_id=other), etag=None)
    assert await store.purge(at(9), limit=10, space_id=space_id) == (1 if space_id else 2)
    assert await store.count_messages() == (1 if space_id else 0)
