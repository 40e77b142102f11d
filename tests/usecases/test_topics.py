"""Topics that curators keep: who may decide, what follows, and that being cut off anywhere does no harm."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import Person, SpaceId
from shared.domain.postings import PostingKind
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics, Topic, TopicVerb
from shared.errors import NotAllowed
from shared.usecases.context import Context
from shared.usecases.curate import carry_out
from shared.usecases.follow import follow_feed
from shared.usecases.import_faq import import_faq
from shared.usecases.topics import (
    MOST_PHRASES,
    Deciding,
    InLine,
    add_topic,
    ban_topic,
    every_snippet,
    merge_topics,
    rename_topic,
    topics_kept_in,
)
from tests.builders import kept_topics
from tests.usecases.life import BOBS_WAY, HER_QUESTION, HER_WAY, KEY, PRINTER, SPOKEN_OF
from tests.usecases.test_erase_cut_off import Lifetime
from tests.usecases.test_import_faq import rows
from tests.usecases.world import ANN, BOB, CLEO, DAN, World


async def asked_and_answered(
    world: World, space: Space, question: str = PRINTER, *, by: Person = CLEO, answer: str = HER_WAY
) -> None:
    """A thread of Bob's with somebody's answer."""
    message = await world.say(space, BOB, question)
    await world.say(space, by, answer, root=message.id)
    await world.pass_time()


async def topics(world: World, space: Space) -> list[tuple[str, ...]]:
    return [snippet.topics async for snippet in every_snippet(audience_of_space(space.id), world.context)]


async def expertise(world: World, space: Space) -> list[tuple[str, ...]]:
    shown = await world.store.experts(audience_of_space(space.id))
    return [evidence.topics for person in shown for evidence in person.evidence]


def curator(space: Space) -> Deciding:
    return Deciding(space_id=space.id, by=ANN)


async def test_what_is_known_gets_a_topic_that_is_added_and_who_answered_has_shown_it(world: World) -> None:
    space = await world.space()
    await asked_and_answered(world, space)
    assert "Badge printers" not in (await topics(world, space))[0]
    done = await add_topic("Badge printers", ["label printer"], curator(space), world.context)
    assert (done.snippets, done.kept.topics) == (1, (Topic(name="Badge printers", wordings=("label printer",)),))
    [now] = await topics(world, space)
    assert now[0] == "Badge printers"
    assert await expertise(world, space) == [now]
    [change] = done.kept.history
    assert (change.verb, change.topic, change.by, change.at) == (TopicVerb.ADDED, "Badge printers", ANN, world.now)


async def test_what_is_asked_from_now_on_has_it_too(world: World) -> None:
    space = await world.space()
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    await asked_and_answered(world, space)
    assert [found[0] for found in await topics(world, space)] == ["Machines"]
    assert [found[0] for found in await expertise(world, space)] == ["Machines"]


async def test_a_file_that_is_brought_in_has_it_too(world: World) -> None:
    space = await world.space()
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    await import_faq(rows((PRINTER, HER_WAY)), space, world.context, reviews=0)
    assert [found[0] for found in await topics(world, space)] == ["Machines"]


async def test_a_withdrawn_answer_keeps_the_topics_that_are_kept(world: World) -> None:
    space = await world.space()
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    question = await world.say(space, BOB, PRINTER)
    answer = await world.say(space, CLEO, HER_WAY, root=question.id)
    await world.pass_time()
    await world.delete(space, answer)
    await world.pass_time()
    snippet = await world.snippet(space, question)
    assert snippet is not None
    assert (snippet.usable, snippet.topics[0]) == (False, "Machines")


async def test_renaming_merging_and_banning_reach_everything(world: World) -> None:
    space, context = await world.space(), world.context
    await asked_and_answered(world, space)
    who = curator(space)
    await add_topic("Badge printer", [], who, context)
    await add_topic("Second floor", [], who, context)
    assert {"Badge printer", "Second floor"} <= set((await topics(world, space))[0])
    await rename_topic("badge printer", "Printers", who, context)
    assert (await topics(world, space))[0].count("Printers") == 1
    await merge_topics("Second floor", "Printers", who, context)
    [now] = await topics(world, space)
    assert now.count("Printers") == 1
    assert not {"Badge printer", "Second floor"} & set(now)
    await ban_topic("Printers", who, context)
    [now] = await topics(world, space)
    assert not {"printers", "badge printer", "second floor"} & {topic.casefold() for topic in now}
    assert await expertise(world, space) == [now]


async def test_a_copy_in_a_wider_audience_follows(world: World) -> None:
    space = await world.space()
    await asked_and_answered(world, space)
    [snippet] = [found async for found in every_snippet(audience_of_space(space.id), world.context)]
    await carry_out("widen", snippet.audience_id, snippet.id, ANN, {"to": ORGANISATION}, world.context)
    await follow_feed(world.context)
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    await follow_feed(world.context)
    copy = await world.store.snippet(ORGANISATION, snippet.id)
    assert copy is not None
    assert copy.value.topics[0] == "Machines"


async def test_other_spaces_keep_their_own(world: World) -> None:
    space, other = await world.space(), await world.space("Sales")
    await asked_and_answered(world, other)
    before = await topics(world, other)
    done = await add_topic("Machines", ["badge printer"], curator(space), world.context)
    assert done.snippets == 0
    assert await topics(world, other) == before


async def test_an_answer_is_not_touched_by_it_and_nobody_is_asked_or_told(world: World) -> None:
    space = await world.space()
    await asked_and_answered(world, space)
    [before] = [found async for found in every_snippet(audience_of_space(space.id), world.context)]
    cards, sent = len(await world.store.all_postings()), world.queue.sent
    world.now = world.now.replace(year=2027)
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    [after] = [found async for found in every_snippet(audience_of_space(space.id), world.context)]
    assert after == replace(before, topics=after.topics, revision=before.revision + 1)
    assert (len(await world.store.all_postings()), world.queue.sent) == (cards, sent)


@pytest.mark.parametrize(("wordings", "named"), [(["badge printer", "lanyard"], [CLEO]), (["badge printer"], [])])
async def test_helpers_are_found_by_a_topic_that_the_question_says_in_other_words(
    world: World, wordings: list[str], named: list[Person]
) -> None:
    space = await world.space()
    await asked_and_answered(world, space, "How do I reset the badge printer?")
    await add_topic("Pass office", wordings, curator(space), world.context)
    await world.say(space, DAN, "Does anybody know how I get a new lanyard?")
    await world.pass_time(timedelta(hours=3))
    helpers = await world.postings(PostingKind.HELPERS)
    assert [suggested.person for posting in helpers for suggested in posting.suggested] == named


async def test_who_does_not_curate_the_space_is_refused_and_an_administrator_is_not(world: World) -> None:
    space = await world.space()
    for by in (BOB, replace(ANN, key=BOB.key)):
        with pytest.raises(NotAllowed, match="Only the owners of"):
            await add_topic("Machines", [], Deciding(space_id=space.id, by=by), world.context)
    assert await world.store.kept_topics(audience_of_space(space.id)) is None
    done = await add_topic("Machines", [], Deciding(space_id=space.id, by=None), world.context)
    assert done.kept.history[0].by is None
    with pytest.raises(NotAllowed, match="not known"):
        await add_topic("Machines", [], Deciding(space_id=SpaceId("nowhere"), by=None), world.context)


@pytest.mark.parametrize(
    ("name", "wordings", "said"),
    [
        ("", [], "some letters"),
        (" … ", [], "some letters"),
        ("x" * 61, [], "at most 60 characters"),
        ("printer", ["y" * 61], "at most 60 characters"),
        ("ann.lee@example.com", [], "personal detail"),
        ("how to", [], "small words"),
        ("Mailbox", ["Printer"], "“Printer” is a topic of its own"),
    ],
)
async def test_what_is_no_topic_is_refused_in_one_sentence(
    world: World, name: str, wordings: list[str], said: str
) -> None:
    space = await world.space()
    await add_topic("Printer", [], curator(space), world.context)
    before = await topics_kept_in(audience_of_space(space.id), world.context)
    with pytest.raises(NotAllowed, match=said) as refusal:
        await add_topic(name, wordings, curator(space), world.context)
    assert "\n" not in str(refusal.value)
    assert await topics_kept_in(audience_of_space(space.id), world.context) == before


@pytest.mark.parametrize("decide", [rename_topic, merge_topics])
async def test_an_unknown_topic_is_refused(
    world: World, decide: Callable[[str, str, Deciding, Context], Awaitable[InLine]]
) -> None:
    space = await world.space()
    with pytest.raises(NotAllowed, match="There is no topic “parking”"):
        await decide("parking", "places", curator(space), world.context)


async def test_there_is_room_for_so_many_phrases_and_what_is_there_may_still_be_merged(world: World) -> None:
    space = await world.space()
    audience = audience_of_space(space.id)
    full = kept_topics(*(f"topic {number}" for number in range(MOST_PHRASES)), audience_id=audience)
    await world.store.put_kept_topics(full, etag=None)
    with pytest.raises(NotAllowed, match="room for"):
        await add_topic("Machines", [], curator(space), world.context)
    await merge_topics("topic 1", "topic 2", curator(space), world.context)


async def test_the_same_decision_again_writes_nothing(world: World) -> None:
    space = await world.space()
    await asked_and_answered(world, space)
    await add_topic("Machines", ["badge printer"], curator(space), world.context)
    etags = "SELECT etag FROM snippets UNION ALL SELECT etag FROM expertise UNION ALL SELECT etag FROM topics"
    before = world.file.rows(etags)
    done = await add_topic("Machines", ["badge printer"], curator(space), world.context)
    assert done.snippets == 0
    assert world.file.rows(etags) == before


async def test_a_decision_that_another_one_overtakes_ends_with_both(world: World) -> None:
    space = await world.space()
    await asked_and_answered(world, space)
    overtaken = False

    def overtake(_: int) -> None:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            audience = audience_of_space(space.id)
            kept = KeptTopics(audience_id=audience, topics=(Topic(name="Devices", wordings=("badge printer",)),))
            etag = world.file.rows("SELECT etag FROM topics")[0][0]
            coroutine = world.store.put_kept_topics(kept, etag=etag)
            with pytest.raises(StopIteration):
                coroutine.send(None)  # the file's methods never wait

    await add_topic("Machines", ["badge printer"], replace(curator(space), on_snippet=overtake), world.context)
    assert [found[0] for found in await topics(world, space)] == ["Devices"]
    assert [found[0] for found in await expertise(world, space)] == ["Devices"]


async def test_dying_at_any_write_and_running_again_ends_in_the_same_state(tmp_path: Path) -> None:
    async def outcome(dies_at: int, *, after: bool) -> tuple[object, int]:
        folder = tmp_path / f"{dies_at}{after}"
        folder.mkdir()
        world = World(folder)
        space = await world.space()
        await asked_and_answered(world, space)
        await asked_and_answered(world, space, HER_QUESTION, by=DAN, answer=BOBS_WAY)
        await asked_and_answered(world, space, SPOKEN_OF, answer=KEY)
        writes = Lifetime(dies_at, after=after)
        for context in (writes.context(world), world.context):
            with suppress(asyncio.CancelledError):
                await add_topic("Things", ["badge printer", "delivery van", "dock"], curator(space), context)
        audience = audience_of_space(space.id)
        found = (
            await topics(world, space),
            [(e.person, e.evidence) for e in await world.store.experts(audience)],
            await topics_kept_in(audience, world.context),
        )
        await world.store.close()
        return found, writes.writes

    expected, writes = await outcome(0, after=True)
    assert writes == 1 + 3 + 2, "the list, three answers, and what two people have shown"
    for number in range(1, writes + 1):
        for after in (False, True):
            assert (await outcome(number, after=after))[0] == expected, f"died at write {number}"
