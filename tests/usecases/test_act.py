"""Buttons: who may press what, and that a press by anybody else changes nothing and says so kindly."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.audiences import ORGANISATION
from shared.domain.cards import Ask, Recall, Review
from shared.domain.identity import Person, PostingId
from shared.domain.messages import Message
from shared.domain.people import Profile
from shared.domain.postings import Posting, PostingKind
from shared.domain.snippets import Snippet, Trust
from shared.domain.spaces import Space
from shared.usecases import curate
from shared.usecases.act import Action, Outcome, act
from shared.usecases.upkeep import sweep
from tests.usecases.test_exchange import AGAIN, ANSWER, OTHER, QUESTION, answered
from tests.usecases.world import ANN, BOB, CLEO, DAN, EVE, World

OPEN = "Does anybody know how to clean the badge printer's head? The print is streaky."


async def press(world: World, posting: Posting, by: Person, verb: str, **values: str) -> Outcome:
    action = Action(
        verb=verb,
        posting_id=posting.id,
        by=by,
        approach_id=values.get("approach", ""),
        person=values.pop("person", ""),
        values=values,
    )
    return await act(action, world.context)


async def under_review(world: World) -> tuple[Space, Message, Posting]:
    space = await world.space()
    question, _ = await answered(world, space)
    (posting,) = await world.postings(PostingKind.REVIEW)
    assert posting.recipient == ANN
    return space, question, posting


async def current(world: World, space: Space, question: Message) -> Snippet:
    snippet = await world.snippet(space, question)
    assert snippet is not None
    return snippet


async def shown_again(world: World) -> tuple[Space, Message, Posting, str]:
    space = await world.space()
    question, _ = await answered(world, space)
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    return space, question, posting, (await current(world, space, question)).approaches[0].id


async def test_a_curator_verifies(world: World) -> None:
    space, question, posting = await under_review(world)
    outcome = await press(world, posting, ANN, "verify")
    snippet = await current(world, space, question)
    assert (snippet.trust, snippet.trust_reason) == (Trust.VERIFIED, "checked by Ann Lee")
    assert isinstance(outcome.card, Review)
    assert outcome.card.snippet.trust is Trust.VERIFIED


@pytest.mark.parametrize("verb", ["verify", "edit", "reject", "merge"])
async def test_nobody_else_decides(world: World, verb: str) -> None:
    space, question, posting = await under_review(world)
    before = await current(world, space, question)
    for other in (BOB, CLEO, EVE):
        outcome = await press(world, posting, other, verb, question="Mine now", into="x")
        assert outcome.card is None
        assert "nothing was changed" in outcome.message
    assert await current(world, space, question) == before


async def test_a_curator_who_is_one_no_longer_decides_nothing(world: World) -> None:
    space, question, posting = await under_review(world)
    stored = await world.store.space(space.id)
    assert stored is not None
    without = tuple(m for m in space.members or () if m.person != ANN)
    await world.store.put_space(stored.value.with_members(without, world.now), etag=stored.etag)
    outcome = await press(world, posting, ANN, "verify")
    assert "not a member" in outcome.message
    assert (await current(world, space, question)).trust is Trust.PROPOSED


async def test_an_edit_replaces_the_words_and_is_redacted_too(world: World) -> None:
    space, question, posting = await under_review(world)
    approach = (await current(world, space, question)).approaches[0].id
    values = {
        f"text:{approach}": "Hold the green button. The password is Kestrel-42-Moss.",
        "question": "Badge printer E-17?",
    }
    await press(world, posting, ANN, "edit", **values)
    snippet = await current(world, space, question)
    assert snippet.question == "Badge printer E-17?"
    assert "Hold the green button." in snippet.approaches[0].text
    assert "Kestrel" not in repr(snippet)
    assert snippet.approaches[0].edited_by == ANN


@pytest.mark.parametrize("question", ["", "   ", "x" * 9000])
async def test_an_edit_without_words_or_with_too_many_changes_nothing(world: World, question: str) -> None:
    space, asked, posting = await under_review(world)
    before = await current(world, space, asked)
    outcome = await press(world, posting, ANN, "edit", question=question)
    assert "nothing was changed" in outcome.message
    assert await current(world, space, asked) == before


async def test_an_edited_text_outlives_a_new_draft(world: World) -> None:
    space, question, posting = await under_review(world)
    approach = (await current(world, space, question)).approaches[0].id
    await press(world, posting, ANN, "edit", **{f"text:{approach}": "Hold the green button for ten seconds."})
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    texts = [a.text for a in (await current(world, space, question)).approaches]
    assert texts[0] == "Hold the green button for ten seconds."
    assert ANSWER not in texts


async def test_a_rejected_snippet_is_not_suggested_and_stays_rejected(world: World) -> None:
    space, question, posting = await under_review(world)
    await press(world, posting, ANN, "reject", reason="Out of date")
    await world.say(space, DAN, "haha", root=question.id)
    await world.pass_time()
    snippet = await current(world, space, question)
    assert (snippet.trust, snippet.trust_reason) == (Trust.RETIRED, "Out of date")
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    assert await world.postings(PostingKind.ANSWERED_BEFORE) == []


async def test_merging_puts_the_approaches_side_by_side_and_follows_their_sources(world: World) -> None:
    space, question, posting = await under_review(world)
    second = await world.say(space, DAN, AGAIN)
    reply = await world.say(space, CLEO, OTHER, root=second.id)
    await world.pass_time()
    target = await current(world, space, question)
    other = await current(world, space, second)
    review = next(p for p in await world.postings(PostingKind.REVIEW) if p.snippet_id == other.id)
    await press(world, review, ANN, "merge", into=target.id)
    merged = await current(world, space, question)
    assert {a.text for a in merged.visible_approaches} == {ANSWER, OTHER}
    assert (await current(world, space, second)).merged_into == target.id
    await world.delete(space, reply)
    await world.pass_time()
    after = await current(world, space, question)
    assert [a.text for a in after.visible_approaches] == [ANSWER]
    assert posting.snippet_id == target.id


async def test_merging_into_itself_or_into_nothing_changes_nothing(world: World) -> None:
    space, question, posting = await under_review(world)
    before = await current(world, space, question)
    for into in (before.id, "unknown", ""):
        outcome = await press(world, posting, ANN, "merge", into=into)
        assert "nothing was changed" in outcome.message
    assert await current(world, space, question) == before


async def test_this_helped_counts_once_and_the_latest_word_counts(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    for verb in ("helped", "helped", "not_helped", "helped"):
        await press(world, posting, DAN, verb, approach=approach)
    found = (await current(world, space, question)).approaches[0]
    assert (found.helped, found.not_helped) == ((DAN.key,), ())


async def test_an_outcome_from_outside_or_on_another_approach_changes_nothing(world: World) -> None:
    space, question, posting, approach = await shown_again(world)
    before = await current(world, space, question)
    assert (await press(world, posting, EVE, "helped", approach=approach)).card is None
    assert (await press(world, posting, DAN, "helped", approach="another")).card is None
    assert await current(world, space, question) == before


async def test_a_card_that_never_was_or_an_unknown_button_changes_nothing(world: World) -> None:
    _, _, posting, _ = await shown_again(world)
    gone = await act(Action(verb="verify", posting_id=PostingId("never"), by=ANN), world.context)
    assert "nothing was changed" in gone.message
    assert "no such button" in (await press(world, posting, DAN, "explode")).message


async def named(world: World) -> tuple[Space, Message, Posting]:
    space = await world.space()
    await answered(world, space)
    question = await world.say(space, DAN, OPEN)
    await world.pass_time(timedelta(hours=3))
    (posting,) = await world.postings(PostingKind.HELPERS)
    return space, question, posting


async def test_asking_a_helper_posts_a_request_that_names_them(world: World) -> None:
    space, question, posting = await named(world)
    await press(world, posting, DAN, "ask", person=CLEO.key)
    await press(world, posting, DAN, "ask", person=CLEO.key)
    await world.pass_time(timedelta(minutes=1))
    asked = [c for c in world.teams.cards[f"{space.id};messageid={question.id}"].values() if isinstance(c, Ask)]
    assert [(c.mentor, c.asker) for c in asked] == [(CLEO, DAN)]
    profile = await world.store.profile(CLEO.key)
    assert profile is not None
    assert [call.asked_at is not None for call in profile.value.calls] == [True]


async def test_only_the_asker_asks_and_only_who_is_on_the_card(world: World) -> None:
    _, _, posting = await named(world)
    assert "Only Dan Hill" in (await press(world, posting, BOB, "ask", person=CLEO.key)).message
    assert "not on this card" in (await press(world, posting, DAN, "ask", person=ANN.key)).message
    assert await world.postings(PostingKind.ASK) == []


async def test_a_helper_who_opted_out_meanwhile_is_not_asked(world: World) -> None:
    _, _, posting = await named(world)
    stored = await world.store.profile(CLEO.key)
    assert stored is not None
    await world.store.put_profile(Profile(person=CLEO, opted_out=True), etag=stored.etag)
    assert "can no longer be asked" in (await press(world, posting, DAN, "ask", person=CLEO.key)).message
    assert await world.postings(PostingKind.ASK) == []


async def test_a_helper_may_pass_and_the_request_goes_away(world: World) -> None:
    space, question, posting = await named(world)
    await press(world, posting, DAN, "ask", person=CLEO.key)
    await world.pass_time(timedelta(minutes=1))
    (ask,) = await world.postings(PostingKind.ASK)
    assert "Only Cleo Fox" in (await press(world, ask, BOB, "pass")).message
    await press(world, ask, CLEO, "pass")
    await world.pass_time(timedelta(minutes=1))
    standing = world.teams.cards[f"{space.id};messageid={question.id}"].values()
    assert [c for c in standing if isinstance(c, Ask)] == []


async def test_the_question_on_a_helpers_card_is_redacted(world: World) -> None:
    space = await world.space()
    await answered(world, space)
    await world.say(space, DAN, f"{OPEN} Write to dan.hill@example.com or +44 20 7946 0958.")
    await world.pass_time(timedelta(hours=3))
    (posting,) = await world.postings(PostingKind.HELPERS)
    assert "dan.hill@" not in posting.text
    assert "7946" not in posting.text


async def test_a_curator_strikes_one_way_and_it_stays_out(world: World) -> None:
    space = await world.space()
    question = await world.say(space, BOB, QUESTION)
    await world.say(space, CLEO, ANSWER, root=question.id)
    await world.say(space, DAN, OTHER, root=question.id)
    await world.pass_time()
    (posting,) = await world.postings(PostingKind.REVIEW)
    wrong = next(a for a in (await current(world, space, question)).approaches if a.text == OTHER)
    await press(world, posting, ANN, "reject", approach=wrong.id, reason="Breaks the queue for everybody")
    await world.say(space, DAN, "haha", root=question.id)
    await world.pass_time()
    snippet = await current(world, space, question)
    assert [a.text for a in snippet.visible_approaches] == [ANSWER]
    assert snippet.trust is Trust.PROPOSED
    assert [e.person for e in await world.store.experts(snippet.audience_id)] == [CLEO]


async def test_a_crash_right_after_a_decision_is_followed_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    space, question, posting, _ = await shown_again(world)
    (review,) = await world.postings(PostingKind.REVIEW)

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as broken:
        broken.setattr(curate, "after_change", dies)
        with pytest.raises(asyncio.CancelledError):
            await press(world, review, ANN, "reject", reason="Out of date")
    assert (await current(world, space, question)).trust is Trust.RETIRED
    await world.pass_time(timedelta(minutes=1))
    (card,) = world.teams.cards[f"{space.id};messageid={posting.thread_id}"].values()
    assert isinstance(card, Recall)
    assert await world.store.experts(posting.snippet_audience or ORGANISATION) == []


async def test_a_pass_whose_delivery_was_lost_is_found_by_the_sweep(world: World) -> None:
    _, _, posting = await named(world)
    await press(world, posting, DAN, "ask", person=CLEO.key)
    await world.pass_time(timedelta(minutes=1))
    (ask,) = await world.postings(PostingKind.ASK)
    await press(world, ask, CLEO, "pass")
    world.queue.messages.clear()
    world.now += timedelta(minutes=6)
    assert (await sweep(world.context)).postings == 1
