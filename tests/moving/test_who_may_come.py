"""What an import keeps out: everything of who was erased or has opted out, here or where it comes from."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.exports.reading import export_from
from shared.domain.audiences import audience_of_space
from shared.domain.messages import Message
from shared.domain.moving import Kind, Moved, joined_expertise, joined_settings, people_in
from shared.domain.people import AskedBy, Profile
from shared.domain.snippets import Decision, Trust, Verb, retired
from shared.domain.tenant import TenantState
from shared.errors import TryLater
from shared.usecases.after_arrivals import after_arrivals
from shared.usecases.bring_in import Arrivals, Became, bring_in
from shared.usecases.consent import is_erased, may_keep, opt_in, opt_out
from shared.usecases.erase import erase
from tests.adapters.sqlite.files import everything
from tests.builders import a_snippet, an_expertise
from tests.moving.files import exported, imported
from tests.usecases.life import HER_QUESTION, HER_WAY, Life, live
from tests.usecases.world import ANN, BOB, CLEO, World


async def known_here(world: World) -> bytes:
    """Everything that a store's file holds of documents."""
    await world.store.close()
    return everything(world.file._path)


async def test_a_backup_does_not_bring_back_who_was_erased_since(
    world: World, life: Life, elsewhere: World, tmp_path: Path
) -> None:
    backup = await exported(world.store, tmp_path / "backup.jsonl")
    assert CLEO.key.encode() in backup
    assert b"Cleo Fox" in backup
    await erase(CLEO.key, elsewhere.context, by=AskedBy.ADMINISTRATOR)
    done, faults, wrong = await imported(elsewhere.context, tmp_path / "backup.jsonl")
    assert (faults, wrong) == ([], "")
    assert done.done[Kind.MESSAGE, Became.KEPT_OUT] >= 3
    assert sum(p.forget for p in await elsewhere.store.all_postings()) >= 3, "cards that stand are taken away"
    await elsewhere.pass_time(timedelta(minutes=1))
    held = await known_here(elsewhere)
    for trace in (CLEO.key, CLEO.object_id, "Cleo Fox", "cleo FOX", HER_WAY):
        assert trace.encode() not in held
    assert BOB.key.encode() in held


async def test_bringing_it_in_once_more_changes_nothing(
    world: World, life: Life, elsewhere: World, tmp_path: Path
) -> None:
    await exported(world.store, tmp_path / "backup.jsonl")
    await erase(CLEO.key, elsewhere.context, by=AskedBy.ADMINISTRATOR)
    await imported(elsewhere.context, tmp_path / "backup.jsonl")
    first = await exported(elsewhere.store, tmp_path / "first.jsonl")
    elsewhere.now += timedelta(hours=1)
    again, _, _ = await imported(elsewhere.context, tmp_path / "backup.jsonl")
    assert {pair for pair in again.done if pair[1] not in (Became.THERE, Became.KEPT_OUT)} == set()
    assert await exported(elsewhere.store, tmp_path / "second.jsonl") == first


async def test_who_was_erased_there_stays_erased_here(
    world: World, life: Life, elsewhere: World, tmp_path: Path
) -> None:
    await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    await world.pass_time(timedelta(minutes=1))
    moved = await exported(world.store, tmp_path / "moved.jsonl")
    assert CLEO.key.encode() not in moved
    await imported(elsewhere.context, tmp_path / "moved.jsonl")
    assert await is_erased(CLEO.key, elsewhere.context)
    assert not await may_keep(CLEO.key, elsewhere.context)
    await opt_in(CLEO, elsewhere.context)
    assert await may_keep(CLEO.key, elsewhere.context)


async def test_tombstones_under_two_salts_both_hold(world: World, elsewhere: World, tmp_path: Path) -> None:
    await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    await erase(BOB.key, elsewhere.context, by=AskedBy.ADMINISTRATOR)
    await exported(world.store, tmp_path / "moved.jsonl")
    for _ in range(2):
        await imported(elsewhere.context, tmp_path / "moved.jsonl")
    state = await elsewhere.store.tenant_state()
    assert state is not None
    assert len(state.value.salts) == 2
    for person, erased in ((CLEO, True), (BOB, True), (ANN, False)):
        assert await is_erased(person.key, elsewhere.context) == erased
    await erase(ANN.key, elsewhere.context, by=AskedBy.ADMINISTRATOR)
    assert await is_erased(ANN.key, elsewhere.context)


async def test_who_was_erased_there_and_is_still_known_here_is_erased_here(
    world: World, elsewhere: World, tmp_path: Path
) -> None:
    await live(elsewhere)
    await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    await exported(world.store, tmp_path / "moved.jsonl")
    arrivals, _, _ = await imported(elsewhere.context, tmp_path / "moved.jsonl")
    assert arrivals.tombstones == 1
    assert await after_arrivals(arrivals, elsewhere.context, was_empty=True) == 0
    assert await after_arrivals(arrivals, elsewhere.context, was_empty=False) == 1
    await elsewhere.pass_time(timedelta(minutes=1))
    assert await after_arrivals(arrivals, elsewhere.context, was_empty=False) == 0
    assert CLEO.key.encode() not in await exported(elsewhere.store, tmp_path / "after.jsonl")


async def test_who_has_opted_out_here_is_not_brought_back(
    world: World, life: Life, elsewhere: World, tmp_path: Path
) -> None:
    await exported(world.store, tmp_path / "backup.jsonl")
    await opt_out(CLEO, elsewhere.context)
    await imported(elsewhere.context, tmp_path / "backup.jsonl")
    held = await exported(elsewhere.store, tmp_path / "after.jsonl")
    assert HER_WAY.encode() not in held
    assert HER_QUESTION.encode() not in held
    assert all(e.person != CLEO for e in await elsewhere.store.experts(audience_of_space(life.space.id)))
    assert CLEO.key in {m.person.key for s in await elsewhere.store.all_spaces() for m in s.members or ()}
    assert not await may_keep(CLEO.key, elsewhere.context)


async def test_who_opted_out_there_is_silent_here_with_all_that_was_known(
    world: World, life: Life, elsewhere: World, tmp_path: Path
) -> None:
    await live(elsewhere)
    assert HER_WAY.encode() in await exported(elsewhere.store, tmp_path / "before.jsonl")
    await opt_out(CLEO, world.context)
    await exported(world.store, tmp_path / "moved.jsonl")
    await imported(elsewhere.context, tmp_path / "moved.jsonl")
    assert not await may_keep(CLEO.key, elsewhere.context)
    assert HER_WAY.encode() not in await exported(elsewhere.store, tmp_path / "after.jsonl")


async def test_an_opt_out_from_before_somebody_opted_in_is_no_news(
    world: World, elsewhere: World, tmp_path: Path
) -> None:
    await opt_out(CLEO, world.context)
    await exported(world.store, tmp_path / "old.jsonl")
    elsewhere.now += timedelta(days=1)
    await opt_out(CLEO, elsewhere.context)
    await opt_in(CLEO, elsewhere.context)
    await imported(elsewhere.context, tmp_path / "old.jsonl")
    assert await may_keep(CLEO.key, elsewhere.context)
    world.now += timedelta(days=2)
    await opt_in(CLEO, world.context)
    await opt_out(CLEO, world.context)
    await exported(world.store, tmp_path / "new.jsonl")
    await imported(elsewhere.context, tmp_path / "new.jsonl")
    assert not await may_keep(CLEO.key, elsewhere.context)


async def test_an_opt_out_holds_for_what_follows_it_in_the_very_same_batch(elsewhere: World, life: Life) -> None:
    things = [
        Moved(Kind.PROFILE, Profile(person=CLEO, opted_out=True, opted_out_at=elsewhere.now)),
        Moved(Kind.MESSAGE, life.her_answer),
        Moved(Kind.MESSAGE, life.printer),
    ]
    arrivals = Arrivals()
    assert not await bring_in(things, arrivals, elsewhere.context)
    assert arrivals.done[Kind.MESSAGE, Became.KEPT_OUT] == 1
    assert await elsewhere.store.count_messages() == 1


async def test_the_newer_version_stays(world: World, life: Life, tmp_path: Path) -> None:
    audience = audience_of_space(life.space.id)
    await exported(world.store, tmp_path / "old.jsonl")
    (snippet,) = (s for s in await world.store.visible(frozenset({audience}), limit=99) if HER_WAY in repr(s))
    known = await world.store.snippet(audience, snippet.id)
    assert known is not None
    later = retired(snippet, world.now + timedelta(days=1), verb=Verb.REJECTED, reason="wrong", by=ANN)
    await world.store.put_snippet(later, etag=known.etag)
    edited = await world.store.message(life.space.id, life.printer.id)
    assert edited is not None
    newer = replace(edited.value, text="edited", body_hash="e", modified_at=world.now + timedelta(days=1))
    await world.store.put_message(newer, etag=edited.etag)
    await exported(world.store, tmp_path / "new.jsonl")
    for order in (("old", "new"), ("new", "old"), ("old", "new", "old")):
        folder = tmp_path / "-".join(order)
        folder.mkdir()
        there = World(folder)
        for name in order:
            await imported(there.context, tmp_path / f"{name}.jsonl")
        found = await there.store.snippet(audience, snippet.id)
        assert found is not None
        assert found.value.trust is Trust.RETIRED
        message = await there.store.message(life.space.id, life.printer.id)
        assert message is not None
        assert message.value == newer
        await there.store.close()


async def test_a_replaced_answer_has_its_cards_follow(world: World, life: Life, elsewhere: World) -> None:
    (snippet, *_) = await world.store.visible(frozenset({audience_of_space(life.space.id)}), limit=9)
    await bring_in([Moved(Kind.SNIPPET, snippet)], Arrivals(), elsewhere.context)
    assert not elsewhere.queue.messages
    later = replace(snippet, updated_at=snippet.updated_at + timedelta(seconds=1))
    await bring_in([Moved(Kind.SNIPPET, later)], Arrivals(), elsewhere.context)
    assert snippet.id in elsewhere.queue.messages[0][1]


async def test_capture_that_was_switched_off_is_not_switched_on(world: World, life: Life, elsewhere: World) -> None:
    await bring_in([Moved(Kind.SPACE, replace(life.space, capture=False))], Arrivals(), elsewhere.context)
    later = replace(life.space, members_as_of=elsewhere.now + timedelta(days=9), name="Renamed", capture=True)
    await bring_in([Moved(Kind.SPACE, later)], Arrivals(), elsewhere.context)
    (known,) = await elsewhere.store.all_spaces()
    assert (known.name, known.capture) == ("Renamed", False)


async def test_evidence_of_an_answer_that_was_withdrawn_here_does_not_come_back(elsewhere: World) -> None:
    shown = an_expertise(BOB, shown=2)
    await elsewhere.store.put_expertise(replace(shown, evidence=shown.evidence[:1]), etag=None)
    await bring_in([Moved(Kind.EXPERTISE, shown)], Arrivals(), elsewhere.context)
    found = await elsewhere.store.expertise(shown.audience_id, BOB.key)
    assert found is not None
    assert found.value.evidence == shown.evidence[:1]


async def test_a_question_that_does_not_come_is_quoted_nowhere(world: World, life: Life, elsewhere: World) -> None:
    (hers,) = (
        s
        for s in await world.store.visible(frozenset({audience_of_space(life.space.id)}), limit=99)
        if s.question == HER_QUESTION
    )
    quoting = Decision(at=world.now, verb=Verb.MERGED, by=BOB, reason=f"with “{HER_QUESTION}”")
    others = [a_snippet(name, space_id=life.space.id) for name in ("before", "after")]
    before, after = (replace(s, asker=BOB, approaches=(), history=(quoting,)) for s in others)
    await opt_out(CLEO, elsewhere.context)
    arrivals = Arrivals()
    await bring_in([Moved(Kind.SNIPPET, s) for s in (before, hers, after)], arrivals, elsewhere.context)
    await after_arrivals(arrivals, elsewhere.context, was_empty=True)
    assert HER_QUESTION.encode() not in await known_here(elsewhere)


async def test_one_thing_that_no_store_takes_does_not_stop_its_neighbours(elsewhere: World, life: Life) -> None:
    things = [Moved(Kind.MESSAGE, replace(life.printer, text="\ud800")), Moved(Kind.MESSAGE, life.her_answer)]
    arrivals = Arrivals()
    assert await bring_in(things, arrivals, elsewhere.context) == [0]
    assert arrivals.done == {(Kind.MESSAGE, Became.REFUSED): 1, (Kind.MESSAGE, Became.WRITTEN): 1}


async def test_a_busy_store_is_waited_for_and_everything_comes_once(
    elsewhere: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls = elsewhere.store.put_message, 0

    async def busy(message: Message, *, etag: str | None) -> str:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise TryLater("the store is busy", after=timedelta(seconds=7))
        return await put(message, etag=etag)

    waited: list[float] = []

    async def wait(later: TryLater) -> None:
        waited.append(later.after.total_seconds())

    monkeypatch.setattr(elsewhere.store, "put_message", busy)
    things = [Moved(Kind.MESSAGE, life.printer), Moved(Kind.MESSAGE, life.her_answer)]
    arrivals = Arrivals(wait=wait)
    assert not await bring_in(things, arrivals, elsewhere.context)
    assert arrivals.done == {(Kind.MESSAGE, Became.WRITTEN): 2}
    assert waited == [7.0, 7.0]
    with pytest.raises(TryLater):
        await bring_in([Moved(Kind.MESSAGE, life.mention)], Arrivals(), elsewhere.context)


def test_joining_is_the_same_in_any_order_and_twice() -> None:
    one, other = an_expertise(BOB, shown=2), an_expertise(BOB, shown=3)
    assert joined_expertise(one, other) == joined_expertise(other, one) == joined_expertise(other, other) == other
    mine, theirs = TenantState(salt="aa", awake_at=None), TenantState(salt="bb", other_salts=("cc",))
    joined = joined_settings(mine, theirs)
    assert joined.salts == ("aa", "bb", "cc")
    assert joined_settings(joined, theirs) == joined
    assert joined_settings(None, theirs).salts == ("bb", "cc")


def test_everybody_in_a_thing_is_found(life: Life) -> None:
    assert set(people_in(life.space)) == {m.person.key for m in life.space.members or ()}
    assert set(people_in(life.printer)) == {BOB.key}


@pytest.mark.parametrize("kind", ["readings", "subscriptions"])
async def test_what_belongs_to_a_deployment_stays_behind(world: World, life: Life, tmp_path: Path, kind: str) -> None:
    await exported(world.store, tmp_path / "moved.jsonl")
    with export_from(tmp_path / "moved.jsonl") as export:
        assert not any(name.startswith(kind[:-1]) for name in export.head.kinds)
