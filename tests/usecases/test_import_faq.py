"""Questions and answers from a file: found, suggested, checked by people, and never in their way."""

from dataclasses import replace

import pytest

from shared.adapters.teams.cards import render
from shared.domain.audiences import audience_of_space
from shared.domain.cards import AnsweredBefore, Review
from shared.domain.erasure import Forgetting
from shared.domain.faq import Row
from shared.domain.forgotten_authors import snippet_without
from shared.domain.labels import Task
from shared.domain.people import AskedBy
from shared.domain.postings import PostingKind
from shared.domain.snippets import Imported, Snippet, Trust
from shared.domain.spaces import Space
from shared.usecases.act import Action, act
from shared.usecases.curate import carry_out
from shared.usecases.erase import erase
from shared.usecases.import_faq import FaqReport, Outcome, import_faq
from tests.usecases.world import ANN, BOB, CLEO, DAN, START, World

BADGE = "How do I get a new badge for the side entrance?"
AGAIN = "How do I get a new badge for the side entrance door?"
DESK = "Ask the front desk for form B-12 and bring a photo; they print it while you wait."


def rows(*pairs: tuple[str, str], by: str = "Eve Moss") -> list[Row]:
    return [
        Row(question=q, answer=a, source=Imported(file="faq.tsv", row=n, at=START, by=by, key=str(n)))
        for n, (q, a) in enumerate(pairs, 2)
    ]


async def bring(world: World, space: Space, *pairs: tuple[str, str], reviews: int = 10) -> FaqReport:
    return await import_faq(rows(*pairs), space, world.context, reviews=reviews)


async def known(world: World, space: Space) -> list[Snippet]:
    return list(await world.store.visible(frozenset({audience_of_space(space.id)}), limit=99))


MANY = [(f"Question number {n} about thing {n}?", f"Answer {n}.") for n in range(7)]


async def test_a_file_brings_proposed_answers_that_are_found_and_suggested(world: World) -> None:
    space = await world.space()
    report = await bring(world, space, (BADGE, DESK))
    assert report.questions == {Outcome.NEW: 1}
    [snippet] = await known(world, space)
    assert snippet.trust is Trust.PROPOSED
    await world.say(space, DAN, AGAIN)
    await world.pass_time()
    [card] = [card for card in world.teams.all_cards() if isinstance(card, AnsweredBefore)]
    assert card.snippet.id == snippet.id
    assert "faq.tsv, row 2" in repr(render(card))
    assert "Not checked yet" in repr(render(card))


async def test_it_is_found_by_each_of_its_wordings(world: World) -> None:
    space = await world.space()
    two = rows((BADGE, DESK), ("What must I do when I lost my key card at the gym?", DESK))
    await import_faq([*two[:1], _same_key(two[1], two[0])], space, world.context, reviews=0)
    await world.say(space, DAN, "What must I do when I lost my key card at the gym?")
    await world.pass_time()
    assert [card for card in world.teams.all_cards() if isinstance(card, AnsweredBefore)]


def _same_key(row: Row, other: Row) -> Row:
    return replace(row, source=replace(row.source, key=other.source.key))


async def test_again_it_changes_nothing_and_asks_nobody_twice(world: World) -> None:
    space = await world.space()
    await bring(world, space, *MANY)
    await world.pass_time()
    before = world.file.rows("SELECT etag FROM snippets UNION ALL SELECT etag FROM postings ORDER BY 1")
    report = await bring(world, space, *MANY)
    assert report.questions == {Outcome.SAME: 7}
    assert (report.reviews, report.waiting) == (0, 0)
    await world.pass_time()
    assert world.file.rows("SELECT etag FROM snippets UNION ALL SELECT etag FROM postings ORDER BY 1") == before


async def test_curators_get_no_more_to_check_than_was_asked_for_and_the_next_ones_with_the_next_call(
    world: World,
) -> None:
    space = await world.space()
    for expected, waiting in ((3, 4), (6, 1), (7, 0), (7, 0)):
        report = await bring(world, space, *MANY, reviews=3)
        await world.pass_time()
        assert len(await world.postings(PostingKind.REVIEW)) == expected
        assert report.waiting == waiting
    assert len({card.snippet.id for card in world.teams.all_cards() if isinstance(card, Review)}) == 7


async def test_what_was_shown_to_somebody_is_put_before_the_curators(world: World) -> None:
    space = await world.space()
    await bring(world, space, (BADGE, DESK), *MANY, reviews=0)
    await world.pass_time()
    await world.say(space, DAN, AGAIN)
    await world.pass_time()
    assert not await world.postings(PostingKind.REVIEW)
    [shown] = await world.postings(PostingKind.ANSWERED_BEFORE)
    [approach] = next(s for s in await known(world, space) if s.question == BADGE).approaches
    await act(Action(verb="helped", posting_id=shown.id, by=DAN, approach_id=approach.id), world.context)
    await world.pass_time()
    [review] = await world.postings(PostingKind.REVIEW)
    assert review.recipient == ANN
    [label] = await world.store.labels(Task.SEEN_BEFORE, limit=9)
    assert set(label.about) == {DAN.key}, "nobody asked what a file asks, so nobody has to be willing"


async def test_a_curator_verifies_and_a_changed_answer_is_to_be_checked_beside_it(world: World) -> None:
    space = await world.space()
    await bring(world, space, (BADGE, DESK))
    [snippet] = await known(world, space)
    await carry_out("verify", snippet.audience_id, snippet.id, ANN, {}, world.context)
    report = await bring(world, space, (BADGE, "Use the app; there is no form any more."))
    assert report.questions == {Outcome.CHANGED: 1}
    [after] = await known(world, space)
    assert after.trust is Trust.PROPOSED
    assert [a.text for a in after.visible_approaches] == [DESK, "Use the app; there is no form any more."]


async def test_a_changed_answer_of_what_was_merged_goes_where_it_was_merged_into(world: World) -> None:
    space = await world.space()
    await bring(world, space, (BADGE, DESK), MANY[0])
    by_question = {s.question: s for s in await known(world, space)}
    into = by_question[MANY[0][0]]
    await carry_out("merge", into.audience_id, by_question[BADGE].id, ANN, {"into": into.id}, world.context)
    await bring(world, space, (BADGE, DESK), MANY[0])
    [left] = await known(world, space)
    assert left.wordings == (BADGE,), "it is found by what was merged into it"
    assert (await bring(world, space, (BADGE, DESK), MANY[0])).questions == {Outcome.SAME: 2}
    await bring(world, space, (BADGE, "Use the app."), MANY[0])
    [left] = await known(world, space)
    assert left.id == into.id
    assert [a.text for a in left.visible_approaches] == [MANY[0][1], "Use the app."]


async def test_another_space_has_its_own(world: World) -> None:
    space, other = await world.space(), await world.space("Sales", members=(BOB, CLEO), owner=BOB)
    await bring(world, space, (BADGE, DESK))
    report = await bring(world, other, (BADGE, DESK))
    assert report.questions == {Outcome.NEW: 1}
    assert {s.id for s in await known(world, space)}.isdisjoint(s.id for s in await known(world, other))


@pytest.mark.parametrize("at_write", range(1, 4))
async def test_a_run_that_dies_anywhere_is_ended_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, at_write: int
) -> None:
    space = await world.space()
    writes, put = 0, world.store.put_snippet

    async def dying(snippet: Snippet, *, etag: str | None) -> str:
        nonlocal writes
        writes += 1
        done = await put(snippet, etag=etag)
        if writes == at_write:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(world.store, "put_snippet", dying)
    with pytest.raises(KeyboardInterrupt):
        await bring(world, space, *MANY[:3])
    report = await bring(world, space, *MANY[:3])
    assert report.questions == {Outcome.SAME: at_write, Outcome.NEW: 3 - at_write} or at_write == 3
    assert len(await known(world, space)) == 3
    await world.pass_time()
    assert len(await world.postings(PostingKind.REVIEW)) == 3


async def test_a_card_follows_a_changed_answer_though_the_run_dies_after_the_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = await world.space()
    await bring(world, space, (BADGE, DESK))
    await world.pass_time()
    await world.say(space, DAN, AGAIN)
    await world.pass_time()
    put = world.store.put_snippet

    async def dying(snippet: Snippet, *, etag: str | None) -> str:
        await put(snippet, etag=etag)
        raise KeyboardInterrupt

    monkeypatch.setattr(world.store, "put_snippet", dying)
    with pytest.raises(KeyboardInterrupt):
        await bring(world, space, (BADGE, "Use the app."))
    monkeypatch.undo()
    await world.pass_time()
    [card] = [card for card in world.teams.all_cards() if isinstance(card, AnsweredBefore)]
    assert [a.text for a in card.snippet.visible_approaches] == ["Use the app."]


async def test_who_brought_it_in_is_forgotten_when_they_are_erased_and_the_answer_stays(world: World) -> None:
    space = await world.space(members=(ANN, CLEO))
    await import_faq(rows((BADGE, f"Ask Cleo Fox. {DESK}"), by="Cleo Fox"), space, world.context, reviews=0)
    await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    [snippet] = await known(world, space)
    assert "Cleo" not in repr(snippet)
    assert DESK in snippet.approaches[0].text
    assert snippet.question == BADGE


async def test_a_question_of_a_file_outlives_who_opts_out_and_being_rejected(world: World) -> None:
    space = await world.space()
    await bring(world, space, (BADGE, DESK))
    [snippet] = await known(world, space)
    await carry_out("reject", snippet.audience_id, snippet.id, ANN, {"reason": "Cleo Fox says no"}, world.context)
    stored = await world.store.snippet(snippet.audience_id, snippet.id)
    assert stored is not None
    left = snippet_without(stored.value, Forgetting(user=CLEO.key, names=("Cleo Fox",)), world.now)
    assert left.question == BADGE
    assert "Cleo" not in repr(left)
