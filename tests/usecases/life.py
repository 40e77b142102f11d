"""A person who has left traces everywhere: Cleo asks, answers, reacts, decides, is mentioned, suggested and asked."""

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.audiences import audience_of_space
from shared.domain.messages import Message, Reaction
from shared.domain.postings import PostingKind
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics, added
from shared.usecases.act import Action, act
from shared.usecases.curate import carry_out
from tests.usecases.world import ANN, BOB, CLEO, DAN, World

PRINTER = "How do I reset the badge printer on the second floor? It says error E-17."
HER_WAY = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
PRINTER_AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"
HER_QUESTION = "Which form do I need to order a replacement windscreen for the blue delivery van?"
BOBS_WAY = "You need form WS-12 from the fleet page, fill in the plate number and send it to the garage."
SPOKEN_OF = "Where does Cleo Fox keep the spare key for the roller door of the dock at night?"
KEY = "It hangs behind the fire plan in the office, on the second hook, with a blue tag."
OPEN = "Does anybody know how to clean the badge printer's head? The print is streaky."


@dataclass(frozen=True)
class Life:
    """What Cleo's traces are about."""

    space: Space
    printer: Message
    her_answer: Message
    windscreen: Message
    mention: Message
    spoken_of: Message


async def live(world: World) -> Life:
    """Let all of it happen; nothing is left undelivered."""
    space = await world.space(members=(ANN, BOB, CLEO, DAN))
    await _name_curator(world, space)
    printer = await world.say(space, BOB, PRINTER)
    her_answer = await world.say(space, CLEO, HER_WAY, root=printer.id)
    await world.pass_time()
    windscreen = await world.say(space, CLEO, HER_QUESTION)
    await world.say(space, BOB, BOBS_WAY, root=windscreen.id)
    await world.pass_time()
    thanked = world.written(space, DAN, "Thanks @Cleo Fox, and cleo FOX was right about the ribbon.", root=printer.id)
    mention = replace(thanked, mentions=(CLEO, BOB), reactions=(Reaction(kind="heart", by=CLEO.key),))
    world.graph.messages[(space.id, mention.id)] = mention
    await world.notify(space, mention)
    await world.pass_time()
    await _decide(world, space, windscreen)
    await _keep_topics(world, space)
    await world.say(space, DAN, PRINTER_AGAIN)
    await world.say(space, CLEO, "What do I need to order a windscreen for the blue delivery van, which form?")
    await world.pass_time(timedelta(minutes=1))
    await _press_helped(world)
    await world.say(space, DAN, OPEN)
    await world.pass_time(timedelta(hours=3))
    (helpers,) = (p for p in await world.postings(PostingKind.HELPERS) if any(s.person == CLEO for s in p.suggested))
    await act(Action(verb="ask", posting_id=helpers.id, by=DAN, person=CLEO.key), world.context)
    spoken_of = await world.say(space, BOB, SPOKEN_OF)
    await world.say(space, DAN, KEY, root=spoken_of.id)
    await world.pass_time()
    stored = await world.store.space(space.id)
    assert stored is not None
    return Life(stored.value, printer, her_answer, windscreen, mention, spoken_of)


async def _name_curator(world: World, space: Space) -> None:
    stored = await world.store.space(space.id)
    assert stored is not None
    changed = replace(stored.value, named_curators=(CLEO.key,), capture_by=CLEO, installed_by=CLEO)
    await world.store.put_space(changed, etag=stored.etag)


async def _decide(world: World, space: Space, windscreen: Message) -> None:
    """Cleo verifies an answer: her name stands in its history and in the reason for its trust."""
    snippet = await world.snippet(space, windscreen)
    assert snippet is not None
    await carry_out("verify", audience_of_space(space.id), snippet.id, CLEO, {}, world.context)


async def _keep_topics(world: World, space: Space) -> None:
    """Cleo keeps a topic, and one that is called after her: her name stands in the list and in its history."""
    kept = KeptTopics(audience_id=audience_of_space(space.id))
    kept = added(kept, "Badge printer", ["label printer"], by=CLEO, now=world.now)
    kept = added(kept, "Cleo Fox's key", [], by=CLEO, now=world.now)
    await world.store.put_kept_topics(kept, etag=None)


async def _press_helped(world: World) -> None:
    for posting in await world.postings(PostingKind.ANSWERED_BEFORE):
        assert posting.snippet_id is not None
        assert posting.snippet_audience is not None
        snippet = await world.store.snippet(posting.snippet_audience, posting.snippet_id)
        assert snippet is not None
        approach = snippet.value.approaches[0].id
        await act(Action(verb="helped", posting_id=posting.id, by=CLEO, approach_id=approach), world.context)
