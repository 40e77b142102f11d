"""The bot's conversations: one person's own, and the log of what was said to and by the bot."""

from dataclasses import replace

from local.tenant.core import Core
from local.tenant.identifiers import personal_id
from local.tenant.model import Direction, JsonObject, LoggedActivity, Member, Person, Space, SpaceKind


def personal_space(core: Core, person: Person) -> Space:
    """The conversation of the bot and this person, made when it is first asked for."""
    identity = core.identity
    space_id = personal_id(identity.seed, identity.app_id, person.id)
    found = core.state.spaces.get(space_id)
    if found is not None:
        return found
    now = core.clock.now()
    return core.state.spaces.put(
        Space(
            id=space_id,
            kind=SpaceKind.PERSONAL,
            name=person.name,
            members=(Member(user_id=person.id, since=now),),
            created=now,
        )
    )


def log_activity(core: Core, direction: Direction, conversation: str, activity: JsonObject, status: int | None) -> None:
    """Keep an activity in the log."""
    register = core.state.register
    number = register.activity + 1
    core.state.set_register(replace(register, activity=number))
    core.state.activities.put(
        LoggedActivity(
            number=number,
            direction=direction,
            at=core.clock.now(),
            conversation=conversation,
            activity=activity,
            status=status,
        )
    )
