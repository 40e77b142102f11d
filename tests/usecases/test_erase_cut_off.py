"""An erasure that dies between any two of its steps, and is run again, ends as if it had never died."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.cards import AnsweredBefore, Card, Recall, Review
from shared.domain.people import AskedBy
from shared.usecases.context import Context
from shared.usecases.erase import erase
from shared.usecases.upkeep import purge, sweep
from tests.adapters.sqlite.files import everything
from tests.builders import a_snippet
from tests.usecases.life import live
from tests.usecases.world import CLEO, START, TENANT, World

_WRITES = ("put_", "drop_", "append", "send")


class Mortal:
    """A port whose user is killed at the `dies_at`-th write of all, just before or just after it."""

    def __init__(self, port: object, life: "Lifetime") -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found: Callable[..., Awaitable[object]] = getattr(self._port, name)
        return self._life.counted(found) if name.startswith(_WRITES) else found


class Lifetime:
    """How many writes somebody may do."""

    def __init__(self, dies_at: int, *, after: bool) -> None:
        self.writes = 0
        self._dies_at = dies_at
        self._after = after

    def counted(self, write: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def wrapped(*args: object, **named: object) -> object:
            self.writes += 1
            last = self.writes == self._dies_at
            if last and not self._after:
                raise asyncio.CancelledError
            done = await write(*args, **named)
            if last:
                raise asyncio.CancelledError
            return done

        return wrapped

    def context(self, world: World, *, nameless: bool = False) -> Context:
        context = replace(world.context, erased_stay_nameless=nameless)
        return replace(context, store=Mortal(context.store, self), queue=Mortal(context.queue, self))


class Copies:
    """Worlds that are copies of one in which a life was lived."""

    def __init__(self, lived: World, file: bytes, folder: Path) -> None:
        self._lived = lived
        self._file = file
        self._folder = folder
        self._made = 0

    def one(self) -> tuple[World, Path]:
        """A fresh copy, and its store's file."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        path = folder / "cairn.sqlite"
        path.write_bytes(self._file)
        world = World(folder)
        world.now = self._lived.now
        world.graph, world.teams = copy.deepcopy((self._lived.graph, self._lived.teams))
        world.queue.messages = list(self._lived.queue.messages)
        return world, path


@pytest.fixture
async def copies(tmp_path: Path) -> Copies:
    """Where worlds with Cleo's life come from."""
    (tmp_path / "lived").mkdir()
    world = World(tmp_path / "lived")
    await live(world)
    await world.store.close()
    return Copies(world, (tmp_path / "lived" / "cairn.sqlite").read_bytes(), tmp_path)


async def state(world: World) -> dict[str, object]:
    """Everything that the store holds and Teams shows, but for when something was last touched."""
    store = world.store
    assert isinstance(store, SqliteStore)
    tables = "messages snippets profiles expertise spaces members postings threads events labels topics"
    held: dict[str, object] = {table: store.rows(f"SELECT count(*) FROM {table}") for table in tables.split()}
    messages = await store.messages_naming((TENANT,))
    held["words"] = sorted((m.value.id, m.value.text, m.value.mentions, m.value.reactions) for m in messages)
    snippets = await store.snippets_naming(("audience_id",))
    held["knowledge"] = sorted(
        (s.value.id, s.value.question, s.value.asker, s.value.approaches, s.value.trust, s.value.trust_reason)
        for s in snippets
    )
    held["spaces"] = await store.all_spaces()
    postings = await store.all_postings()
    held["cards"] = [(p.kind, p.recipient, p.asker, p.suggested, p.text, p.wanted, p.state) for p in postings]
    threads = await store.threads_naming(("space_id",))
    held["threads"] = sorted((t.value.id, t.value.state, t.value.asker, t.value.question_ids) for t in threads)
    held["standing"] = {
        place: {activity: _shown(card) for activity, card in standing.items()}
        for place, standing in world.teams.cards.items()
        if standing
    }
    return held


def _shown(card: Card) -> object:
    if isinstance(card, AnsweredBefore | Review):
        return type(card), card.snippet.question, card.snippet.asker, card.snippet.approaches, card.snippet.trust
    return replace(card, at=START) if isinstance(card, Recall) else card


async def settled(world: World) -> None:
    """Let a day pass, with its sweeps."""
    await world.pass_time()
    world.now += timedelta(minutes=10)
    await sweep(world.context)
    await world.pass_time()


@pytest.mark.parametrize("nameless", [False, True])
async def test_dying_at_any_write_and_running_again_ends_in_the_same_state(copies: Copies, nameless: bool) -> None:
    world, path = copies.one()
    whole = Lifetime(0, after=True)
    await erase(CLEO.key, whole.context(world, nameless=nameless), by=AskedBy.ADMINISTRATOR)
    await settled(world)
    expected = await state(world)
    await world.store.close()
    assert whole.writes > 30
    for number in range(1, whole.writes + 2):
        world, path = copies.one()
        # Just before each write, and after the last.
        mortal = Lifetime(min(number, whole.writes), after=number > whole.writes)
        with pytest.raises(asyncio.CancelledError):
            await erase(CLEO.key, mortal.context(world, nameless=nameless), by=AskedBy.ADMINISTRATOR)
        world.now += timedelta(minutes=1)
        again = replace(world.context, erased_stay_nameless=nameless)
        await erase(CLEO.key, again, by=AskedBy.ADMINISTRATOR)
        await settled(world)
        assert await state(world) == expected, f"died at write {number}"
        held = everything(path).lower()
        assert CLEO.key.encode() not in held, f"died at write {number}"
        assert CLEO.name.lower().encode() not in held, f"died at write {number}"
        await world.store.close()


@pytest.mark.parametrize("number", [2, 3, 8, 20])
async def test_the_nights_purge_finishes_what_was_cut_off(copies: Copies, number: int) -> None:
    world, path = copies.one()
    with pytest.raises(asyncio.CancelledError):
        await erase(CLEO.key, Lifetime(number, after=number > 2).context(world), by=AskedBy.THEMSELVES)
    await purge(world.context)
    await settled(world)
    if number == 2:
        # Nothing but the tombstone was written: what comes in is refused, and the run itself is to be repeated.
        await erase(CLEO.key, world.context, by=AskedBy.THEMSELVES)
        await settled(world)
    assert CLEO.key.encode() not in everything(path)
    assert await world.store.profiles_being_erased() == []
    await world.store.close()


async def test_a_name_is_remembered_until_it_is_gone_from_what_others_wrote(tmp_path: Path) -> None:
    """Once Cleo's own document is clean, nothing but what is under way tells a second run whom the other speaks of."""
    writes = 0
    while True:
        writes += 1
        (tmp_path / str(writes)).mkdir()
        world = World(tmp_path / str(writes))
        await world.store.put_snippet(replace(a_snippet("hers"), asker=CLEO), etag=None)
        await world.store.put_snippet(a_snippet("of her", question="Who replaces Cleo Fox on Friday?"), etag=None)
        life = Lifetime(writes, after=False)
        try:
            await erase(CLEO.key, life.context(world), by=AskedBy.ADMINISTRATOR)
        except asyncio.CancelledError:
            await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
        assert b"Cleo Fox" not in everything(tmp_path / str(writes) / "cairn.sqlite"), f"died at write {writes}"
        await world.store.close()
        if life.writes < writes:
            break
    assert writes > 6
