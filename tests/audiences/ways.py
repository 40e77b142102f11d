"""Every way in which a person comes to see something, each as a function; what it gives is everything as text.

Whoever adds a way to see adds a line to `WAYS`: the test then holds it to the rule that nobody sees what is not theirs.
"""

from collections.abc import Awaitable, Callable, Mapping

from local.page.knowledge import knowledge
from local.page.views import Person as Visitor
from shared.domain.identity import Person, SpaceId, UserKey
from shared.usecases.act import Action, act
from shared.usecases.command import Command, obey
from shared.usecases.health import examine
from shared.usecases.take_out import kinds_of, take_out
from tests.usecases.world import World

type Way = Callable[[World, Person], Awaitable[str]]

WORDS = "How do I reset the badge printer on the second floor? It says error E-17."
_EVERYTHING = 1000


async def searching(world: World, person: Person) -> str:
    """What a search of theirs finds, with words that everything has."""
    audiences = await world.store.audiences_of(person.key)
    return repr(await world.store.search(audiences, WORDS, limit=_EVERYTHING))


async def listing(world: World, person: Person) -> str:
    """The list of what is known."""
    return repr(await world.store.visible(await world.store.audiences_of(person.key), limit=_EVERYTHING))


async def pressing(world: World, person: Person) -> str:
    """What any card's buttons answer them, on cards that they were never shown too."""
    said = []
    for posting in await world.store.all_postings():
        snippet = None
        if posting.snippet_id is not None and posting.snippet_audience is not None:
            snippet = await world.store.snippet(posting.snippet_audience, posting.snippet_id)
        approach = snippet.value.approaches[0].id if snippet else ""
        whom = posting.suggested[0].person.key if posting.suggested else ""
        for verb in ("helped", "verify", "ask"):
            pressed = Action(verb=verb, posting_id=posting.id, by=person, approach_id=approach, person=whom)
            said.append(repr(await act(pressed, world.context)))
    return "\n".join(said)


async def writing_to_the_bot(world: World, person: Person) -> str:
    """What the bot answers them, wherever they write."""
    places: list[SpaceId | None] = [None, *(space.id for space in await world.store.all_spaces())]
    said = []
    for place in places:
        for words in ("help", "erase me", "capture on", "keep messages as usual"):
            said.append(await obey(Command(text=words, by=person, space_id=place), world.context))
    return "\n".join(said)


async def looking_at_the_page(world: World, person: Person) -> str:
    """The page of what is known, with its reports of what happened."""
    everybody = {m.person for space in await world.store.all_spaces() for m in space.members or ()} | {person}
    visitors: Mapping[UserKey, Visitor] = {
        p.key: Visitor(key=p.key, name=p.name, department="", title="") for p in everybody
    }
    return repr(await knowledge(world.store, person.key, visitors, world.now))


async def taking_out(world: World, person: Person) -> str:
    """An export of what they may see, as `cairn export --person` makes it."""
    audiences = sorted(await world.store.audiences_of(person.key))
    if not audiences:
        return ""
    return repr([page async for page in take_out(world.store, kinds_of(audiences, talk=True), audiences)])


async def asking_how_it_is(world: World, _: Person) -> str:
    """What is told to anybody who asks: health, and numbers."""
    return repr((await examine(world.context), await world.store.counts(), await world.store.count()))


WAYS: Mapping[str, Way] = {
    "search": searching,
    "list": listing,
    "card": pressing,
    "bot": writing_to_the_bot,
    "page": looking_at_the_page,
    "export": taking_out,
    "health": asking_how_it_is,
}
