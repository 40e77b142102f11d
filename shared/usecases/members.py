"""Who is in a space: followed as Teams tells, and asked anew where only Graph knows."""

from dataclasses import replace
from datetime import datetime

from shared.domain.identity import SpaceId, TeamId, UserKey
from shared.domain.spaces import Space, SpaceKind
from shared.errors import Gone
from shared.ports import Pace
from shared.usecases.consent import named_members
from shared.usecases.context import Context
from shared.usecases.writing import change


async def concerned(space_id: SpaceId | None, team_id: TeamId | None, context: Context) -> list[Space]:
    """The space itself, and what belongs to the same team: what happens to a team is told of its general channel."""
    return [
        space
        for space in await context.store.all_spaces()
        if space.id == space_id or (team_id is not None and space.team_id == team_id)
    ]


async def members_changed(
    space_id: SpaceId, team_id: TeamId | None, gone: frozenset[UserKey], context: Context
) -> None:
    """Follow a change of membership: who left loses access at once, then Teams is asked who is there.

    Who leaves a team leaves its standard and private channels with it, but not the shared ones; a private or
    shared channel's own change concerns that channel alone.
    """
    spaces = await concerned(space_id, team_id, context)
    itself = next((space for space in spaces if space.id == space_id), None)
    if itself is not None and itself.kind in (SpaceKind.PRIVATE, SpaceKind.SHARED, SpaceKind.CHAT):
        spaces = [itself]
    for space in spaces:
        if gone and (space.id == space_id or space.kind is not SpaceKind.SHARED):
            await _without(space.id, gone, context)
    for space in spaces:
        await refresh_members(space.id, context)


async def members_notified(
    space_id: SpaceId | None, team_id: TeamId | None, received_at: datetime, context: Context
) -> int:
    """Ask Graph who is in the spaces that a membership notification concerns; returns how many were asked for.

    A team that gains five hundred people sends as many notifications: a list that was asked for after the
    notification came in already holds what it tells.
    """
    spaces = await concerned(space_id, team_id, context)
    if space_id is not None:
        # A channel's own member list, or a chat: nothing else follows from it.
        spaces = [space for space in spaces if space.id == space_id]
    stale = [space for space in spaces if space.members_as_of is None or space.members_as_of <= received_at]
    for space in stale:
        await refresh_members(space.id, context)
    return len(stale)


async def refresh_members(space_id: SpaceId, context: Context, *, pace: Pace = Pace.PEOPLE) -> None:
    """Ask Teams anew who is in a space. A space that is gone has no members, so that nothing of it is shown."""
    stored = await context.store.space(space_id)
    if stored is None:
        return
    try:
        details = await context.graph.space(space_id, stored.value.team_id, pace=pace)
    except Gone:
        members, unnamed = None, 0
    else:
        members = await named_members(details.members, context)
        unnamed = len(details.members) - len(members)
    await change(
        lambda: context.store.space(space_id),
        lambda known: known.with_members(members, as_of=context.now, unnamed=unnamed) if known else None,
        lambda value, etag: context.store.put_space(value, etag=etag),
    )


async def _without(space_id: SpaceId, gone: frozenset[UserKey], context: Context) -> None:
    def without(known: Space | None) -> Space | None:
        if known is None or known.members is None:
            return None
        return replace(known, members=tuple(m for m in known.members if m.person.key not in gone))

    await change(
        lambda: context.store.space(space_id),
        without,
        lambda value, etag: context.store.put_space(value, etag=etag),
    )
