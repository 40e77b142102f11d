"""From a question to a snippet and back: what answers, edits, deletions and silence lead to."""

from datetime import timedelta

from shared.domain.cards import AnsweredBefore, Notice, Recall
from shared.domain.events import EventKind
from shared.domain.exchanges import ExchangeState
from shared.domain.identity import ThreadId
from shared.domain.messages import Message
from shared.domain.people import Profile
from shared.domain.postings import PostingKind
from shared.domain.snippets import Snippet, Trust
from shared.domain.spaces import Space
from shared.ports import QueueName
from shared.usecases.act import Action, act
from shared.usecases.capture import switch_off
from shared.usecases.consent import opt_out
from shared.usecases.curate import carry_out
from shared.usecases.upkeep import purge
from tests.usecases.world import ANN, BOB, CLEO, DAN, EVE, World

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
OTHER = "You can also do it from the print server: open the queue, choose Maintenance, then Reset printer."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"


async def answered(world: World, space: Space) -> tuple[Message, Message]:
    question = await world.say(space, BOB, QUESTION)
    answer = await world.say(space, CLEO, ANSWER, root=question.id)
    await world.pass_time()
    return question, answer


async def drafted(world: World, space: Space, question: Message) -> Snippet:
    snippet = await world.snippet(space, question)
    assert snippet is not None
    return snippet


async def test_an_answered_question_becomes_a_proposed_snippet(world: World) -> None:
    space = await world.space()
    question, answer = await answered(world, space)
    snippet = await drafted(world, space, question)
    assert snippet.trust is Trust.PROPOSED
    assert snippet.question == QUESTION
    assert [a.text for a in snippet.visible_approaches] == [ANSWER]
    assert [(s.message_id, s.author) for s in snippet.sources] == [(answer.id, CLEO)]
    assert (await world.store.counts())[EventKind.DRAFTED] == 1


async def test_a_thread_that_is_not_due_yet_sends_itself_on(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    world.now += timedelta(minutes=8)
    await world.say(space, CLEO, ANSWER, root=question.id)
    await world.pass_time(timedelta(minutes=6))
    assert await world.snippet(space, question) is None
    assert world.queue.count(QueueName.THREADS) == 1


async def test_thanks_resolve_an_exchange(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    await world.say(space, CLEO, ANSWER, root=question.id)
    await world.say(space, BOB, "Thanks, that worked!", root=question.id)
    await world.pass_time()
    stored = await world.store.thread(space.id, ThreadId(question.id))
    assert stored is not None
    assert stored.value.state is ExchangeState.RESOLVED


async def test_two_different_answers_stand_side_by_side(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    await world.say(space, CLEO, ANSWER, root=question.id)
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    snippet = await drafted(world, space, question)
    assert {a.text for a in snippet.visible_approaches} == {ANSWER, OTHER}


async def test_secrets_and_personal_details_are_taken_out_before_anything_is_stored(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    secret = "Log in to the print server as admin, the password is Kestrel-42-Moss, then choose Reset printer."
    await world.say(space, CLEO, f"{secret} Or write to cleo.fox@example.com.", root=question.id)
    await world.pass_time()
    snippet = await drafted(world, space, question)
    everything = repr(snippet)
    assert "Kestrel" not in everything
    assert "cleo.fox@" not in everything
    assert snippet.redactions >= 2


async def test_a_deleted_answer_withdraws_its_snippet_and_a_restored_one_brings_it_back(world: World) -> None:
    space = await world.space()
    question, answer = await answered(world, space)
    await world.delete(space, answer)
    await world.pass_time()
    withdrawn = await drafted(world, space, question)
    assert withdrawn.trust is Trust.RETIRED
    assert ANSWER not in repr(withdrawn)
    await world.restore(space, answer)
    await world.pass_time()
    back = await drafted(world, space, question)
    assert back.trust is Trust.PROPOSED
    assert [a.text for a in back.visible_approaches] == [ANSWER]


async def test_a_deleted_question_takes_its_words_along(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await world.delete(space, question)
    await world.pass_time()
    withdrawn = await drafted(world, space, question)
    assert withdrawn.trust is Trust.RETIRED
    assert "badge printer" not in repr(withdrawn)


async def test_an_edited_answer_sends_a_verified_snippet_back_to_review(world: World) -> None:
    space = await world.space()
    question, answer = await answered(world, space)
    snippet = await drafted(world, space, question)
    await carry_out("verify", snippet.audience_id, snippet.id, ANN, {}, world.context)
    await world.edit(space, answer, ANSWER.replace("ten", "twenty"))
    await world.pass_time()
    changed = await drafted(world, space, question)
    assert changed.trust is Trust.PROPOSED
    assert "twenty" in changed.visible_approaches[0].text


async def test_an_unchanged_thread_leaves_a_verified_snippet_alone(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    snippet = await drafted(world, space, question)
    await carry_out("verify", snippet.audience_id, snippet.id, ANN, {}, world.context)
    await world.say(space, DAN, "haha, that printer", root=question.id)
    await world.pass_time()
    assert (await drafted(world, space, question)).trust is Trust.VERIFIED


async def test_the_same_question_again_is_answered_in_the_thread(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    again = await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    cards = world.teams.cards[f"{space.id};messageid={again.id}"]
    (card,) = cards.values()
    assert isinstance(card, AnsweredBefore)
    assert not card.private
    assert card.snippet.visible_approaches[0].text == ANSWER


async def test_another_question_is_met_with_silence(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, "How do I book a pool car for next Thursday?")
    await world.pass_time(timedelta(minutes=1))
    assert await world.postings(PostingKind.ANSWERED_BEFORE) == []


async def test_another_error_code_is_another_question(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, QUESTION.replace("E-17", "E-42"))
    await world.pass_time(timedelta(minutes=1))
    assert await world.postings(PostingKind.ANSWERED_BEFORE) == []


async def test_what_not_everybody_may_see_goes_to_the_asker_alone(world: World) -> None:
    narrow = await world.space("Narrow", members=(ANN, BOB, CLEO))
    await answered(world, narrow)
    wide = await world.space("Wide", members=(ANN, BOB, CLEO, DAN))
    await world.say(wide, BOB, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert posting.recipient == BOB
    assert list(world.teams.cards) == [f"personal:{ANN.key}", f"personal:{BOB.key}"]


async def test_an_asker_who_may_not_see_it_is_not_shown_it(world: World) -> None:
    narrow = await world.space("Narrow", members=(ANN, BOB, CLEO))
    await answered(world, narrow)
    wide = await world.space("Wide", members=(ANN, BOB, CLEO, DAN))
    await world.say(wide, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    assert await world.postings(PostingKind.ANSWERED_BEFORE) == []


async def test_a_wider_space_answers_a_narrower_one_in_its_thread(world: World) -> None:
    wide = await world.space("Wide", members=(ANN, BOB, CLEO, DAN))
    await answered(world, wide)
    narrow = await world.space("Narrow", members=(ANN, BOB, CLEO))
    await world.say(narrow, BOB, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert posting.recipient is None


async def test_who_received_withdrawn_advice_sees_it_withdrawn_and_is_told_once(world: World) -> None:
    space = await world.space()
    _, answer = await answered(world, space)
    again = await world.say(space, DAN, AGAIN)
    await world.pass_time()
    await world.delete(space, answer)
    await world.pass_time()
    (standing,) = world.teams.cards[f"{space.id};messageid={again.id}"].values()
    assert isinstance(standing, Recall)
    told = [c for c in world.teams.cards[f"personal:{DAN.key}"].values() if isinstance(c, Recall)]
    assert len(told) == 1
    await world.restore(space, answer)
    await world.pass_time()
    (back,) = world.teams.cards[f"personal:{DAN.key}"].values()
    assert isinstance(back, Notice)
    assert "holds again" in back.text
    await world.delete(space, answer)
    await world.pass_time()
    told = [c for c in world.teams.cards[f"personal:{DAN.key}"].values() if isinstance(c, Recall)]
    assert len(told) == 1


async def test_after_a_while_without_an_answer_people_who_know_are_named_with_the_reason(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, "Does anybody know how to clean the badge printer's head? The print is streaky.")
    await world.pass_time(timedelta(hours=1))
    assert await world.postings(PostingKind.HELPERS) == []
    await world.pass_time(timedelta(hours=2))
    (posting,) = await world.postings(PostingKind.HELPERS)
    assert [s.person for s in posting.suggested] == [CLEO]
    assert "badge printer" in posting.suggested[0].reasons[0]
    profile = await world.store.profile(CLEO.key)
    assert profile is not None
    assert len(profile.value.calls) == 1


async def test_nobody_is_named_who_opted_out_is_the_asker_left_or_has_no_room(world: World) -> None:
    space = await world.space(members=(ANN, BOB, CLEO, DAN))
    await answered(world, space)
    text = "Does anybody know how to clean the badge printer's head? The print is streaky."
    await world.say(space, CLEO, text)
    await world.pass_time(timedelta(hours=3))
    assert await world.postings(PostingKind.HELPERS) == []
    await world.store.put_profile(Profile(person=CLEO, capacity=0), etag=None)
    await world.say(space, DAN, text)
    await world.pass_time(timedelta(hours=3))
    assert await world.postings(PostingKind.HELPERS) == []
    await opt_out(CLEO, world.context)
    assert await world.store.experts(f"space:{space.id}") == []  # type: ignore[arg-type]


async def test_somebody_outside_the_space_is_not_named(world: World) -> None:
    space = await world.space(members=(ANN, BOB, CLEO, DAN, EVE))
    question = await world.say(space, BOB, QUESTION)
    await world.say(space, EVE, ANSWER, root=question.id)
    await world.pass_time()
    stored = await world.store.space(space.id)
    assert stored is not None
    left = tuple(m for m in space.members or () if m.person != EVE)
    await world.store.put_space(stored.value.with_members(left, world.now), etag=stored.etag)
    await world.say(space, DAN, "Does anybody know how to clean the badge printer's head? The print is streaky.")
    await world.pass_time(timedelta(hours=3))
    assert await world.postings(PostingKind.HELPERS) == []


async def test_a_question_that_nobody_answers_is_given_up_in_the_end(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    await world.pass_time(timedelta(days=8))
    stored = await world.store.thread(space.id, ThreadId(question.id))
    assert stored is not None
    assert (stored.value.state, stored.value.due_at) == (ExchangeState.ABANDONED, None)


async def test_opting_out_withdraws_a_persons_approaches(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await opt_out(CLEO, world.context)
    await world.pass_time()
    snippet = await drafted(world, space, question)
    assert snippet.visible_approaches == ()
    assert ANSWER not in repr(snippet)


async def test_judging_twice_ends_in_the_same_state(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    before = await drafted(world, space, question), await world.store.all_postings()
    world.queue.messages.append((QueueName.THREADS, f'{{"space": "{space.id}", "thread": "{question.id}"}}', world.now))
    await world.pass_time()
    assert (await drafted(world, space, question), await world.store.all_postings()) == before


async def test_where_capture_was_switched_off_nothing_more_is_suggested(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, "Does anybody know how to clean the badge printer's head? The print is streaky.")
    await switch_off(space.id, ANN, world.context)
    await world.pass_time(timedelta(hours=3))
    assert await world.postings(PostingKind.HELPERS) == []


async def test_a_snippet_outlives_the_messages_that_it_was_taken_from(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    world.now += timedelta(days=31)
    await purge(world.context)
    assert await world.store.message(space.id, question.id) is None
    await world.say(space, DAN, "Does this still hold?", root=question.id)
    await world.pass_time()
    snippet = await drafted(world, space, question)
    assert [a.text for a in snippet.visible_approaches] == [ANSWER]
    assert snippet.trust is Trust.PROPOSED


async def test_a_person_who_opts_out_takes_their_question_along(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await opt_out(BOB, world.context)
    await world.pass_time()
    withdrawn = await drafted(world, space, question)
    assert withdrawn.trust is Trust.RETIRED
    assert "badge printer" not in repr(withdrawn)


async def test_who_was_shown_an_earlier_answer_is_left_in_peace_unless_it_did_not_help(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    other = await world.say(space, BOB, "Which ribbon does the badge printer take, and who orders it?")
    ribbon = "The black monochrome one, you order it from the catalogue under office supplies."
    await world.say(space, ANN, ribbon, root=other.id)
    await world.pass_time()
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(hours=3))
    assert await world.postings(PostingKind.HELPERS) == []
    (shown,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    approach = (await drafted(world, space, question)).approaches[0].id
    pressed = Action(verb="not_helped", posting_id=shown.id, by=DAN, approach_id=approach)
    await act(pressed, world.context)
    await world.pass_time(timedelta(minutes=15))
    (named,) = await world.postings(PostingKind.HELPERS)
    assert [s.person for s in named.suggested] == [ANN], "not Cleo, whose answer did not help"


async def test_an_earlier_answer_that_helped_settles_the_question(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    again = await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=15))
    (shown,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    approach = (await drafted(world, space, question)).approaches[0].id
    await act(Action(verb="helped", posting_id=shown.id, by=DAN, approach_id=approach), world.context)
    await world.pass_time(timedelta(minutes=15))
    stored = await world.store.thread(space.id, ThreadId(again.id))
    assert stored is not None
    assert stored.value.state is ExchangeState.RESOLVED
