"""Capture: where the app is installed, and switching it on and off in a space."""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SpaceId, TeamId
from shared.domain.postings import Posting, PostingKind, posting_id_of
from shared.domain.readings import Why
from shared.domain.spaces import Space, SpaceKind
from shared.errors import Gone, NotAllowed
from shared.usecases.consent import is_erased, named_members
from shared.usecases.context import Context
from shared.usecases.members import concerned
from shared.usecases.reading import ask_for_reading
from shared.usecases.subscriptions import release, subscribe_to
from shared.usecases.suggest import want
from shared.usecases.writing import change

_ON = (
    "Cairn now reads this {place} to find questions and the answers that colleagues give. Answers are kept "
    "for the members of this {place} alone, and everyone can opt out: send Cairn the message “opt out”."
)
_OFF = "Cairn no longer reads this {place}. What was curated stays until an owner removes it."


async def installed(
    space_id: SpaceId, team_id: TeamId | None, by: Person | None, service_url: str, context: Context
) -> Space:
    """Note that the app was installed in a space, by whom, and who is there; capture stays as it is (off at first)."""
    details = await context.graph.space(space_id, team_id)
    members = await named_members(details.members, context)
    if by is not None and await is_erased(by.key, context):
        by = None

    def noted(known: Space | None) -> Space:
        fresh = known or Space(id=space_id, kind=details.kind, name=details.name)
        return replace(
            fresh,
            kind=details.kind,
            name=details.name,
            team_id=team_id,
            team_name=details.team_name,
            members=members,
            members_as_of=context.now,
            unnamed=len(details.members) - len(members),
            service_url=service_url,
            installed_by=by or fresh.installed_by,
        )

    return await _change(space_id, noted, context)


async def uninstalled(space_id: SpaceId, team_id: TeamId | None, context: Context) -> None:
    """The app was taken away, from a chat or from a team with all its channels: stop reading, and end subscriptions."""
    for space in await concerned(space_id, team_id, context):
        await _stop_reading(space, context)


async def _stop_reading(space: Space, context: Context) -> Space:
    """Note first that the space is not read, then end its subscriptions: what still comes in is not kept."""
    stopped = await _change(space.id, lambda known: replace(known or space, capture=False), context)
    await release(context)
    return stopped


async def switch_on(space_id: SpaceId, by: Person, context: Context) -> tuple[Space, str]:
    """Start to read a space: note who wanted it, subscribe, and say so in the space.

    Returns the space, and one sentence on what keeps Graph from notifying us, empty for nothing: then the
    timer goes on trying, and the space is read meanwhile.

    Raises `NotAllowed` when `by` may not decide that, or when the app isn't installed there.
    """
    space = await _allowed(space_id, by, context)

    def on(known: Space | None) -> Space:
        now = context.now
        return replace(known or space, capture=True, capture_by=by, capture_since=now, reads_from=now)

    if not space.capture:
        space = await _change(space_id, on, context)
    trouble = await subscribe_to(space, context)
    await ask_for_reading(space.id, Why.FIRST, context)
    await _notice(space, _ON, EventKind.CAPTURE_ON, by, context)
    return space, trouble


async def switch_off(space_id: SpaceId, by: Person, context: Context) -> Space:
    """Stop to read a space, and say so there. Raises `NotAllowed` as `switch_on` does."""
    space = await _stop_reading(await _allowed(space_id, by, context), context)
    await _notice(space, _OFF, EventKind.CAPTURE_OFF, by, context)
    return space


async def _allowed(space_id: SpaceId, by: Person, context: Context) -> Space:
    stored = await context.store.space(space_id)
    if stored is None:
        raise NotAllowed("Cairn isn't installed here yet, so there is nothing to switch.")
    if not stored.value.may_switch_capture(by.key):
        who = "whoever added Cairn to this chat" if stored.value.kind is SpaceKind.CHAT else "an owner"
        raise NotAllowed(f"Only {who} can decide whether Cairn reads along here.")
    return stored.value


async def _notice(space: Space, text: str, kind: EventKind, by: Person, context: Context) -> None:
    place = "chat" if space.kind is SpaceKind.CHAT else "channel"
    # One notice for each time that capture was switched, however often the command is repeated.
    moment = space.capture_since.isoformat() if space.capture_since else ""
    notice = Posting(
        id=posting_id_of(PostingKind.NOTICE, space.id, about=f"{kind}/{moment}"),
        kind=PostingKind.NOTICE,
        space_id=space.id,
        text=text.format(place=place),
        created_at=context.now,
    )
    await want(notice, context)
    await context.store.append(event(kind, space.id, context.now, by=by.key, once=moment))


async def _change(space_id: SpaceId, decide: Callable[[Space | None], Space], context: Context) -> Space:
    space = await change(
        lambda: context.store.space(space_id),
        decide,
        lambda value, etag: context.store.put_space(value, etag=etag),
    )
    if space is None:
        raise Gone("the space is no longer known")
    return space
