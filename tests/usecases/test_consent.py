"""Opting out: what was kept goes, however long ago it was said, and nobody is named who does not want it."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.audiences import audience_of_space
from shared.domain.cards import Helpers
from shared.domain.events import EventKind
from shared.domain.messages import Reaction
from shared.domain.postings import PostingKind
from shared.domain.snippets import Trust
from shared.usecases.act import Action, act
from shared.usecases.consent import may_keep, opt_in, opt_out, without_erased
from shared.usecases.ingest import Kept
from shared.usecases.upkeep import purge
from tests.usecases.life import HER_QUESTION, HER_WAY, PRINTER, live
from tests.usecases.world import ANN, BOB, CLEO, World


async def test_opting_out_reaches_answers_whose_messages_were_purged_before(world: World) -> None:
    life = await live(world)
    world.now += timedelta(days=60)
    await purge(world.context)
    assert await world.store.message(life.space.id, life.her_answer.id) is None
    await opt_out(CLEO, world.context)
    await world.pass_time()
    answered = await world.snippet(life.space, life.printer)
    asked = await world.snippet(life.space, life.windscreen)
    assert answered is not None
    assert asked is not None
    assert HER_WAY not in repr(answered)
    assert (answered.trust, answered.question) == (Trust.RETIRED, PRINTER)
    assert HER_QUESTION not in repr(asked)
    assert (asked.trust, asked.asker.name) == (Trust.RETIRED, "A colleague")
    assert all(e.person != CLEO for e in await world.store.experts(audience_of_space(life.space.id)))


async def test_who_opts_out_is_named_on_no_card_of_helpers_and_not_asked(world: World) -> None:
    await live(world)
    assert any(isinstance(card, Helpers) for card in world.teams.all_cards())
    await opt_out(CLEO, world.context)
    await world.pass_time(timedelta(minutes=1))
    assert not any(isinstance(card, Helpers) for card in world.teams.all_cards())
    assert not await world.postings(PostingKind.ASK)


async def test_who_opts_out_stays_a_colleague_who_may_decide(world: World) -> None:
    life = await live(world)
    await opt_out(CLEO, world.context)
    await world.pass_time(timedelta(minutes=1))
    assert audience_of_space(life.space.id) in await world.store.audiences_of(CLEO.key)
    reviews = [p for p in await world.postings(PostingKind.REVIEW) if p.recipient == CLEO]
    assert reviews
    outcome = await act(Action(verb="verify", posting_id=reviews[0].id, by=CLEO), world.context)
    assert "Only" not in outcome.message


async def test_mentions_and_reactions_of_who_opted_out_are_not_kept(world: World) -> None:
    space = await world.space()
    await opt_out(CLEO, world.context)
    message = replace(
        world.written(space, BOB, "Ask @Cleo Fox"),
        mentions=(CLEO, ANN),
        reactions=(Reaction(kind="like", by=CLEO.key), Reaction(kind="like", by=ANN.key)),
    )
    kept = await without_erased(message, world.context)
    assert ([p.key for p in kept.mentions], [r.by for r in kept.reactions]) == ([ANN.key], [ANN.key])
    assert kept.text == message.text, "who opted out is still a colleague whom others may speak of"


async def test_a_message_that_names_nobody_is_not_looked_at(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Nobody in particular")
    await world.store.close()
    assert await without_erased(message, world.context) is message


async def test_opting_twice_and_back_ends_where_it_began(world: World) -> None:
    space = await world.space()
    for _ in range(2):
        await opt_out(CLEO, world.context)
        assert not await may_keep(CLEO.key, world.context)
    await opt_in(CLEO, world.context)
    assert await may_keep(CLEO.key, world.context)
    message = world.written(space, CLEO, "Here I am again")
    assert (await world.notify(space, message)).kept is Kept.STORED
    counts = await world.store.counts()
    assert (counts[EventKind.OPTED_OUT], counts[EventKind.OPTED_IN]) == (1, 1)
