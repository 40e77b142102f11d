"""A card outlives the moment in which it was right to show it: who may see its answer is asked each time."""

from dataclasses import replace

from shared.domain.identity import Person
from shared.domain.postings import Posting, PostingKind, PostingState
from shared.domain.spaces import Member, Space
from shared.usecases.act import Action, act
from shared.usecases.curate import carry_out
from shared.usecases.deliver import card_for, deliver
from tests.usecases.life import HER_WAY, PRINTER, PRINTER_AGAIN, live
from tests.usecases.world import ANN, BOB, CLEO, DAN, World


async def answered_on_the_board_asked_in_help(world: World, *in_help: Person) -> tuple[Space, Space, Posting]:
    board = await world.space("Board", members=(ANN, BOB, CLEO))
    question = await world.say(board, ANN, PRINTER)
    await world.say(board, CLEO, HER_WAY, root=question.id)
    await world.pass_time()
    helping = await world.space("Help", members=in_help)
    await world.say(helping, BOB, PRINTER_AGAIN)
    await world.pass_time()
    (card,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert card.state is PostingState.POSTED
    assert HER_WAY in repr(world.teams.cards[card.conversation_id])
    return board, helping, card


async def now_there(world: World, space: Space, *people: Person) -> None:
    stored = await world.store.space(space.id)
    assert stored is not None
    changed = replace(stored.value, members=tuple(Member(person=person) for person in people))
    await world.store.put_space(changed, etag=stored.etag)


async def test_a_private_card_goes_once_its_reader_has_left_the_answers_space(world: World) -> None:
    board, _, card = await answered_on_the_board_asked_in_help(world, ANN, BOB, DAN)
    assert card.recipient == BOB
    await now_there(world, board, ANN, CLEO)
    assert (await deliver(card.id, world.context)).state is PostingState.WITHDRAWN
    assert world.teams.cards[card.conversation_id] == {}


async def test_a_card_in_a_thread_goes_once_somebody_reads_along_who_may_not_see_the_answer(world: World) -> None:
    _, helping, card = await answered_on_the_board_asked_in_help(world, ANN, BOB)
    assert card.recipient is None
    await now_there(world, helping, ANN, BOB, DAN)
    assert (await deliver(card.id, world.context)).state is PostingState.WITHDRAWN
    assert world.teams.cards[card.conversation_id] == {}


async def test_who_may_not_see_an_answer_any_more_presses_in_vain_and_sees_nothing(world: World) -> None:
    board, _, card = await answered_on_the_board_asked_in_help(world, ANN, BOB, DAN)
    await now_there(world, board, ANN, CLEO)
    assert card.snippet_audience is not None
    assert card.snippet_id is not None
    before = await world.store.snippet(card.snippet_audience, card.snippet_id)
    assert before is not None
    approach = before.value.approaches[0].id
    outcome = await act(Action(verb="helped", posting_id=card.id, by=BOB, approach_id=approach), world.context)
    assert (outcome.card, "may not see" in outcome.message) == (None, True)
    assert await world.store.snippet(card.snippet_audience, card.snippet_id) == before


async def test_a_card_of_helpers_quotes_only_what_is_still_asked_in_these_words(world: World) -> None:
    life = await live(world)
    (card,) = (p for p in await world.postings(PostingKind.HELPERS) if any(s.person == CLEO for s in p.suggested))
    snippet = await world.snippet(life.space, life.printer)
    assert snippet is not None
    assert snippet.question in repr(await card_for(card, life.space, world.context))
    values = {"question": "How is the badge printer reset?"}
    await carry_out("edit", snippet.audience_id, snippet.id, CLEO, values, world.context)
    assert snippet.question not in repr(await card_for(card, life.space, world.context))
    assert "answered a question like this" in repr(await card_for(card, life.space, world.context))
