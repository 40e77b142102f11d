"""Commands: what people may write to the bot, and what it answers."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.domain.identity import Person, SpaceId, TeamId
from shared.domain.messages import Message
from shared.domain.people import AskedBy
from shared.errors import NotAllowed, TryLater
from shared.usecases import capture, consent
from shared.usecases.context import Context
from shared.usecases.erase import erase
from shared.usecases.members import refresh_members
from shared.usecases.upkeep import keep_messages

HELP = (
    "I collect the answers that colleagues give each other, and bring them back when somebody asks again.\n\n"
    "You can write to me:\n"
    "- **capture on** or **capture off** (owners): whether I read along in this channel or chat\n"
    "- **keep messages 14 days** or **keep messages as usual** (owners): how long I keep what is written here\n"
    "- **opt out** or **opt in**: whether I keep what you write and name you as somebody who may help\n"
    "- **erase me**: what happens if I remove everything that I hold of you"
)
_LONGEST = 200
_NAME_WORDS = 4
"""Words of a mention's text, at most: how Teams writes the app's name into the message."""
_KEEP = re.compile(r"keep messages ([0-9]{1,5}) days?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Words written to the bot; `space_id` is where, None in the bot's own chat with a person."""

    text: str
    by: Person
    space_id: SpaceId | None
    team_id: TeamId | None = None
    service_url: str = ""


async def obey(command: Command, context: Context) -> str:
    """Carry out a command and return what to answer, in plain words; what isn't understood is answered with help."""
    words = _plain(command.text)
    carry_out, days = _KNOWN.get(words), _KEEP.fullmatch(words)
    try:
        if days is not None:
            return await _keep(command, int(days[1]), context)
        return HELP if carry_out is None else await carry_out(command, context)
    except NotAllowed as refusal:
        return str(refusal)


def is_command(message: Message) -> bool:
    """Whether a message of a space tells Cairn to do something: it mentions Cairn, and the rest is a command."""
    if not message.names_us or len(message.text) > _LONGEST:
        return False
    words = _plain(message.text).split()
    rest = (" ".join(words[start:]) for start in range(1, min(len(words), _NAME_WORDS + 1)))
    return any(words in _KNOWN or _KEEP.fullmatch(words) for words in rest)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .!")


def _here(command: Command) -> SpaceId:
    if command.space_id is None:
        raise NotAllowed("Write that in the channel or chat that you mean.")
    return command.space_id


async def _capture_on(command: Command, context: Context) -> str:
    here = _here(command)
    if command.team_id is not None:
        # An app is installed in a team as a whole: this may be the first that we hear of this channel.
        await capture.installed(here, command.team_id, None, command.service_url, context)
    space, trouble = await capture.switch_on(here, command.by, context)
    said = f"I read along in {space.label} from now on."
    return f"{said} What people write reaches me late for now, though: {trouble}." if trouble else said


async def _capture_off(command: Command, context: Context) -> str:
    space = await capture.switch_off(_here(command), command.by, context)
    return f"I no longer read along in {space.label}."


async def _opt_out(command: Command, context: Context) -> str:
    await consent.opt_out(command.by, context)
    return (
        "Done. I removed what I had kept of your messages, I keep none from now on, and I no longer name you. "
        "Write “opt in” to change that."
    )


async def _opt_in(command: Command, context: Context) -> str:
    await consent.opt_in(command.by, context)
    await _learn_who_is_back(context)
    return "Welcome back. I keep what you write from now on; what was removed stays removed."


async def _learn_who_is_back(context: Context) -> None:
    """Who was erased is in no member list: ask anew. Where Graph is busy, the daily reading does it."""
    for space in await context.store.all_spaces():
        if space.unnamed:
            try:
                await refresh_members(space.id, context)
            except TryLater:
                return


async def _say_what_erasing_does(_: Command, context: Context) -> str:
    approaches = "stay, without your name" if context.erased_stay_nameless else "are withdrawn"
    return (
        "If you want that, I remove all that I hold of you: your messages, your reactions, what you have shown you "
        "know, your name on what you decided, and the cards that I sent you. Answers that you gave "
        f"{approaches}. Nothing of it can be brought back, and I show you nothing more until you write “opt in”. "
        "What you wrote in Teams stays in Teams.\n\n"
        "To do it, write **erase me now**."
    )


async def _erase_me(command: Command, context: Context) -> str:
    report = await erase(command.by.key, context, by=AskedBy.THEMSELVES, names=(command.by.name,))
    found = [f"- {count} {trace}" for trace, count in report.removed.items()]
    removed = "Done. I removed or changed:\n" + "\n".join(found) if found else "Done. I found nothing of yours."
    outside = "\n".join(f"- {sentence}" for sentence in report.outside)
    return f"{removed}\n\nWhat I can't reach:\n{outside}\n\nWrite “opt in” if you ever want me to keep what you write."


async def _keep(command: Command, days: int, context: Context) -> str:
    space = await keep_messages(_here(command), command.by, days, context)
    span = "1 day" if days == 1 else f"{days} days"
    return f"From tonight on, I keep what is written in {space.label} for {span}. Answers that were taken from it stay."


async def _keep_as_usual(command: Command, context: Context) -> str:
    space = await keep_messages(_here(command), command.by, None, context)
    return f"I keep what is written in {space.label} for as long as everywhere in the organisation."


_KNOWN: dict[str, Callable[[Command, Context], Awaitable[str]]] = {
    "capture on": _capture_on,
    "capture off": _capture_off,
    "opt out": _opt_out,
    "opt in": _opt_in,
    "erase me": _say_what_erasing_does,
    "erase me now": _erase_me,
    "keep messages as usual": _keep_as_usual,
}
