"""From buttons to thresholds: what a report says, what a refit changes, and that the next judgement obeys."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.identity import Person
from shared.domain.labels import Feedback, Task, log_odds
from shared.domain.postings import PostingKind
from shared.domain.precision import Precision
from shared.domain.tenant import TenantState
from shared.domain.tuning import UNTUNED, Finding, Tuning
from shared.judgement import answers, similar
from shared.judgement.thresholds import SAME_SHOWS_A_QUESTION
from shared.usecases.consent import opt_out
from shared.usecases.refit import Refitted, Standing, refit, reset, standing
from shared.usecases.suggest import same_question
from tests.builders import a_label
from tests.usecases.test_act import press, shown_again
from tests.usecases.test_exchange import AGAIN, ANSWER, OTHER, QUESTION, answered
from tests.usecases.world import ANN, BOB, CLEO, DAN, World


async def heard(
    world: World,
    name: str,
    count: int,
    *,
    right: int,
    sure: float,
    task: Task = Task.SEEN_BEFORE,
    by: Person = DAN,
    model: str = "",
) -> None:
    """So many claims that somebody judged, of which so many were right."""
    seen = task is Task.SEEN_BEFORE
    yes, no = (Feedback.SOLVED, Feedback.NOT_THIS) if seen else (Feedback.VERIFIED, Feedback.REJECTED)
    for number in range(count):
        label = a_label(
            f"{name} {number}",
            by=by,
            about=[CLEO],
            task=task,
            feedback=yes if number < right else no,
            probability=sure,
            bar=0.7 if seen else 0.5,
            model=model or (similar.model_in_use() if seen else answers.model_in_use()),
            moment=world.now,
        )
        await world.store.put_label(label, etag=None)


def of(found: Sequence[Standing], task: Task) -> Standing:
    return next(one for one in found if one.task is task)


def change_of(found: Sequence[Refitted], task: Task = Task.SEEN_BEFORE) -> Refitted:
    return next(one for one in found if one.task is task)


async def test_from_a_button_to_the_report(world: World) -> None:
    _, _, posting, approach = await shown_again(world)
    await press(world, posting, DAN, "helped", approach=approach)
    seen = of(await standing(world.context), Task.SEEN_BEFORE)
    assert (seen.passing.right, seen.passing.count, seen.passing.tells) == (1, 1, False)
    assert posting.claim is not None
    assert seen.claimed == posting.claim.probability
    (solved,) = seen.heard
    assert (solved.feedback, solved.says_right, solved.share) == (Feedback.SOLVED, True, Precision(right=1, count=1))
    assert [(bar.delivered, bar.in_force) for bar in seen.bars] == [(0.8, 0.8), (0.7, 0.7)]
    answer = of(await standing(world.context), Task.ANSWER)
    assert (answer.passing.right, answer.passing.count) == (1, 1)


async def test_nothing_heard_is_a_report_of_nothing(world: World) -> None:
    for one in await standing(world.context):
        assert (one.passing.count, one.heard, one.claimed, one.of_other_models) == (0, (), 0.0, 0)


async def test_with_too_few_labels_a_refit_changes_nothing_and_says_so(world: World) -> None:
    await heard(world, "wrong", 29, right=0, sure=0.9)
    found = change_of(await refit(world.context, apply=True))
    assert (found.fit.finding, found.before, found.after) == (Finding.TOO_FEW, 0.0, 0.0)
    assert await world.context.tuning() == UNTUNED


async def too_sure(world: World, sure: float) -> None:
    """Feedback by which claims up to `sure` are mostly wrong, and surer ones right."""
    await heard(world, "often wrong", 30, right=12, sure=sure)
    await heard(world, "right", 40, right=40, sure=0.999999)


async def suggested(world: World) -> float:
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert posting.claim is not None
    return posting.claim.probability


async def test_the_next_suggestion_obeys_a_threshold_that_was_raised_and_one_that_was_reset(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    await too_sure(world, await suggested(world))
    shown = change_of(await refit(world.context, apply=False))
    assert shown.fit.finding is Finding.RAISE
    assert shown.after > shown.before == 0.0
    assert await world.context.tuning() == UNTUNED, "it was only shown"
    await refit(world.context, apply=True)
    assert (await world.context.tuning()).fitted_at == world.now
    await world.say(space, ANN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    assert len(await world.postings(PostingKind.ANSWERED_BEFORE)) == 1, "the one of before"
    assert await reset(world.context)
    assert not await reset(world.context)
    await world.say(space, ANN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    assert len(await world.postings(PostingKind.ANSWERED_BEFORE)) == 2


async def test_what_is_surer_still_is_still_said(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await too_sure(world, 0.75)
    assert change_of(await refit(world.context, apply=True)).after > 0
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    assert await suggested(world) > 0.9


async def test_a_raised_threshold_for_answers_holds_for_new_threads_and_takes_nothing_back(world: World) -> None:
    space = await world.space()
    old, _ = await answered(world, space)
    before = await world.snippet(space, old)
    await heard(world, "wrong", 60, right=0, sure=0.9999, task=Task.ANSWER)
    found = change_of(await refit(world.context, apply=True), Task.ANSWER)
    assert found.fit.finding is Finding.SILENCE
    await world.say(space, DAN, "haha", root=old.id)
    new = await world.say(space, BOB, QUESTION.replace("second", "third").replace("E-17", "E-99"))
    await world.say(space, CLEO, ANSWER, root=new.id)
    await world.pass_time()
    after = await world.snippet(space, old)
    assert before is not None
    assert after is not None
    assert after.visible_approaches == before.visible_approaches
    assert await world.snippet(space, new) is None


async def test_the_report_counts_only_what_passes_the_threshold_in_force(world: World) -> None:
    await too_sure(world, 0.9)
    before = of(await standing(world.context), Task.SEEN_BEFORE)
    await refit(world.context, apply=True)
    after = of(await standing(world.context), Task.SEEN_BEFORE)
    assert (before.passing.right, before.passing.count) == (52, 70)
    assert (after.passing.right, after.passing.count) == (40, 40)
    assert [bar.in_force > bar.delivered for bar in after.bars] == [True, True]
    assert sum(h.share.right for h in after.heard) == 70, "what was heard stays heard"


async def test_a_refit_starts_from_the_delivered_threshold_and_ends_where_it_was(world: World) -> None:
    await too_sure(world, 0.9)
    first = change_of(await refit(world.context, apply=True))
    second = change_of(await refit(world.context, apply=True))
    assert (second.before, second.after) == (first.after, first.after)
    await heard(world, "right after all", 400, right=400, sure=0.9)
    assert change_of(await refit(world.context, apply=True)).after == 0.0


async def test_a_task_with_too_few_labels_keeps_the_threshold_that_it_has(world: World) -> None:
    await too_sure(world, 0.9)
    raised = change_of(await refit(world.context, apply=True)).after
    await world.store.drop_labels(DAN.key)
    found = change_of(await refit(world.context, apply=True))
    assert (found.fit.finding, found.after) == (Finding.TOO_FEW, raised)
    assert (await world.context.tuning()).seen_before == raised


async def test_claims_of_another_releases_models_count_nowhere_and_are_told(world: World) -> None:
    await heard(world, "wrong", 50, right=0, sure=0.9, model="an earlier model")
    seen = of(await standing(world.context), Task.SEEN_BEFORE)
    assert (seen.passing.count, seen.of_other_models) == (0, 50)
    assert change_of(await refit(world.context, apply=True)).fit.finding is Finding.TOO_FEW


@pytest.mark.parametrize("gone", [DAN, CLEO], ids=["who said it", "whom it is about"])
async def test_a_label_that_came_just_as_somebody_opted_out_is_passed_over(world: World, gone: Person) -> None:
    await opt_out(gone, world.context)
    await heard(world, "wrong", 50, right=0, sure=0.9)
    assert of(await standing(world.context), Task.SEEN_BEFORE).passing.count == 0
    assert change_of(await refit(world.context, apply=True)).fit.finding is Finding.TOO_FEW


async def test_merges_are_told_and_move_no_threshold(world: World) -> None:
    await heard(world, "right", 30, right=30, sure=0.9)
    for number, sure in enumerate((0.3, 0.5, 0.9)):
        merge = replace(
            a_label(f"pair {number}", feedback=Feedback.MERGED, probability=sure, model=similar.model_in_use()),
            by=ANN.key,
        )
        await world.store.put_label(merge, etag=None)
    seen = of(await standing(world.context), Task.SEEN_BEFORE)
    assert (seen.known_merges.right, seen.known_merges.count) == (1, 3)
    assert seen.passing.count == 30
    assert change_of(await refit(world.context, apply=True)).after == 0.0


async def test_what_only_shows_that_something_was_asked_must_be_surer_by_as_much(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    snippet = await world.snippet(space, question)
    assert snippet is not None
    found = await same_question(AGAIN, [snippet], world.context)
    assert found is not None
    between = log_odds(found[1].probability) - log_odds(SAME_SHOWS_A_QUESTION) + 0.5
    await world.store.put_tenant_state(TenantState(tuning=Tuning(seen_before=between)), etag=None)
    assert await same_question(AGAIN, [snippet], world.context) == found
    assert await same_question(AGAIN, [snippet], world.context, least=SAME_SHOWS_A_QUESTION) is None


async def test_fitting_leaves_the_rest_of_what_is_noted_about_the_tenant(world: World) -> None:
    await world.store.put_tenant_state(TenantState(salt="5a" * 32, awake_at=world.now), etag=None)
    await too_sure(world, 0.9)
    await refit(world.context, apply=True)
    state = await world.store.tenant_state()
    assert state is not None
    assert (state.value.salt, state.value.awake_at) == ("5a" * 32, world.now)
    assert state.value.tuning.seen_before > 0


async def test_of_two_ways_on_a_card_one_that_solved_it_is_enough(world: World) -> None:
    space = await world.space()
    question, _ = await answered(world, space)
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    await world.say(space, BOB, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    snippet = await world.snippet(space, question)
    assert snippet is not None
    solved, not_this = (approach.id for approach in snippet.approaches)
    await press(world, posting, BOB, "helped", approach=solved)
    await press(world, posting, BOB, "not_helped", approach=not_this)
    seen = of(await standing(world.context), Task.SEEN_BEFORE)
    assert (seen.passing.right, seen.passing.count) == (1, 1)
    assert [(h.feedback, h.share.right) for h in seen.heard] == [(Feedback.SOLVED, 1), (Feedback.NOT_THIS, 1)]
