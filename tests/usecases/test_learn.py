"""What people do becomes labels: whose, about what, and what nobody wants to be learned from."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.erasure import Trace
from shared.domain.identity import Person
from shared.domain.labels import Feedback, Label, Task
from shared.domain.messages import Message
from shared.domain.people import AskedBy
from shared.domain.postings import forgotten
from shared.domain.spaces import Space
from shared.usecases.consent import opt_in, opt_out
from shared.usecases.curate import carry_out
from shared.usecases.erase import erase
from shared.usecases.upkeep import KEEP_EVENTS, purge
from tests.adapters.sqlite.files import everything
from tests.usecases.test_act import current, press, shown_again
from tests.usecases.test_exchange import AGAIN, ANSWER, OTHER, QUESTION, answered
from tests.usecases.world import ANN, BOB, CLEO, DAN, EVE, World


async def labels(world: World, task: Task) -> list[Label]:
    return list(await world.store.labels(task, limit=100))


async def said(world: World, task: Task) -> list[tuple[Feedback, bool, str]]:
    return sorted((label.feedback, label.right, label.by) for label in await labels(world, task))


async def decide(world: World, space: Space, question: Message, verb: str, by: Person = ANN, **values: str) -> None:
    snippet = await current(world, space, question)
    await carry_out(verb, snippet.audience_id, snippet.id, by, values, world.context)


async def test_this_solved_it_says_that_the_match_and_the_answer_were_right(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    await press(world, posting, DAN, "helped", approach=approach)
    (seen,), (answer,) = await labels(world, Task.SEEN_BEFORE), await labels(world, Task.ANSWER)
    assert (seen.subject, seen.right, seen.feedback) == (posting.id, True, Feedback.SOLVED)
    assert (answer.subject, answer.right, answer.feedback) == (approach, True, Feedback.SOLVED)
    assert seen.claim == posting.claim
    assert answer.claim == (await current(world, space, question)).approaches[0].claim
    assert 0.5 < answer.claim.probability < 1
    assert seen.claim.margin > 0
    assert (seen.by, set(seen.about)) == (DAN.key, {DAN.key, BOB.key, CLEO.key})
    assert set(answer.about) == {BOB.key, CLEO.key}


async def test_not_this_is_held_against_the_match_and_not_against_the_answer(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    await press(world, posting, DAN, "not_helped", approach=approach)
    assert await said(world, Task.SEEN_BEFORE) == [(Feedback.NOT_THIS, False, DAN.key)]
    assert await said(world, Task.ANSWER) == []


async def test_pressing_twice_is_one_label_and_the_latest_word_counts(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    for verb in ("helped", "helped", "not_helped"):
        await press(world, posting, DAN, verb, approach=approach)
    assert await said(world, Task.SEEN_BEFORE) == [(Feedback.NOT_THIS, False, DAN.key)]
    assert await said(world, Task.ANSWER) == [], "what the first press said of the answer is taken back"
    await press(world, posting, DAN, "helped", approach=approach)
    assert await said(world, Task.SEEN_BEFORE) == [(Feedback.SOLVED, True, DAN.key)]
    assert await said(world, Task.ANSWER) == [(Feedback.SOLVED, True, DAN.key)]


async def test_two_people_are_two_labels_on_one_claim(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    await press(world, posting, DAN, "helped", approach=approach)
    await press(world, posting, ANN, "not_helped", approach=approach)
    assert {label.subject for label in await labels(world, Task.SEEN_BEFORE)} == {posting.id}
    assert len(await labels(world, Task.SEEN_BEFORE)) == 2


async def test_who_may_not_press_teaches_nothing(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    await press(world, posting, EVE, "helped", approach=approach)
    await press(world, posting, DAN, "helped", approach="another")
    assert await said(world, Task.SEEN_BEFORE) == []


async def test_nobodys_praise_of_their_own_words_counts_but_their_doubt_does(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    await press(world, posting, CLEO, "helped", approach=approach)
    assert await said(world, Task.SEEN_BEFORE) + await said(world, Task.ANSWER) == []
    await press(world, posting, CLEO, "not_helped", approach=approach)
    assert await said(world, Task.SEEN_BEFORE) == [(Feedback.NOT_THIS, False, CLEO.key)]


@pytest.mark.parametrize(
    ("verb", "expected"), [("verify", (Feedback.VERIFIED, True)), ("reject", (Feedback.REJECTED, False))]
)
async def test_a_curators_decision_is_about_every_way_that_was_shown(
    world: World, verb: str, expected: tuple[Feedback, bool]
) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    for _ in range(2):
        await decide(world, space, question, verb)
    assert await said(world, Task.ANSWER) == [(*expected, ANN.key)] * 2
    assert await said(world, Task.SEEN_BEFORE) == []


async def test_striking_one_way_is_about_that_one(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    wrong = next(a for a in (await current(world, space, question)).approaches if a.text == OTHER)
    await decide(world, space, question, "verify")
    await decide(world, space, question, "reject", approach=wrong.id)
    found = {label.subject: label.feedback for label in await labels(world, Task.ANSWER)}
    assert found.pop(wrong.id) is Feedback.STRUCK
    assert list(found.values()) == [Feedback.VERIFIED]


async def test_a_decision_that_was_refused_teaches_nothing(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    with pytest.raises(Exception, match="Only the owners"):
        await decide(world, space, question, "verify", by=BOB)
    assert await said(world, Task.ANSWER) == []


async def test_a_merge_says_that_two_questions_are_the_same_and_how_sure_cairn_would_have_been(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    second = await world.say(space, DAN, AGAIN)
    await world.say(space, CLEO, OTHER, root=second.id)
    await world.pass_time()
    target = await current(world, space, question)
    await decide(world, space, second, "merge", into=target.id)
    (label,) = await labels(world, Task.SEEN_BEFORE)
    assert (label.feedback, label.right) == (Feedback.MERGED, True)
    assert label.claim.probability > 0.7
    assert set(label.about) == {BOB.key, CLEO.key, DAN.key}


async def test_what_was_claimed_stays_what_it_was_when_a_thread_is_judged_again(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    (before,) = (await current(world, space, question)).approaches
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    after = (await current(world, space, question)).approach(before.id)
    assert after is not None
    assert after.claim == before.claim is not None


async def test_what_was_made_before_claims_were_kept_is_pressed_as_ever_and_teaches_nothing(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    known = await world.store.posting(posting.id)
    assert known is not None
    await world.store.put_posting(replace(known.value, claim=None), etag=known.etag)
    snippet = await world.store.snippet(posting.snippet_audience or "", posting.snippet_id or "")  # type: ignore[arg-type]
    assert snippet is not None
    older = tuple(replace(a, claim=None) for a in snippet.value.approaches)
    await world.store.put_snippet(replace(snippet.value, approaches=older), etag=snippet.etag)
    await press(world, posting, DAN, "helped", approach=approach)
    assert (await current(world, space, question)).approaches[0].helped == (DAN.key,)
    assert await said(world, Task.SEEN_BEFORE) + await said(world, Task.ANSWER) == []


@pytest.mark.parametrize("gone", [DAN, BOB], ids=["who presses and asks", "who asked first"])
async def test_a_press_that_involves_somebody_who_opted_out_counts_and_teaches_nothing(
    world: World, gone: Person
) -> None:
    space, question, posting, approach = await shown_again(world)
    await opt_out(gone, world.context)
    await press(world, posting, DAN, "helped", approach=approach)
    await press(world, posting, ANN, "not_helped", approach=approach)
    assert await said(world, Task.SEEN_BEFORE) + await said(world, Task.ANSWER) == []
    await opt_in(gone, world.context)
    await press(world, posting, DAN, "helped", approach=approach)
    if gone == DAN:
        assert (await current(world, space, question)).approaches[0].helped == (DAN.key,)
        assert await said(world, Task.SEEN_BEFORE) == [(Feedback.SOLVED, True, DAN.key)]


async def test_nothing_is_learned_about_an_answer_whose_author_opted_out_meanwhile(world: World) -> None:
    """Their approaches go at once; a decision that was under way just then finds them unwilling."""
    space = await world.space()
    question, _ = await answered(world, space)
    before = await current(world, space, question)
    await opt_out(CLEO, world.context)
    after = await world.store.snippet(before.audience_id, before.id)
    assert after is not None
    await world.store.put_snippet(before, etag=after.etag)
    await decide(world, space, question, "verify")
    assert await said(world, Task.ANSWER) == []


async def pressed(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    await press(world, posting, DAN, "helped", approach=approach)
    await decide(world, space, question, "verify")
    assert len(await labels(world, Task.SEEN_BEFORE)) == 1
    assert len(await labels(world, Task.ANSWER)) == 2


@pytest.mark.parametrize(("gone", "left"), [(CLEO, 0), (DAN, 1), (ANN, 1)], ids=["author", "asker", "curator"])
async def test_opting_out_takes_labels_along_from_either_side(world: World, gone: Person, left: int) -> None:
    await pressed(world)
    await opt_out(gone, world.context)
    assert len(await labels(world, Task.ANSWER)) == left
    assert len(await labels(world, Task.SEEN_BEFORE)) == (1 if gone == ANN else 0)


async def test_erasing_removes_labels_by_and_about_a_person_from_the_files_and_says_so(
    world: World, tmp_path: Path
) -> None:
    await pressed(world)
    report = await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    assert report.removed[Trace.LABELS] == 3
    await world.pass_time()
    assert await said(world, Task.SEEN_BEFORE) + await said(world, Task.ANSWER) == []
    assert CLEO.key.encode() not in everything(tmp_path / "cairn.sqlite")
    assert (await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)).removed == {}


async def test_a_nameless_answer_teaches_nothing(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    await erase(CLEO.key, replace(world.context, erased_stay_nameless=True), by=AskedBy.ADMINISTRATOR)
    await press(world, posting, DAN, "helped", approach=approach)
    await decide(world, space, question, "verify")
    assert (await current(world, space, question)).approaches[0].helped == (DAN.key,)
    assert await said(world, Task.SEEN_BEFORE) + await said(world, Task.ANSWER) == []


async def test_labels_hold_nobodys_words_or_name(world: World) -> None:
    await pressed(world)
    held = repr([*await labels(world, Task.SEEN_BEFORE), *await labels(world, Task.ANSWER)])
    for text in (QUESTION, ANSWER, AGAIN, "printer", ANN.name, BOB.name, CLEO.name, DAN.name):
        assert text not in held


async def test_labels_go_after_as_long_as_facts_do(world: World) -> None:
    await pressed(world)
    world.now += KEEP_EVENTS - timedelta(days=1)
    await purge(world.context)
    assert await labels(world, Task.ANSWER) != []
    world.now += timedelta(days=2)
    await purge(world.context)
    assert await labels(world, Task.ANSWER) + await labels(world, Task.SEEN_BEFORE) == []


async def test_a_card_that_is_forgotten_holds_no_claim(world: World) -> None:
    _, _, posting, _ = await shown_again(world)
    assert posting.claim is not None
    assert forgotten(posting).claim is None
