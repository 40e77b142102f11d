"""Retention: each space keeps its messages as long as its owner says, never longer than the organisation does."""

from datetime import timedelta

import pytest

from shared.domain.events import EventKind, event
from shared.domain.identity import Person
from shared.domain.messages import Message
from shared.domain.spaces import Space, SpaceKind
from shared.usecases.command import Command, obey
from shared.usecases.upkeep import purge
from tests.usecases.life import HER_WAY, live
from tests.usecases.world import ANN, BOB, START, World


async def say(world: World, space: Space, by: Person, words: str) -> str:
    return await obey(Command(text=words, by=by, space_id=space.id), world.context)


async def days_kept(world: World, space: Space) -> float | None:
    stored = await world.store.space(space.id)
    assert stored is not None
    return stored.value.keep_days


async def test_a_space_whose_owner_wants_it_forgets_sooner_and_no_other_does(world: World) -> None:
    brief, usual = await world.space("Brief"), await world.space("Usual")
    old: list[Message] = [await world.say(space, BOB, "Long ago") for space in (brief, usual)]
    assert "for 14 days" in await say(world, brief, ANN, "Keep messages 14 days.")
    world.now = START + timedelta(days=13)
    young = await world.say(brief, BOB, "A week ago")
    world.now = START + timedelta(days=15)
    assert await purge(world.context) == 1
    assert [await world.store.message(m.space_id, m.id) is None for m in (*old, young)] == [True, False, False]
    await say(world, brief, ANN, "keep messages as usual")
    assert await days_kept(world, brief) is None


@pytest.mark.parametrize("words", ["keep messages 0 days", "keep messages 31 days", "keep messages 99999 days"])
async def test_nobody_keeps_messages_longer_than_the_organisation_or_not_at_all(world: World, words: str) -> None:
    space = await world.space()
    assert "1 to 30 days" in await say(world, space, ANN, words)
    assert await days_kept(world, space) is None


@pytest.mark.parametrize("words", ["keep messages", "keep messages two days", "keep messages -3 days", "keep 3 days"])
async def test_what_is_no_number_of_days_is_answered_with_help(world: World, words: str) -> None:
    space = await world.space()
    assert "You can write to me" in await say(world, space, ANN, words)


@pytest.mark.parametrize("kind", [SpaceKind.STANDARD, SpaceKind.CHAT])
async def test_only_who_may_switch_capture_decides_how_long(world: World, kind: SpaceKind) -> None:
    space = await world.space(kind=kind)
    for words in ("keep messages 1 day", "keep messages as usual"):
        assert "Only who may switch" in await say(world, space, BOB, words)
    assert await days_kept(world, space) is None
    assert "for 1 day" in await say(world, space, ANN, "keep messages 1 day")
    assert "in the channel or chat" in await obey(
        Command(text="keep messages 1 day", by=ANN, space_id=None), world.context
    )


async def test_answers_stay_when_the_messages_that_they_were_taken_from_go(world: World) -> None:
    life = await live(world)
    world.now += timedelta(days=31)
    await purge(world.context)
    snippet = await world.snippet(life.space, life.printer)
    assert snippet is not None
    assert [a.text for a in snippet.visible_approaches] == [HER_WAY]
    assert snippet.sources[0].message_id == life.her_answer.id


async def test_facts_are_kept_for_400_days(world: World) -> None:
    space = await world.space()
    for days in (0, 2):
        moment = START + timedelta(days=days)
        await world.store.append(event(EventKind.ASKED, space.id, moment, subject=str(days)))
    world.now = START + timedelta(days=401)
    await purge(world.context)
    assert [e.subject for e in await world.store.latest(limit=10)] == ["2"]
