"""Capture: switch it on and off in a space, keep its subscription alive, and know who is there."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SpaceId, TeamId, UserKey
from shared.domain.notifications import client_state, client_state_hash
from shared.domain.postings import Posting, PostingKind, posting_id_of
from shared.domain.spaces import Space, SpaceKind, Subscription
from shared.errors import Gone, NotAllowed
from shared.usecases.context import Context
from shared.usecases.suggest import want
from shared.usecases.writing import change

LIFETIME = timedelta(minutes=4320)
"""The longest that Graph lets a subscription on chatMessage live (Microsoft Learn, subscription resource)."""

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

    def noted(known: Space | None) -> Space:
        fresh = known or Space(id=space_id, kind=details.kind, name=details.name)
        return replace(
            fresh,
            kind=details.kind,
            name=details.name,
            team_id=team_id,
            team_name=details.team_name,
            members=details.members,
            members_as_of=context.now,
            service_url=service_url,
            installed_by=by or fresh.installed_by,
        )

    return await _change(space_id, noted, context)


async def uninstalled(space_id: SpaceId, team_id: TeamId | None, context: Context) -> None:
    """The app was taken away, from a chat or from a team with all its channels: stop reading, and end subscriptions."""
    for space in await _concerned(space_id, team_id, context):
        await _stop_reading(space, context)


async def _stop_reading(space: Space, context: Context) -> Space:
    """Note first that the space is not read, then end its subscription: what still comes in is not kept."""
    subscription = space.subscription
    stopped = await _change(space.id, lambda known: replace(known or space, capture=False, subscription=None), context)
    if subscription is not None:
        await context.graph.unsubscribe(subscription.id)
    return stopped


async def _concerned(space_id: SpaceId, team_id: TeamId | None, context: Context) -> list[Space]:
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
    concerned = await _concerned(space_id, team_id, context)
    itself = next((space for space in concerned if space.id == space_id), None)
    if itself is not None and itself.kind in (SpaceKind.PRIVATE, SpaceKind.SHARED, SpaceKind.CHAT):
        concerned = [itself]
    for space in concerned:
        if gone and (space.id == space_id or space.kind is not SpaceKind.SHARED):
            await _without(space.id, gone, context)
    for space in concerned:
        await refresh_members(space.id, context)


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


async def refresh_members(space_id: SpaceId, context: Context) -> None:
    """Ask Teams anew who is in a space. A space that is gone has no members, so that nothing of it is shown."""
    stored = await context.store.space(space_id)
    if stored is None:
        return
    try:
        details = await context.graph.space(space_id, stored.value.team_id)
    except Gone:
        members = None
    else:
        members = details.members
    await _change(space_id, lambda known: (known or stored.value).with_members(members, as_of=context.now), context)


async def switch_on(space_id: SpaceId, by: Person, context: Context) -> Space:
    """Start to read a space: note who wanted it, subscribe, and say so in the space.

    Raises `NotAllowed` when `by` may not decide that, or when the app isn't installed there.
    """
    space = await _allowed(space_id, by, context)

    def on(known: Space | None) -> Space:
        return replace(known or space, capture=True, capture_by=by, capture_since=context.now)

    if not space.capture:
        space = await _change(space_id, on, context)
    space = await subscribe(space, context)
    await _notice(space, _ON, EventKind.CAPTURE_ON, by, context)
    return space


async def switch_off(space_id: SpaceId, by: Person, context: Context) -> Space:
    """Stop to read a space, and say so there. Raises `NotAllowed` as `switch_on` does."""
    space = await _stop_reading(await _allowed(space_id, by, context), context)
    await _notice(space, _OFF, EventKind.CAPTURE_OFF, by, context)
    return space


async def subscribe(space: Space, context: Context) -> Space:
    """Have Graph notify us of a space's messages; a subscription that still runs is left alone."""
    if space.subscription is not None and space.subscription.expires_at > context.now:
        return space
    state = client_state(context.client_state_secret, secrets.token_hex(16))
    made = await context.graph.subscribe(space.id, space.team_id, client_state=state, now=context.now)
    subscription = Subscription(
        id=made.id,
        client_state_hash=client_state_hash(state),
        expires_at=made.expires_at,
        certificate_id=made.certificate_id,
    )
    return await _change(space.id, lambda known: replace(known or space, subscription=subscription), context)


async def renew(context: Context) -> int:
    """Prolong every subscription past half its life, and make anew what is missing or ended; returns how many."""
    renewed = 0
    for space in await context.store.all_spaces():
        if not space.capture or context.paused:
            continue
        subscription = space.subscription
        if subscription is not None and subscription.expires_at - context.now > LIFETIME / 2:
            continue
        await _prolong(space, context)
        renewed += 1
    return renewed


async def after_lifecycle(space: Space, lifecycle_event: str, context: Context) -> None:
    """Do what Graph asks for (Microsoft Learn, "lifecycle notifications"): reauthorise, or subscribe anew."""
    if not space.capture:
        return
    if lifecycle_event == "reauthorizationRequired":
        await _prolong(space, context)
    elif lifecycle_event == "subscriptionRemoved":
        await subscribe(replace(space, subscription=None), context)


async def _prolong(space: Space, context: Context) -> None:
    subscription = space.subscription
    if subscription is None or subscription.expires_at <= context.now:
        await subscribe(replace(space, subscription=None), context)
        return
    try:
        expires_at = await context.graph.renew(subscription.id, now=context.now)
    except Gone:
        await subscribe(replace(space, subscription=None), context)
        return
    prolonged = replace(subscription, expires_at=expires_at)
    await _change(space.id, lambda known: replace(known or space, subscription=prolonged), context)


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
