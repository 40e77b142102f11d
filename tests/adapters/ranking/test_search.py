"""A search in this process: indexes within bounds, up to date, and nothing shown that has changed meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from shared.adapters.ranking.audience_index import AudienceIndex, Entry
from shared.adapters.ranking.nominating import Nominated
from shared.adapters.ranking.search import Found, Search, texts_of
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet, Trust
from shared.errors import TryLater
from tests.builders import a_snippet, an_embedding

A, B, C = AudienceId("a"), AudienceId("b"), AudienceId("c")


def an_entry(snippet: Snippet, version: str) -> Entry:
    question, rest = texts_of(snippet)
    usable = snippet.usable
    return Entry(key=snippet.id, version=version, usable=usable, question=question, rest=rest, embedding=snippet.meant)


@dataclass
class Shelf:
    """A store that keeps what was written in order, and does between reading and showing what it is told to."""

    written: list[Snippet] = field(default_factory=list)
    read: Counter[AudienceId] = field(default_factory=Counter)
    meanwhile: list[Snippet] = field(default_factory=list)
    fails_after: int | None = None
    slow: asyncio.Event | None = None

    async def refresh(self, indexes: Mapping[AudienceId, AudienceIndex]) -> None:
        for audience_id, index in indexes.items():
            for number, snippet in enumerate(self.written, start=1):
                if snippet.audience_id == audience_id and number > index.since:
                    self.read[audience_id] += 1
                    index.put(an_entry(snippet, str(number)))
                    if self.fails_after is not None and self.read.total() >= self.fails_after:
                        raise TryLater("busy", after=timedelta(seconds=1))
            if self.slow is not None:
                await self.slow.wait()
            index.since = len(self.written)

    async def as_they_stand(self, nominated: Sequence[Nominated]) -> Sequence[Found | None]:
        self.written += self.meanwhile
        self.meanwhile = []
        now = {(s.audience_id, str(s.id)): Found(s, str(number)) for number, s in enumerate(self.written, start=1)}
        return [now.get((one.audience_id, one.key)) for one in nominated]

    def search(self, most_bytes: int = 2**30) -> Search:
        return Search(self.refresh, self.as_they_stand, most_bytes=most_bytes)


def on(audience: AudienceId, name: str = "one", question: str = "Where is the badge?", **changes: object) -> Snippet:
    return replace(a_snippet(name, audience_id=audience, question=question), **changes)  # type: ignore[arg-type]


async def found(search: Search, audiences: set[AudienceId], text: str = "badge") -> list[Snippet]:
    return list(await search.find(frozenset(audiences), text, None, limit=10))


async def test_what_was_read_once_is_not_read_again_and_what_is_new_is() -> None:
    shelf = Shelf([on(A), on(B)])
    search = shelf.search()
    assert await found(search, {A}) == [on(A)]
    assert await found(search, {A, B}) == [on(A), on(B)]
    assert shelf.read == {A: 1, B: 1}
    shelf.written.append(on(A, "two"))
    assert set(await found(search, {A})) == {on(A), on(A, "two")}
    assert shelf.read == {A: 2, B: 1}


async def test_the_longest_unused_audiences_go_when_memory_is_short() -> None:
    shelf = Shelf([on(audience, str(number)) for audience in (A, B, C) for number in range(20)])
    one = shelf.search()
    await found(one, {A})
    search = shelf.search(most_bytes=2 * one.bytes + 100)
    shelf.read.clear()
    for audience in (A, B, A, C, A):
        await found(search, {audience})
    assert shelf.read == {A: 20, B: 20, C: 20}, "A was asked for all the time, B made room for C"
    assert search.bytes <= 2 * one.bytes + 100
    await found(search, {B})
    assert shelf.read[B] == 40


async def test_a_refresh_that_broke_off_is_made_up_for_by_the_next() -> None:
    shelf = Shelf([on(A, str(number)) for number in range(5)], fails_after=3)
    search = shelf.search()
    with pytest.raises(TryLater):
        await found(search, {A})
    shelf.fails_after = None
    assert len(await found(search, {A})) == 5


async def test_what_changed_after_it_was_nominated_is_shown_as_it_stands_or_not_at_all() -> None:
    for now, expected in (
        (on(A, trust=Trust.RETIRED), []),
        (on(A, question="Where is the ladder?"), []),
        (on(A, question="Who has the badge now?"), [on(A, question="Who has the badge now?")]),
    ):
        shelf = Shelf([on(A)])
        search = shelf.search()
        shelf.meanwhile = [now]
        assert await found(search, {A}) == expected


async def test_what_means_something_else_since_it_was_nominated_is_not_shown() -> None:
    def snippet(question: str, near: str) -> Snippet:
        return on(A, question=question, embedding=an_embedding(question, near))

    for now, shown in ((snippet("Leave?", "ladder"), 0), (snippet("Leave?", "holiday"), 1), (on(A, question="L?"), 0)):
        shelf = Shelf([snippet("Days off?", "holiday")])
        search = shelf.search()
        shelf.meanwhile = [now]
        wanted = an_embedding("vacation", "holiday")
        assert len(await search.find(frozenset({A}), "vacation", wanted, limit=10)) == shown


async def test_as_many_are_shown_as_were_asked_for_though_the_first_are_gone() -> None:
    shelf = Shelf([on(A, str(number)) for number in range(9)])
    search = shelf.search()
    first = (await search.find(frozenset({A}), "badge", None, limit=4))[:3]
    shelf.meanwhile = [replace(snippet, trust=Trust.RETIRED) for snippet in first]
    assert len(await search.find(frozenset({A}), "badge", None, limit=4)) == 4


async def test_a_first_reading_is_waited_for_and_keeps_nobody_waiting_who_does_not_need_it() -> None:
    shelf = Shelf([on(A), on(B)])
    search = shelf.search()
    await found(search, {B})
    shelf.slow = asyncio.Event()
    waiting = [asyncio.create_task(found(search, {A})) for _ in range(2)]
    await asyncio.sleep(0)
    slow, shelf.slow = shelf.slow, None
    assert await found(search, {B}) == [on(B)]
    slow.set()
    assert await asyncio.gather(*waiting) == [[on(A)], [on(A)]]
    assert shelf.read[A] == 1


async def test_an_audience_that_was_forgotten_is_read_anew() -> None:
    shelf = Shelf([on(A), on(B)])
    search = shelf.search()
    await found(search, {A, B})
    search.invalidate(A)
    search.invalidate(C)
    await found(search, {A, B})
    assert shelf.read == {A: 2, B: 1}


async def test_changes_that_are_heard_of_late_or_out_of_order_do_no_harm() -> None:
    badge, ladder = on(A), on(A, question="Where is the ladder?")
    shelf = Shelf([badge])
    search = shelf.search()
    await found(search, {A})
    shelf.written.append(ladder)
    search.apply(A, an_entry(ladder, "2"), at=2)
    assert await found(search, {A}, "ladder") == [ladder]
    search.apply(A, an_entry(badge, "1"), at=1)
    search.apply(C, an_entry(badge, "1"), at=1)
    assert await found(search, {A}, "ladder") == [ladder]
    assert await found(search, {A}, "badge") == []


@pytest.mark.parametrize(("text", "limit"), [("badge", 0), ("badge", -1), ("", 5), ("?!", 5)])
async def test_nothing_is_read_for_a_search_that_can_find_nothing(text: str, limit: int) -> None:
    shelf = Shelf([on(A)])
    assert await shelf.search().find(frozenset({A}), text, None, limit=limit) == []
    assert await shelf.search().find(frozenset(), "badge", None, limit=5) == []
    assert not shelf.read
