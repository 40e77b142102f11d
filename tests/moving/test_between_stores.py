"""From one kind of store to the other and back: the same store, byte for byte, however often it was cut off."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.faq import Row
from shared.domain.moving import Kind
from shared.domain.snippets import Imported
from shared.errors import Conflict
from shared.ports import Store
from shared.usecases.bring_in import Became
from shared.usecases.context import Context
from shared.usecases.import_faq import Outcome, import_faq
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import TENANT
from tests.moving.files import exported, imported
from tests.usecases.life import Life
from tests.usecases.world import ANN, World

pytestmark = pytest.mark.usefixtures("life")


@pytest.fixture
async def cosmos(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on the Cosmos server."""
    store = await cosmos_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
async def back(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty SQLite store."""
    store = SqliteStore(tmp_path / "back.sqlite", tenant_id=TENANT)
    yield store
    await store.close()


def on(world: World, store: Store) -> Context:
    return replace(world.context, store=store)


async def test_from_sqlite_to_cosmos_and_back_nothing_is_lost_or_changed(
    world: World, cosmos: Store, back: Store, tmp_path: Path
) -> None:
    await world.store.put_tombstone("ab" * 32, world.now)
    first = await exported(world.store, tmp_path / "first.jsonl")
    assert all(f'{{"kind":"{kind}"'.encode() in first for kind in set(Kind) - {Kind.TENANT}), "some of everything"
    done, faults, wrong = await imported(on(world, cosmos), tmp_path / "first.jsonl")
    assert (faults, wrong) == ([], "")
    assert {became for _, became in done.done} == {Became.WRITTEN}
    second = await exported(cosmos, tmp_path / "second.jsonl.gz")
    assert second == first
    await imported(on(world, back), tmp_path / "second.jsonl.gz")
    assert await exported(back, tmp_path / "third.jsonl") == first


async def test_what_was_moved_works_as_before(world: World, life: Life, cosmos: Store, tmp_path: Path) -> None:
    await exported(world.store, tmp_path / "first.jsonl")
    await imported(on(world, cosmos), tmp_path / "first.jsonl")
    for store in (world.store, cosmos):
        audiences = await store.audiences_of(ANN.key)
        assert audiences == await world.store.audiences_of(ANN.key)
        found = await store.search(audiences, "printer", limit=5)
        assert {snippet.id for snippet in found} == {
            snippet.id for snippet in await world.store.search(audiences, "printer", limit=5)
        }
        assert await store.experts(audience_of_space(life.space.id)) == await world.store.experts(
            audience_of_space(life.space.id)
        )
        assert await store.counts() == await world.store.counts()
        assert {p.id for p in await store.all_postings()} == {p.id for p in await world.store.all_postings()}


async def test_bringing_in_twice_changes_nothing(world: World, elsewhere: World, tmp_path: Path) -> None:
    first = await exported(world.store, tmp_path / "first.jsonl")
    await imported(elsewhere.context, tmp_path / "first.jsonl")
    etags = elsewhere.file.rows("SELECT etag FROM messages UNION ALL SELECT etag FROM snippets ORDER BY 1")
    done, faults, _ = await imported(elsewhere.context, tmp_path / "first.jsonl")
    assert {became for _, became in done.done} == {Became.THERE}
    assert not faults
    assert elsewhere.file.rows("SELECT etag FROM messages UNION ALL SELECT etag FROM snippets ORDER BY 1") == etags
    assert await exported(elsewhere.store, tmp_path / "second.jsonl") == first


@pytest.mark.parametrize("most", range(0, 12, 3))
async def test_an_export_and_an_import_that_were_cut_off_go_on_to_the_same_end(
    world: World, elsewhere: World, tmp_path: Path, most: int
) -> None:
    whole = await exported(world.store, tmp_path / "whole.jsonl")
    for name in ("cut.jsonl", "cut.jsonl.gz"):
        for pages in (most, 1):
            with pytest.raises(KeyboardInterrupt):
                await exported(world.store, tmp_path / name, page=3, most=pages)
        assert await exported(world.store, tmp_path / name, page=3) == whole
    with pytest.raises(KeyboardInterrupt):
        await imported(elsewhere.context, tmp_path / "cut.jsonl", most=most)
    await imported(elsewhere.context, tmp_path / "cut.jsonl")
    assert await exported(elsewhere.store, tmp_path / "again.jsonl") == whole


async def test_somebody_who_writes_at_the_same_time_is_not_written_over(
    world: World, elsewhere: World, life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await exported(world.store, tmp_path / "first.jsonl")
    put = elsewhere.store.put_space
    beaten: list[object] = []

    async def beaten_once(space: object, *, etag: str | None) -> str:
        if not beaten:
            beaten.append(space)
            await put(replace(life.space, name="Newer", members_as_of=elsewhere.now.replace(year=2030)), etag=None)
            raise Conflict("faster")
        return await put(space, etag=etag)  # type: ignore[arg-type]

    monkeypatch.setattr(elsewhere.store, "put_space", beaten_once)
    await imported(elsewhere.context, tmp_path / "first.jsonl")
    assert [space.name for space in await elsewhere.store.all_spaces() if space.id == life.space.id] == ["Newer"]


async def test_a_file_of_questions_gives_the_same_on_either_store(
    world: World, elsewhere: World, life: Life, cosmos: Store, tmp_path: Path
) -> None:
    rows = [
        Row(question=f"Question {n}?", answer=f"Answer {n}.", source=Imported(file="faq.tsv", row=n, at=world.now))
        for n in range(2, 9)
    ]
    contexts = (elsewhere.context, on(elsewhere, cosmos))
    for context in contexts:
        await context.store.put_space(life.space, etag=None)
        for expected in (Outcome.NEW, Outcome.SAME):
            report = await import_faq(rows, life.space, context, reviews=2)
            assert report.questions == {expected: 7}
    one, other = [await exported(c.store, tmp_path / f"{n}.jsonl") for n, c in enumerate(contexts)]
    assert one == other
    assert one.count(b'"imported":{"file":"faq.tsv"') == 7


async def test_an_export_for_an_audience_holds_only_what_its_members_may_see(
    world: World, life: Life, tmp_path: Path
) -> None:
    other = await world.space("Management", members=[ANN])
    whole = await exported(world.store, tmp_path / "whole.jsonl")
    seen = await exported(world.store, tmp_path / "seen.jsonl", (audience_of_space(life.space.id),))
    assert str(other.id).encode() in whole
    assert str(other.id).encode() not in seen
    for kind in (Kind.PROFILE, Kind.POSTING, Kind.LABEL, Kind.EVENT, Kind.TENANT, Kind.TOMBSTONE):
        assert f'{{"kind":"{kind}"'.encode() not in seen
    assert b'{"kind":"snippet"' in seen
    voices = [json.loads(line)["value"]["approaches"] for line in seen.splitlines() if b'"kind":"snippet"' in line]
    helped = [approach["helped"] for approaches in voices for approach in approaches]
    assert any(helped)
    assert {key for keys in helped for key in keys} == {""}, "that somebody said so is shown, and not who"
    for cut in range(1, 6):
        with pytest.raises(KeyboardInterrupt):
            await exported(world.store, tmp_path / f"{cut}.jsonl", _both(life, other.id), page=2, most=cut)
        again = await exported(world.store, tmp_path / f"{cut}.jsonl", _both(life, other.id), page=2)
        assert again.count(b'{"kind":"space"') == 2
        assert again.count(b'{"kind":"message"') == seen.count(b'{"kind":"message"')


def _both(life: Life, other: str) -> tuple:  # type: ignore[type-arg]
    return tuple(sorted((audience_of_space(life.space.id), audience_of_space(other))))  # type: ignore[arg-type]
