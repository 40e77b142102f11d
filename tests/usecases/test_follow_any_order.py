"""Changes that come twice, late, out of order, to several followers at once, or are cut off: the same copies at last.

One snippet lives at home through random changes. Followers are told of them in random order; each may read a home
that is out of date, be overtaken by another between its reading and its writing, or die before or after a write. The
last change comes again until somebody has followed it; whatever comes after that may no longer do harm.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.copies import agreed, copy_for, disagreed, narrowed, widened
from shared.domain.feed import Changed
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet, Trust, Verb, edited, retired, verified
from shared.domain.spaces import SpaceKind
from shared.domain.tallies import standing_of
from shared.errors import TryLater
from shared.ports import Store, Stored
from shared.usecases.context import Context
from shared.usecases.follow import follow
from shared.usecases.writing import change_snippet
from tests.adapters.contract.conftest import ADAPTERS, Opener
from tests.builders import a_person, a_snippet, a_space, at
from tests.usecases.world import World

ANN, BOB = a_person(), a_person("Bob Ray")
OTHERS = audience_of_space(a_space("Others").id)
START = a_snippet()

ACTS: Mapping[str, Callable[[Snippet, int], Snippet]] = {
    "widen": lambda s, n: widened(s, ORGANISATION, ANN, at(n)),
    "widen to others": lambda s, n: widened(s, OTHERS, ANN, at(n)),
    "narrow": lambda s, n: narrowed(s, ORGANISATION, ANN, at(n)),
    "agree": lambda s, n: agreed(s, ORGANISATION, BOB.key, at(n)),
    "disagree": lambda s, n: disagreed(s, ORGANISATION, BOB.key),
    "edit": lambda s, n: edited(s, ANN, at(n), question=f"Question {n}?"),
    "verify": lambda s, n: verified(s, ANN, at(n)),
    "retire": lambda s, n: retired(s, at(n), verb=Verb.REJECTED, reason="wrong", by=ANN),
    "restore": lambda s, n: replace(s, trust=Trust.PROPOSED, updated_at=at(n)),
}


@dataclass(frozen=True)
class Telling:
    """A follower is told of a change."""

    of: int
    """Which one: so many before the latest."""
    behind: int
    """How many versions its first readings of home are out of date."""
    overtaken_by: tuple[str, ...]
    """What happens at home, and is followed by another, before its next write."""
    dies_at: int
    """At which write it dies; 0 for never."""
    after: bool
    """Whether that write is carried out."""


acts = st.sampled_from(sorted(ACTS))
tellings = st.builds(
    Telling,
    of=st.integers(0, 3),
    behind=st.integers(0, 2),
    overtaken_by=st.lists(acts, max_size=2).map(tuple),
    dies_at=st.integers(0, 3),
    after=st.booleans(),
)
lives = st.lists(acts | acts | tellings, min_size=2, max_size=12)
late = st.lists(tellings.map(lambda telling: replace(telling, overtaken_by=())), max_size=3)
"""What comes when the last change is over: nothing happens at home any more."""


class Life:
    """A snippet at home, and those who follow it."""

    def __init__(self, store: Store, world: World) -> None:
        self.store = store
        self._world = world
        self.versions: list[Snippet] = []
        self._moment = 1

    def context(self, store: object) -> Context:
        return replace(self._world.context, store=store)  # type: ignore[arg-type]

    async def act(self, act: str) -> None:
        """Something happens at home."""
        self._moment += 1

        def decide(known: Snippet | None) -> Snippet:
            return ACTS[act](known, self._moment) if known else START

        after = await change_snippet(START.audience_id, START.id, decide, self.store)
        assert after is not None
        if not self.versions or after != self.versions[-1]:
            self.versions.append(after)

    def change(self, of: int) -> Changed:
        version = self.versions[max(0, len(self.versions) - 1 - of)]
        return Changed(audience_id=version.audience_id, snippet_id=version.id, revision=version.revision)

    async def tell(self, telling: Telling) -> None:
        """A follower is told of a change, and lives through what the telling says."""
        with suppress(asyncio.CancelledError, TryLater):
            await follow([self.change(telling.of)], self.context(Follower(self, telling)))

    async def tell_until_it_is_followed(self, behind: int = 0) -> None:
        """The last change is brought again as long as whoever is told of it does not come to its end."""
        store = Follower(self, Telling(of=0, behind=behind, overtaken_by=(), dies_at=0, after=False))
        while True:
            with suppress(TryLater):
                await follow([self.change(0)], self.context(store))
                return


class Follower:
    """A store as one follower has it: out of date, overtaken, and mortal."""

    def __init__(self, life: Life, telling: Telling) -> None:
        self._life = life
        self._behind = telling.behind
        self._overtaken_by = list(telling.overtaken_by)
        self._left = telling.dies_at
        self._after = telling.after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._life.store, name)

    async def snippet(self, audience_id: AudienceId, snippet_id: SnippetId) -> Stored[Snippet] | None:
        found = await self._life.store.snippet(audience_id, snippet_id)
        if audience_id == START.audience_id and self._behind and found is not None:
            self._behind -= 1
            older = self._life.versions[max(0, len(self._life.versions) - 2 - self._behind)]
            return Stored(older, "out of date")
        return found

    async def put_snippet(self, snippet: Snippet, *, etag: str | None) -> str:
        if self._overtaken_by:
            await self._life.act(self._overtaken_by.pop())
            await self._life.tell_until_it_is_followed()
        return await self._mortal(lambda: self._life.store.put_snippet(snippet, etag=etag))

    async def put_tally(self, tally: Any, *, etag: str | None) -> str:
        return await self._mortal(lambda: self._life.store.put_tally(tally, etag=etag))

    async def _mortal(self, write: Callable[[], Awaitable[str]]) -> str:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise asyncio.CancelledError
        written = await write()
        if self._left == 0:
            raise asyncio.CancelledError
        return written


@pytest.mark.parametrize("kind", [SpaceKind.STANDARD, SpaceKind.CHAT])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_redelivered_out_of_order_overtaken_and_killed_half_way_ends_in_the_same_copies(
    adapter: str, kind: SpaceKind
) -> None:
    # Fewer examples where every call goes to a server.
    @settings(max_examples=60 if adapter == "sqlite" else 8, deadline=None)
    @given(lives, st.integers(0, 3), late)
    def ends_in_the_same_copies(steps: list[str | Telling], behind: int, afterwards: list[Telling]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(lived(ADAPTERS[adapter], Path(folder), kind, steps, behind, afterwards))

    ends_in_the_same_copies()


async def lived(
    opener: Opener, folder: Path, kind: SpaceKind, steps: list[str | Telling], behind: int, afterwards: list[Telling]
) -> None:
    store, world = await opener(folder), World(folder)
    try:
        home_space = replace(a_space("Help"), kind=kind)
        await store.put_space(home_space, etag=None)
        life = Life(store, world)
        await life.act("begin")
        await life.act("widen")
        for step in steps:
            await (life.act(step) if isinstance(step, str) else life.tell(step))
        await life.tell_until_it_is_followed(behind)
        for telling in afterwards:
            await life.tell(telling)
        home = life.versions[-1]
        for audience in sorted({widening.audience_id for widening in home.widened}):
            copy = await store.snippet(audience, home.id)
            assert copy is not None
            assert copy.value == copy_for(audience, home, kind)
        assert await usable_in_wider_audiences(store) == {a for a in home.wider if copy_for(a, home, kind).usable}
        (counted,) = [one for tally in await store.tallies(home.audience_id) for one in tally.counted]
        assert (counted.revision, counted.standing) == (home.revision, standing_of(home))
    finally:
        await store.close()
        await world.store.close()


async def usable_in_wider_audiences(store: Store) -> set[AudienceId]:
    return {snippet.audience_id for snippet in await store.visible(frozenset({ORGANISATION, OTHERS}), limit=9)}
