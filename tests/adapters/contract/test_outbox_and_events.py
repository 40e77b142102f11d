"""The contracts of `shared.ports.Outbox` and `shared.ports.Events`, and of the store as a whole."""

from dataclasses import replace

from shared.domain.events import EventKind
from shared.domain.identity import SnippetId, SpaceId, ThreadId
from shared.domain.postings import PostingState
from shared.ports import Store
from tests.builders import HELP, a_posting, a_snippet, an_event, at

CHAT = SpaceId("19:chat@thread.v2")


async def test_showing_gives_every_posting_of_a_snippet_whatever_its_state(store: Store) -> None:
    scanner, other = a_snippet("scanner"), a_snippet("other")
    expected = [
        a_posting("a", snippet=scanner, state=PostingState.POSTED, created_at=at(1)),
        a_posting("b", snippet=scanner, state=PostingState.WITHDRAWN, created_at=at(2), space_id=CHAT),
    ]
    for posting in (*expected[::-1], a_posting("c", snippet=other), a_posting("d")):
        await store.put_posting(posting, etag=None)
    assert list(await store.showing(scanner.id)) == expected
    assert list(await store.showing(SnippetId("unheard of"))) == []


async def test_a_posting_that_shows_another_snippet_now_no_longer_shows_the_first(store: Store) -> None:
    scanner, other = a_snippet("scanner"), a_snippet("other")
    etag = await store.put_posting(a_posting(snippet=scanner), etag=None)
    await store.put_posting(a_posting(snippet=other), etag=etag)
    assert list(await store.showing(scanner.id)) == []
    assert list(await store.showing(other.id)) == [a_posting(snippet=other)]


async def test_the_postings_of_a_thread_are_those_of_its_space(store: Store) -> None:
    here = a_posting("a", thread_id="t")
    for posting in (here, a_posting("b", thread_id="t", space_id=CHAT), a_posting("c", thread_id="u"), a_posting("d")):
        await store.put_posting(posting, etag=None)
    assert list(await store.of_thread(HELP, ThreadId("t"))) == [here]


async def test_unfinished_are_postings_that_have_been_wanted_or_reserved_for_too_long(store: Store) -> None:
    wanted = a_posting("wanted", created_at=at(2))
    reserved = a_posting("reserved", state=PostingState.RESERVED, created_at=at(1))
    for posting in (
        wanted,
        reserved,
        a_posting("posted", state=PostingState.POSTED, created_at=at(1)),
        a_posting("withdrawn", state=PostingState.WITHDRAWN, created_at=at(1)),
        a_posting("new", created_at=at(5)),
    ):
        await store.put_posting(posting, etag=None)
    assert list(await store.unfinished(at(5), limit=10)) == [reserved, wanted]
    assert list(await store.unfinished(at(5), limit=1)) == [reserved]


async def test_a_posting_that_was_posted_is_no_longer_unfinished(store: Store) -> None:
    etag = await store.put_posting(a_posting(state=PostingState.RESERVED), etag=None)
    await store.put_posting(a_posting(state=PostingState.POSTED), etag=etag)
    assert list(await store.unfinished(at(5), limit=10)) == []


async def test_all_postings_come_in_order_of_creation(store: Store) -> None:
    postings = [a_posting(str(minutes), created_at=at(minutes)) for minutes in range(5)]
    for posting in (postings[3], postings[0], postings[4], postings[1], postings[2]):
        await store.put_posting(posting, etag=None)
    assert list(await store.all_postings()) == postings


async def test_a_fact_that_is_there_already_stays_as_it_was(store: Store) -> None:
    await store.append(an_event("one"))
    await store.append(replace(an_event("one"), detail="again", at=at(9)))
    assert list(await store.latest(limit=10)) == [an_event("one")]
    assert await store.counts() == {EventKind.ASKED: 1}


async def test_facts_come_newest_first_within_the_limit_and_are_counted_by_kind(store: Store) -> None:
    facts = [an_event(str(n), moment=at(n)) for n in (1, 2)] + [an_event("3", kind=EventKind.HELPED, moment=at(3))]
    for fact in (facts[1], facts[2], facts[0]):
        await store.append(fact)
    assert list(await store.latest(limit=2)) == [facts[2], facts[1]]
    counted = await store.counts()
    assert counted == {EventKind.ASKED: 2, EventKind.HELPED: 1}
    assert all(isinstance(kind, EventKind) for kind in counted)


async def test_an_empty_store_counts_nothing_and_is_well(store: Store) -> None:
    assert await store.counts() == {}
    assert await store.count() == 0
    assert await store.count_messages() == 0
    assert list(await store.latest(limit=5)) == []
    await store.check()


async def test_appending_says_whether_the_fact_is_new(store: Store) -> None:
    assert await store.append(an_event())
    assert not await store.append(an_event())
