"""Copies in wider audiences follow their home, cards follow the copies, and counts follow both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.cards import AnsweredBefore, Recall, Review
from shared.domain.erasure import Forgetting
from shared.domain.events import EventKind
from shared.domain.feed import Changed
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.messages import Message
from shared.domain.postings import PostingKind
from shared.domain.snippets import Snippet, Trust
from shared.domain.spaces import Space, SpaceKind
from shared.domain.tallies import Standing
from shared.errors import NotAllowed, TryLater
from shared.usecases import curate
from shared.usecases.follow import Followed, follow, follow_feed
from shared.usecases.forget import forget
from shared.usecases.widen import agree, narrow, widen
from tests.usecases.test_act import press
from tests.usecases.test_exchange import AGAIN, answered
from tests.usecases.world import ANN, BOB, DAN, EVE, World


async def at_home(world: World, kind: SpaceKind = SpaceKind.STANDARD) -> tuple[Space, Message, Snippet]:
    """An answered question in a space of that kind, which Ann curates."""
    space = await world.space(kind=kind)
    question, _ = await answered(world, space)
    home = await world.snippet(space, question)
    assert home is not None
    return space, question, home


async def copy(world: World, home: Snippet) -> Snippet | None:
    stored = await world.store.snippet(ORGANISATION, home.id)
    return stored.value if stored is not None and stored.value.usable else None


async def wide(world: World, kind: SpaceKind = SpaceKind.STANDARD) -> tuple[Space, Message, Snippet]:
    """As `at_home`, and Ann has shown it to the organisation."""
    space, question, home = await at_home(world, kind)
    await widen(home.audience_id, home.id, ORGANISATION, ANN, world.context)
    return space, question, home


async def decide(world: World, home: Snippet, verb: str, **values: str) -> str:
    return await curate.carry_out(verb, home.audience_id, home.id, ANN, values, world.context)


async def test_who_is_not_in_the_space_finds_it_once_it_was_widened(world: World) -> None:
    _, _, home = await at_home(world)
    elsewhere = await world.space("Elsewhere", members=(EVE, DAN), owner=EVE)
    await world.say(elsewhere, EVE, AGAIN)
    assert await world.postings(PostingKind.ANSWERED_BEFORE) == []
    assert await decide(world, home, "widen") == "Done. It is shown to everybody in the organisation now."
    question = await world.say(elsewhere, EVE, AGAIN + " Thanks!")
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert (posting.thread_id, posting.snippet_audience) == (str(question.id), ORGANISATION)
    assert posting.recipient is None
    assert any(isinstance(card, AnsweredBefore) for card in world.teams.all_cards())


async def test_only_who_curates_widens_and_only_to_where_they_belong(world: World) -> None:
    _, _, home = await at_home(world)
    elsewhere = await world.space("Elsewhere", members=(EVE,), owner=EVE)
    with pytest.raises(NotAllowed):
        await widen(home.audience_id, home.id, ORGANISATION, BOB, world.context)
    with pytest.raises(NotAllowed):
        await widen(home.audience_id, home.id, audience_of_space(elsewhere.id), ANN, world.context)
    with pytest.raises(NotAllowed):
        await widen(home.audience_id, home.id, home.audience_id, ANN, world.context)
    assert await copy(world, home) is None


async def test_who_widened_it_and_when_is_a_fact(world: World) -> None:
    _, _, home = await wide(world)
    await narrow(home.audience_id, home.id, ORGANISATION, ANN, world.context)
    facts = {event.kind: event for event in await world.store.latest(limit=99)}
    assert facts[EventKind.WIDENED].by == ANN.key
    assert facts[EventKind.NARROWED].by == ANN.key


@pytest.mark.parametrize("kind", [SpaceKind.PRIVATE, SpaceKind.SHARED, SpaceKind.CHAT])
async def test_what_was_said_among_few_waits_for_its_author(world: World, kind: SpaceKind) -> None:
    _, _, home = await wide(world, kind)
    assert await copy(world, home) is None
    author = home.approaches[0].authors[0]
    await agree(home.audience_id, home.id, ORGANISATION, author, world.context, yes=True)
    shown = await copy(world, home)
    assert shown is not None
    assert shown.asker.key == ""
    await agree(home.audience_id, home.id, ORGANISATION, author, world.context, yes=False)
    assert await copy(world, home) is None


async def test_nobody_agrees_for_somebody_else(world: World) -> None:
    _, _, home = await wide(world, SpaceKind.CHAT)
    with pytest.raises(NotAllowed):
        await agree(home.audience_id, home.id, ORGANISATION, EVE, world.context, yes=True)


async def test_a_copy_follows_every_change_at_home_when_the_feed_is_followed(world: World) -> None:
    space, question, home = await wide(world)
    await decide(world, home, "edit", question="What does E-17 mean?")
    stale = await copy(world, home)
    assert stale is not None
    assert stale.question == home.question, "nobody has followed the feed yet"
    await follow_feed(world.context)
    fresh = await copy(world, home)
    assert fresh is not None
    assert (fresh.question, fresh.trust) == ("What does E-17 mean?", Trust.VERIFIED)
    for message in [m for m in world.graph.messages.values() if m.space_id == space.id and m.id != question.id]:
        await world.delete(space, message)
    await world.pass_time()
    await follow_feed(world.context)
    assert await copy(world, home) is None


@pytest.mark.parametrize("verb", ["reject", "narrow"])
async def test_what_is_no_longer_shown_is_emptied_and_who_received_it_is_told(world: World, verb: str) -> None:
    _, _, home = await wide(world)
    elsewhere = await world.space("Elsewhere", members=(EVE, DAN), owner=EVE)
    await world.say(elsewhere, EVE, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    await decide(world, home, verb, reason="Ann's words for Help alone")
    await follow_feed(world.context)
    await world.pass_time(timedelta(minutes=1))
    emptied = await world.store.snippet(ORGANISATION, home.id)
    assert emptied is not None
    assert "E-17" not in repr(emptied.value)
    recalled = [card for card in world.teams.all_cards() if isinstance(card, Recall)]
    assert recalled
    assert not any("Ann's words" in repr(card) for card in recalled), "a reason is for home alone"
    assert not any(isinstance(card, AnsweredBefore) for card in world.teams.all_cards())


@pytest.mark.parametrize("kind", list(SpaceKind))
async def test_a_curator_is_offered_to_share_where_nobody_else_is_asked(world: World, kind: SpaceKind) -> None:
    await at_home(world, kind)
    (card,) = (card for card in world.teams.all_cards() if isinstance(card, Review))
    assert card.may_share == (kind is SpaceKind.STANDARD)


async def test_pressing_the_button_shares_it_and_pressing_it_again_takes_it_back(world: World) -> None:
    _, _, home = await at_home(world)
    (posting,) = await world.postings(PostingKind.REVIEW)
    for verb, usable in (("widen", True), ("narrow", False)):
        await press(world, posting, ANN, verb)
        assert (await copy(world, home) is not None) == usable
        outcome = await press(world, posting, BOB, verb)
        assert "meant for somebody else" in outcome.message


async def test_an_outcome_on_a_copys_card_is_kept_at_home(world: World) -> None:
    space, question, home = await wide(world)
    elsewhere = await world.space("Elsewhere", members=(EVE, DAN), owner=EVE)
    await world.say(elsewhere, EVE, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    await press(world, posting, EVE, "helped", approach=home.approaches[0].id)
    now_home = await world.snippet(space, question)
    assert now_home is not None
    assert now_home.approaches[0].helped == (EVE.key,)
    await follow_feed(world.context)
    shown = await copy(world, home)
    assert shown is not None
    assert shown.approaches[0].helped == ("",)
    assert await world.store.experts(ORGANISATION) == [], "expertise stays in the audience that it was shown in"


async def test_a_copy_is_not_curated_nor_merged_into(world: World) -> None:
    _, _, home = await wide(world)
    with pytest.raises(NotAllowed):
        await curate.carry_out("verify", ORGANISATION, home.id, ANN, {}, world.context)
    other = replace(home, id=SnippetId("other"), widened=())
    await world.store.put_snippet(other, etag=None)
    copied = replace(home, id=SnippetId("copied"), copied_from=ORGANISATION)
    await world.store.put_snippet(copied, etag=None)
    with pytest.raises(NotAllowed):
        await decide(world, other, "merge", into="copied")


async def test_members_of_the_home_space_are_shown_home_and_not_its_copy_beside_it(world: World) -> None:
    space, _, _ = await wide(world)
    await world.say(space, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert posting.snippet_audience == audience_of_space(space.id)
    assert posting.recipient is None


async def test_where_not_everybody_is_of_the_home_space_all_may_see_the_copy(world: World) -> None:
    await wide(world)
    mixed = await world.space("Mixed", members=(DAN, EVE), owner=DAN)
    await world.say(mixed, DAN, AGAIN)
    await world.pass_time(timedelta(minutes=1))
    (posting,) = await world.postings(PostingKind.ANSWERED_BEFORE)
    assert (posting.snippet_audience, posting.recipient) == (ORGANISATION, None)


@pytest.mark.parametrize("part", ["asker", "author"])
async def test_erasing_somebody_cleans_the_copies_before_it_says_that_it_is_done(world: World, part: str) -> None:
    _, _, home = await wide(world)
    who = home.asker if part == "asker" else home.approaches[0].authors[0]
    await forget(Forgetting(user=who.key, names=(who.name,)), world.context)
    stored = await world.store.snippet(ORGANISATION, home.id)
    assert stored is not None
    assert who.key not in repr(stored.value)
    assert who.name not in repr(stored.value)


async def test_a_question_that_goes_with_its_asker_goes_from_copies_that_never_named_them(world: World) -> None:
    _, _, home = await wide(world, SpaceKind.CHAT)
    author = home.approaches[0].authors[0]
    await agree(home.audience_id, home.id, ORGANISATION, author, world.context, yes=True)
    assert await copy(world, home) is not None
    await forget(Forgetting(user=home.asker.key, whole=False), world.context)
    stored = await world.store.snippet(ORGANISATION, home.id)
    assert stored is not None
    assert stored.value.question == ""


async def test_a_copy_left_behind_by_an_erasure_that_was_cut_off_is_cleaned_by_the_next(world: World) -> None:
    _, _, home = await wide(world)
    dirty = await world.store.snippet(ORGANISATION, home.id)
    assert dirty is not None
    author = home.approaches[0].authors[0]
    await forget(Forgetting(user=author.key, names=(author.name,)), world.context)
    clean = await world.store.snippet(ORGANISATION, home.id)
    assert clean is not None
    # As if the home had been cleaned and the process had died before it came to the copy.
    await world.store.put_snippet(replace(dirty.value, revision=clean.value.revision), etag=clean.etag)
    await forget(Forgetting(user=author.key, names=(author.name,)), world.context)
    again = await world.store.snippet(ORGANISATION, home.id)
    assert again is not None
    assert author.key not in repr(again.value)


async def test_what_this_process_remembers_of_the_audiences_is_let_go_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, home = await wide(world)
    told: list[frozenset[AudienceId]] = []
    monkeypatch.setattr(world.store, "audiences_changed", told.append)
    await follow_feed(world.context)
    assert frozenset().union(*told) == {home.audience_id, ORGANISATION}


async def test_snippets_are_counted_by_audience_month_and_standing(world: World) -> None:
    _, _, home = await wide(world)
    await follow_feed(world.context)
    await decide(world, home, "verify")
    await follow_feed(world.context)
    counted = {(t.audience_id, t.month): dict(t.counts) for t in await world.store.all_tallies()}
    assert counted == {
        (home.audience_id, "2026-03"): {Standing.VERIFIED: 1},
        (ORGANISATION, "2026-03"): {Standing.COPY: 1},
    }


async def test_the_feed_goes_on_where_it_was_left_and_is_quiet_at_its_end(world: World) -> None:
    await wide(world)
    first = await follow_feed(world.context)
    assert first.snippets == 2
    assert await follow_feed(world.context) == Followed()


async def test_a_change_that_this_process_was_not_told_of_yet_comes_again(world: World) -> None:
    _, _, home = await wide(world)
    newer = Changed(audience_id=home.audience_id, snippet_id=home.id, revision=99)
    unknown = Changed(audience_id=ORGANISATION, snippet_id=SnippetId("unknown"), revision=1)
    for change in (newer, unknown):
        with pytest.raises(TryLater):
            await follow([change], world.context)


async def test_one_change_that_fails_keeps_none_of_the_others_waiting(world: World) -> None:
    _, _, home = await wide(world)
    await decide(world, home, "edit", question="What does E-17 mean?")
    unknown = Changed(audience_id=ORGANISATION, snippet_id=SnippetId("unknown"), revision=1)
    known = Changed(audience_id=home.audience_id, snippet_id=home.id, revision=1)
    with pytest.raises(TryLater):
        await follow([unknown, known, unknown], world.context)
    shown = await copy(world, home)
    assert shown is not None
    assert shown.question == "What does E-17 mean?"
