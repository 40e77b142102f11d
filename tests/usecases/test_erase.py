"""Erasing a person: nothing of theirs is left, nothing comes back, and the rest goes on working."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.audiences import audience_of_space
from shared.domain.cards import AnsweredBefore, Helpers, Recall
from shared.domain.erasure import Report, Trace
from shared.domain.events import EventKind
from shared.domain.identity import Person
from shared.domain.messages import Reaction
from shared.domain.notifications import MessageRef
from shared.domain.people import AskedBy
from shared.domain.postings import PostingKind, PostingState, Suggested
from shared.domain.snippets import Decision, Trust, Verb
from shared.domain.spaces import SpaceKind
from shared.ports import QueueName
from shared.usecases.act import Action, act
from shared.usecases.capture import installed
from shared.usecases.command import Command, obey
from shared.usecases.consent import is_erased, opt_in, opt_out
from shared.usecases.context import Context
from shared.usecases.curate import carry_out
from shared.usecases.erase import erase
from shared.usecases.ingest import Kept, Source, take_in
from shared.usecases.members import refresh_members
from shared.usecases.upkeep import sweep
from tests.adapters.sqlite.files import everything
from tests.builders import a_posting, a_snippet
from tests.usecases.life import BOBS_WAY, HER_QUESTION, HER_WAY, PRINTER, PRINTER_AGAIN, live
from tests.usecases.world import ANN, BOB, CLEO, DAN, SERVICE, START, World, person


def nameless(context: Context) -> Context:
    return replace(context, erased_stay_nameless=True)


async def erased(world: World, person: Person = CLEO) -> Report:
    """Erase, and let everything that follows be worked off."""
    report = await erase(person.key, world.context, by=AskedBy.ADMINISTRATOR)
    await world.pass_time()
    return report


def left(tmp_path: Path, *texts: str) -> list[str]:
    """Which of the texts the store's files still hold, in any case of letters."""
    held = everything(tmp_path / "cairn.sqlite").lower()
    return [text for text in texts if text.lower().encode() in held]


async def test_nothing_of_an_erased_person_is_left_in_the_files(world: World, tmp_path: Path) -> None:
    await live(world)
    hers = (CLEO.name, CLEO.key, CLEO.object_id, HER_WAY[:40])
    assert left(tmp_path, *hers, HER_QUESTION[:40]) == [*hers, HER_QUESTION[:40]]
    await erased(world)
    assert left(tmp_path, *hers) == []
    assert CLEO.name not in repr(world.teams.all_cards())
    assert CLEO.key not in repr(world.teams.all_cards())


async def test_the_report_says_what_was_removed_and_a_second_run_finds_nothing(world: World) -> None:
    await live(world)
    first = await erased(world)
    assert first.removed[Trace.MESSAGES] == 3
    assert first.removed[Trace.MENTIONS] == 2
    assert first.removed[Trace.ANSWERS] == 1
    assert first.removed[Trace.APPROACHES] == 1
    assert first.removed[Trace.QUESTIONS] == 1
    assert first.removed[Trace.SPACES] == 1
    assert first.removed[Trace.EXPERTISE] == 1
    assert first.removed[Trace.PROFILE] == 1
    assert first.removed[Trace.EVENTS] >= 2
    assert first.removed[Trace.CARDS_WITHDRAWN] >= 2
    assert any(line.startswith("Teams itself") for line in first.outside)
    assert (await erased(world)).removed == {}
    facts = [e for e in await world.store.latest(limit=1000) if e.kind is EventKind.ERASED]
    assert [(fact.by, fact.detail) for fact in facts] == [(None, "administrator")]


async def test_an_approach_is_withdrawn_and_its_cards_say_so(world: World) -> None:
    life = await live(world)
    await erased(world)
    snippet = await world.snippet(life.space, life.printer)
    assert snippet is not None
    assert (snippet.trust, snippet.approaches) == (Trust.RETIRED, ())
    assert snippet.question == PRINTER, "it is Bob's question"
    assert any(isinstance(c, Recall) and c.question == PRINTER for c in world.teams.all_cards())
    assert not any(isinstance(c, Helpers) for c in world.teams.all_cards()), "she was the only one on it"


async def test_a_question_stays_without_her_name_as_long_as_colleagues_answer_it(world: World) -> None:
    life = await live(world)
    await erased(world)
    snippet = await world.snippet(life.space, life.windscreen)
    assert snippet is not None
    assert (snippet.asker.key, snippet.asker.name) == ("", "A former colleague")
    assert snippet.question == HER_QUESTION
    assert [a.text for a in snippet.visible_approaches] == [BOBS_WAY]
    assert snippet.trust is Trust.VERIFIED
    assert "Cleo" not in repr(snippet)
    await erased(world, BOB)
    snippet = await world.snippet(life.space, life.windscreen)
    assert snippet is not None
    assert (snippet.question, snippet.trust, snippet.approaches) == ("", Trust.RETIRED, ())


async def test_what_quotes_a_question_that_goes_no_longer_does(world: World, tmp_path: Path) -> None:
    life = await live(world)
    audience = audience_of_space(life.space.id)
    windscreen = await world.snippet(life.space, life.windscreen)
    printer = await world.snippet(life.space, life.printer)
    assert windscreen is not None
    assert printer is not None
    await carry_out("merge", audience, windscreen.id, ANN, {"into": printer.id}, world.context)
    merged = await world.snippet(life.space, life.printer)
    assert merged is not None
    assert HER_QUESTION in merged.history[-1].reason
    await erased(world)
    await erased(world, BOB)
    assert left(tmp_path, HER_QUESTION[:40], BOBS_WAY[:40], BOB.key, CLEO.key) == []


async def test_colleagues_cards_and_histories_quote_no_question_that_went(world: World, tmp_path: Path) -> None:
    """The quoting documents name nobody who is erased: only the question's words lead to them."""
    asked = replace(a_snippet(question=HER_QUESTION, approaches=()), asker=CLEO)
    merge = Decision(at=START, verb=Verb.MERGED, by=ANN, reason=f"with “{HER_QUESTION}”")
    other = replace(a_snippet("other", question="Which ladder?"), asker=ANN, history=(merge,))
    reason = f"answered “{HER_QUESTION}” on 2 March"
    space = await world.space()
    helpers = replace(
        a_posting(space_id=space.id),
        kind=PostingKind.HELPERS,
        asker=ANN,
        suggested=(Suggested(person=DAN, reasons=(reason,)),),
        state=PostingState.POSTED,
    )
    for snippet in (asked, other):
        await world.store.put_snippet(snippet, etag=None)
    await world.store.put_posting(helpers, etag=None)
    await erased(world)
    assert left(tmp_path, HER_QUESTION) == []
    stored = await world.store.posting(helpers.id)
    assert stored is not None
    assert stored.value.suggested[0].reasons == ("answered “…” on 2 March",)


async def test_a_card_that_shows_what_its_answer_was_merged_into_follows_too(world: World) -> None:
    space = await world.space()
    printer = await world.say(space, BOB, PRINTER)
    await world.say(space, DAN, HER_WAY, root=printer.id)
    await world.pass_time()
    await world.say(space, ANN, PRINTER_AGAIN)
    windscreen = await world.say(space, CLEO, HER_QUESTION)
    await world.say(space, BOB, BOBS_WAY, root=windscreen.id)
    await world.pass_time()
    into, merged = (await world.snippet(space, windscreen), await world.snippet(space, printer))
    assert into is not None
    assert merged is not None
    await carry_out("merge", audience_of_space(space.id), merged.id, ANN, {"into": into.id}, world.context)
    await world.pass_time()
    assert CLEO.name in repr([c for c in world.teams.all_cards() if isinstance(c, AnsweredBefore)])
    await erased(world)
    assert CLEO.name not in repr(world.teams.all_cards())


async def test_a_card_that_a_crash_left_behind_is_taken_away_as_well(world: World) -> None:
    space = await world.space(owner=CLEO)
    printer = await world.say(space, BOB, PRINTER)
    await world.say(space, DAN, HER_WAY, root=printer.id)
    world.teams.dies_after_posting = True
    with pytest.raises(asyncio.CancelledError):
        await world.pass_time()
    assert world.teams.cards[f"personal:{CLEO.key}"]
    await erased(world)
    assert not world.teams.cards[f"personal:{CLEO.key}"]
    assert not any(p.forget for p in await world.store.all_postings())


async def test_an_approach_may_stay_without_a_name(world: World, tmp_path: Path) -> None:
    life = await live(world)
    await erase(CLEO.key, nameless(world.context), by=AskedBy.ADMINISTRATOR)
    await world.pass_time()
    snippet = await world.snippet(life.space, life.printer)
    assert snippet is not None
    (approach,) = snippet.visible_approaches
    assert approach.text == HER_WAY
    assert [(s.author.key, s.author.name, s.web_url) for s in approach.sources] == [("", "A former colleague", "")]
    assert left(tmp_path, CLEO.name, CLEO.key) == []
    assert list(await world.store.experts(audience_of_space(life.space.id))) != []
    assert all(e.person.key for e in await world.store.experts(audience_of_space(life.space.id)))
    (shown,) = (c for c in world.teams.all_cards() if isinstance(c, AnsweredBefore) and c.snippet.id == snippet.id)
    assert shown.snippet.visible_approaches[0].authors[0].name == "A former colleague"


async def test_a_nameless_approach_outlives_a_new_look_at_its_thread(world: World) -> None:
    life = await live(world)
    await erase(CLEO.key, nameless(world.context), by=AskedBy.ADMINISTRATOR)
    await world.say(life.space, DAN, "Does this still hold for the new model?", root=life.printer.id)
    await world.pass_time()
    snippet = await world.snippet(life.space, life.printer)
    assert snippet is not None
    assert [a.text for a in snippet.visible_approaches] == [HER_WAY]


async def test_nothing_of_theirs_comes_back_by_redelivery_or_by_reading_the_past(world: World, tmp_path: Path) -> None:
    life = await live(world)
    await erased(world)
    for message in (life.her_answer, life.windscreen):
        assert (await world.notify(life.space, message)).kept is Kept.OPTED_OUT
        ref = MessageRef(team_id=life.space.team_id, space_id=life.space.id, message_id=message.id)
        past = await take_in(message, ref, life.space, world.context, source=Source.BACKFILL)
        assert past.kept is Kept.OPTED_OUT
    newer = replace(life.mention, modified_at=world.now, text=life.mention.text + " Really!", body_hash="another")
    world.graph.messages[(life.space.id, newer.id)] = newer
    await world.notify(life.space, newer)
    stored = await world.store.message(life.space.id, newer.id)
    assert stored is not None
    assert stored.value.text.startswith("Thanks a former colleague, and a former colleague was right")
    assert [p.key for p in stored.value.mentions] == [BOB.key]
    assert stored.value.reactions == ()
    assert left(tmp_path, CLEO.name, CLEO.key) == []


async def test_a_redelivered_message_of_others_is_the_version_that_is_known(world: World) -> None:
    life = await live(world)
    await erased(world)
    before = await world.store.message(life.space.id, life.mention.id)
    assert (await world.notify(life.space, life.mention)).kept is Kept.KNOWN
    assert await world.store.message(life.space.id, life.mention.id) == before


async def test_a_member_list_does_not_name_them_until_they_opt_in(world: World) -> None:
    life = await live(world)
    await erased(world)
    for again in (
        refresh_members(life.space.id, world.context),
        installed(life.space.id, life.space.team_id, CLEO, SERVICE, world.context),
    ):
        await again
        stored = await world.store.space(life.space.id)
        assert stored is not None
        assert CLEO.key not in repr(stored.value)
        assert stored.value.unnamed == 1
    assert await world.store.audiences_of(CLEO.key) == frozenset()
    assert "Welcome back" in await obey(Command(text="opt in", by=CLEO, space_id=None), world.context)
    assert await world.store.audiences_of(CLEO.key) != frozenset()
    back = await world.say(life.space, CLEO, "I am back")
    assert await world.store.message(life.space.id, back.id) is not None


async def test_who_was_erased_and_reads_along_keeps_what_others_may_see_out_of_the_thread(world: World) -> None:
    """Eve's space is a part of Cleo's: without Cleo in the list, everybody there would seem to be in Eve's too."""
    life = await live(world)
    dock = await world.space("Dock", members=(ANN, BOB, CLEO, DAN))
    other = await world.space("Other", members=(ANN, BOB, DAN))
    asked = await world.say(other, BOB, "Where do I find the key for the dock's roller door at night?")
    await world.say(other, DAN, "It hangs behind the fire plan in the office, second hook, blue tag.", root=asked.id)
    await world.pass_time()
    await erased(world)
    await world.say(dock, ANN, "Where do I find the key for the roller door of the dock at night?")
    await world.pass_time(timedelta(minutes=1))
    (shown,) = (p for p in await world.postings(PostingKind.ANSWERED_BEFORE) if p.space_id == dock.id)
    assert shown.recipient == ANN, "privately, as it would be if Cleo were named"
    assert life.space.id != dock.id


async def test_an_erased_person_presses_and_commands_in_vain_and_leaves_no_trace(world: World, tmp_path: Path) -> None:
    life = await live(world)
    (review, *_) = await world.postings(PostingKind.REVIEW)
    await erased(world)
    outcome = await act(Action(verb="verify", posting_id=review.id, by=CLEO), world.context)
    assert "nothing was changed" in outcome.message
    for words in ("opt out", "capture off", "erase me", "keep messages 3 days", "erase me now", "hello"):
        await obey(Command(text=words, by=CLEO, space_id=life.space.id, team_id=life.space.team_id), world.context)
    assert left(tmp_path, CLEO.name, CLEO.key) == []


async def test_cards_that_can_not_be_taken_away_yet_are_taken_away_later(world: World, tmp_path: Path) -> None:
    await live(world)
    await erase(CLEO.key, world.context, by=AskedBy.ADMINISTRATOR)
    lost = world.queue.take(QueueName.DELIVERIES, world.now)
    assert lost
    assert left(tmp_path, CLEO.name) == []
    world.now += timedelta(minutes=10)
    await sweep(world.context)
    await world.pass_time(timedelta(minutes=1))
    assert not any(p.forget for p in await world.store.all_postings())
    assert not world.teams.cards.get(f"personal:{CLEO.key}")
    assert left(tmp_path, CLEO.key) == []


async def test_a_chat_that_only_they_could_switch_is_read_no_more(world: World) -> None:
    chat = await world.space("Van crew", kind=SpaceKind.CHAT, owner=CLEO)
    other = await world.space("Night shift", kind=SpaceKind.CHAT, owner=BOB)
    await erased(world)
    assert [s.capture for s in await world.store.all_spaces() if s.id in (chat.id, other.id)] == [True, False]


async def test_somebody_who_was_never_heard_of_is_kept_out_as_well(world: World, tmp_path: Path) -> None:
    stranger = Person(key=CLEO.key, name="")
    assert (await erased(world, stranger)).removed == {}
    space = await world.space(members=(ANN, BOB))
    await world.say(space, CLEO, "Nobody keeps this")
    assert await world.store.count_messages() == 0
    assert left(tmp_path, CLEO.name, CLEO.key) == []


async def test_a_namesake_of_another_tenant_is_somebody_else(world: World) -> None:
    namesake = person("Cleo Fox", tenant="9b0a4c1f-2f0f-4c53-8d0e-2f6f1f0c7d11")
    space = await world.space(members=(ANN, BOB, namesake))
    kept = await world.say(space, namesake, "I work for the supplier")
    await erased(world)
    assert await world.store.message(space.id, kept.id) is not None
    assert not await is_erased(namesake.key, world.context)


async def test_the_salt_is_made_once_and_the_tombstone_tells_no_key(world: World, tmp_path: Path) -> None:
    await erased(world)
    first = await world.store.tenant_state()
    await erased(world, BOB)
    second = await world.store.tenant_state()
    assert first is not None
    assert second is not None
    assert first.value.salt == second.value.salt
    assert len(first.value.salt) == 64
    assert left(tmp_path, CLEO.key, BOB.key) == []


async def test_opting_in_lifts_the_tombstone_and_opting_out_afterwards_is_just_that(world: World) -> None:
    await erased(world)
    await opt_in(CLEO, world.context)
    assert not await is_erased(CLEO.key, world.context)
    await opt_out(CLEO, world.context)
    profile = await world.store.profile(CLEO.key)
    assert profile is not None
    assert profile.value.opted_out


async def test_the_bot_says_what_would_happen_before_it_does_it(world: World) -> None:
    life = await live(world)
    said = await obey(Command(text="Erase me!", by=CLEO, space_id=None), world.context)
    assert "erase me now" in said
    assert await world.store.message(life.space.id, life.her_answer.id) is not None
    done = await obey(Command(text="erase me now", by=CLEO, space_id=None), world.context)
    assert "3 messages of theirs" in done
    assert "What I can't reach" in done
    assert await world.store.message(life.space.id, life.her_answer.id) is None


@pytest.mark.parametrize("reacted", [0, 1, 3])
async def test_reactions_of_others_stay(world: World, reacted: int) -> None:
    space = await world.space()
    others = tuple(Reaction(kind="like", by=p.key) for p in (ANN, BOB, DAN)[:reacted])
    message = replace(
        world.written(space, BOB, "New ribbons are here"), reactions=(*others, Reaction(kind="like", by=CLEO.key))
    )
    world.graph.messages[(space.id, message.id)] = message
    await world.notify(space, message)
    await erased(world)
    stored = await world.store.message(space.id, message.id)
    assert stored is not None
    assert stored.value.reactions == others
