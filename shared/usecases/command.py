"""Commands: what people may write to the bot, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.domain.identity import Person, SpaceId, TeamId
from shared.errors import NotAllowed
from shared.usecases import capture, consent
from shared.usecases.context import Context

HELP = (
    "I collect the answers that colleagues give each other, and bring them back when somebody asks again.\n\n"
    "You can write to me:\n"
    "- **capture on** or **capture off** (owners): whether I read along in this channel or chat\n"
    "- **opt out** or **opt in**: whether I keep what you write and name you as somebody who may help"
)


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
    words = " ".join(command.text.lower().split()).strip(" .!")
    known: dict[str, Callable[[Command, Context], Awaitable[str]]] = {
        "capture on": _capture_on,
        "capture off": _capture_off,
        "opt out": _opt_out,
        "opt in": _opt_in,
    }
    carry_out = known.get(words)
    if carry_out is None:
        return HELP
    try:
        return await carry_out(command, context)
    except NotAllowed as refusal:
        return str(refusal)


def _here(command: Command) -> SpaceId:
    if command.space_id is None:
        raise NotAllowed("Write that in the channel or chat that you mean.")
    return command.space_id


async def _capture_on(command: Command, context: Context) -> str:
    here = _here(command)
    if command.team_id is not None:
        # An app is installed in a team as a whole: this may be the first that we hear of this channel.
        await capture.installed(here, command.team_id, None, command.service_url, context)
    space = await capture.switch_on(here, command.by, context)
    return f"I read along in {space.label} from now on."


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
    return "Welcome back. I keep what you write from now on; what was removed stays removed."
