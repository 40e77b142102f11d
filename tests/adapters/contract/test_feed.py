"""The feed of changed snippets: all of them come, the latest write last, and it goes on where it was left."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.feed import Changed, FeedPlace
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet
from shared.domain.tallies import Counted, Standing, Tally
from shared.errors import Conflict
from shared.ports import Store
from tests.builders import HELP, a_snippet

HELPERS = audience_of_space(HELP)


def change_of(snippet: Snippet) -> Changed:
    return Changed(audience_id=snippet.audience_id, snippet_id=snippet.id, revision=snippet.revision)


async def read_on(store: Store, after: str = "", *, limit: int = 3) -> tuple[list[Changed], str]:
    """Everything from a place to the end of the feed."""
    found: list[Changed] = []
    while True:
        piece = await store.snippet_changes(after, limit=limit)
        found += piece.changed
        if not piece.more:
            return found, piece.after
        assert piece.after != after, "it moves on"
        after = piece.after


def numbered(number: int, revision: int = 1, audience_id: AudienceId = HELPERS) -> Snippet:
    return replace(a_snippet(str(number), audience_id=audience_id), revision=revision)


async def put_all(store: Store, snippets: Sequence[Snippet]) -> list[str]:
    return [await store.put_snippet(snippet, etag=None) for snippet in snippets]


async def test_an_empty_store_has_no_changes(store: Store) -> None:
    found, after = await read_on(store)
    assert found == []
    assert (await read_on(store, after))[0] == []


async def test_every_snippet_of_every_audience_comes_however_small_the_pieces(store: Store) -> None:
    snippets = [numbered(n, audience_id=ORGANISATION if n % 2 else HELPERS) for n in range(10)]
    await put_all(store, snippets)
    for limit in (1, 4, 10, 11):
        found, _ = await read_on(store, limit=limit)
        assert set(found) == {change_of(snippet) for snippet in snippets}


async def test_what_is_written_later_comes_later_and_with_its_latest_revision(store: Store) -> None:
    etags = await put_all(store, [numbered(n) for n in range(5)])
    _, place = await read_on(store)
    await store.put_snippet(numbered(2, revision=2), etag=etags[2])
    await store.put_snippet(numbered(7), etag=None)
    found, _ = await read_on(store, place)
    assert {change_of(numbered(2, revision=2)), change_of(numbered(7))} <= set(found)
    assert change_of(numbered(2)) not in found


async def test_another_process_reads_on_from_the_same_place(store: Store, another: Store) -> None:
    await put_all(store, [numbered(n) for n in range(3)])
    _, place = await read_on(store)
    await store.put_snippet(numbered(9), etag=None)
    assert change_of(numbered(9)) in (await read_on(another, place))[0]


async def test_two_who_follow_the_feed_find_out_about_each_other(store: Store, another: Store) -> None:
    etag = await store.put_feed_place(FeedPlace(after="1"), etag=None)
    await another.put_feed_place(FeedPlace(after="2"), etag=etag)
    with pytest.raises(Conflict):
        await store.put_feed_place(FeedPlace(after="3"), etag=etag)
    place = await store.feed_place()
    assert place is not None
    assert place.value == FeedPlace(after="2")


async def test_tallies_are_kept_by_audience_and_month(store: Store) -> None:
    counted = Counted(snippet_id=a_snippet().id, revision=1, standing=Standing.VERIFIED)
    tallies = [
        Tally(audience_id=audience, month=month, counted=(counted,))
        for audience in (ORGANISATION, HELPERS)
        for month in ("2026-02", "2026-03")
    ]
    for tally in reversed(tallies):
        await store.put_tally(tally, etag=None)
    assert list(await store.tallies(HELPERS)) == tallies[2:]
    assert list(await store.all_tallies()) == tallies
    found = await store.tally(ORGANISATION, "2026-03")
    assert found is not None
    assert found.value == tallies[1]
    assert await store.tally(ORGANISATION, "2026-04") is None
