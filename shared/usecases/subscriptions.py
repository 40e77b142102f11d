"""Graph subscriptions: make what is wanted, keep it alive, repair what broke, and end what is wanted no more."""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.notifications import client_state, client_state_hash
from shared.domain.readings import Why
from shared.domain.spaces import Space
from shared.domain.subscriptions import (
    ORGANISATION_QUOTA,
    Subscription,
    Wanted,
    Watched,
    feeds,
    new_subscription,
    wanted_for,
)
from shared.domain.tenant import TenantState
from shared.errors import AlreadySubscribed, CairnError, Gone, Misconfigured, QuotaReached, TryLater
from shared.ports import SubscriptionFound, SubscriptionMade
from shared.usecases.context import Context
from shared.usecases.reading import ask_for_reading
from shared.usecases.writing import change

AWAY = timedelta(hours=1, minutes=30)
"""The timer comes every half hour; after so long without it, Cairn itself was away and may have missed a lot."""
MOST_AT_ONCE = 400
"""Subscriptions that one run sees to, of which Graph takes two a second: the run must end in time. Four runs an hour
renew 10,000 subscriptions well within the day and a half that they have left at half life."""
_NEARLY = 0.8
"""Of the quota, from which on the administrator is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a run of the timer did."""

    made: int = 0
    renewed: int = 0
    repaired: int = 0
    removed: int = 0
    """Ended because nobody wants them any more, or found in the tenant without an owner."""
    failed: int = 0


async def subscribe_to(space: Space, context: Context) -> str:
    """Have Graph notify us of what a space needs; what stands already is left alone.

    Returns an empty string, or one sentence on why not all of it stands; the timer goes on trying.
    """
    trouble = ""
    for wanted in wanted_for([space], context.plan).values():
        stored = await context.store.subscription(wanted.key)
        if stored is not None and stored.value.stands(context.now):
            continue
        try:
            await _make(wanted, context)
        except CairnError as error:
            said = await _note_trouble(wanted, error, context)
            trouble = said if wanted.what is Watched.MESSAGES else trouble
    return trouble


async def release(context: Context) -> int:
    """End every subscription that no space with capture needs; returns how many."""
    wanted = wanted_for(await context.store.all_spaces(), context.plan)
    unwanted = [s for s in await context.store.all_subscriptions() if s.key not in wanted]
    for subscription in unwanted:
        await _end(subscription, context)
    return len(unwanted)


async def keep(context: Context) -> Kept:
    """Bring all subscriptions in line with what is wanted. Meant for a timer; survives missed and double runs.

    What fails is noted on the subscription and tried again by the next run, without stopping the others.
    """
    if context.paused:
        return Kept()
    awake = await _note_run(context)
    spaces = await context.store.all_spaces()
    wanted = wanted_for(spaces, context.plan)
    stored = await context.store.all_subscriptions()
    await context.graph.keep_certificates(
        in_use=frozenset(s.certificate_id for s in stored if s.certificate_id), now=context.now
    )
    listed = {found.id: found for found in await context.graph.subscriptions()}
    if awake is not None:
        await _after_absence(spaces, awake, context)
    done = Kept(removed=await release(context) + await _remove_orphans(stored, listed.values(), context))
    for one in wanted.values():
        done = await _keep_one(one, spaces, listed, done, context)
        if done.made + done.renewed + done.repaired + done.failed >= MOST_AT_ONCE:
            break
    return done


async def after_lifecycle(subscription: Subscription, lifecycle_event: str, context: Context) -> None:
    """Do what Graph asks for (Microsoft Learn, "lifecycle events"): reauthorise, subscribe anew, or read again."""
    if context.paused:
        return
    spaces = await context.store.all_spaces()
    wanted = wanted_for(spaces, context.plan).get(subscription.key)
    if wanted is None:
        await _end(subscription, context)
    elif lifecycle_event == "reauthorizationRequired":
        await _renew(subscription, spaces, context)
    elif lifecycle_event == "subscriptionRemoved":
        await _repair(subscription, wanted, "Graph removed it", spaces, context)
    elif lifecycle_event == "missed":
        await _out(subscription, context.now, "Graph says that it lost notifications", context)
        await _read_again(subscription, spaces, Why.MISSED, context)
        await _change(subscription, lambda s: _as_repaired(s, context.now), context)


def troubles(subscriptions: Iterable[Subscription], now: datetime) -> list[str]:
    """One sentence for each thing that an administrator should know of; empty when all is well.

    Where members or installations can't be subscribed to, audiences follow a day later at most: that is no
    trouble, but a choice of permissions.
    """
    everything = list(subscriptions)
    said = sorted({s.trouble for s in everything if s.trouble and s.what is Watched.MESSAGES})
    standing = sum(1 for s in everything if s.stands(now))
    if standing >= _NEARLY * ORGANISATION_QUOTA:
        said.append(
            f"{standing:,} of the {ORGANISATION_QUOTA:,} subscriptions that an organisation may have are in use: "
            "set CAIRN_SUBSCRIPTIONS=tenant before they run out"
        )
    return said


async def _note_run(context: Context) -> datetime | None:
    """Note that the timer runs; returns since when it had not, if that is so long that notifications may be lost."""
    before: datetime | None = None

    def noted(known: TenantState | None) -> TenantState:
        nonlocal before
        before = known.awake_at if known else None
        return replace(known or TenantState(), awake_at=context.now)

    await change(
        context.store.tenant_state, noted, lambda value, etag: context.store.put_tenant_state(value, etag=etag)
    )
    return before if before is not None and context.now - before > AWAY else None


async def _after_absence(spaces: Iterable[Space], since: datetime, context: Context) -> None:
    for subscription in await context.store.all_subscriptions():
        await _out(subscription, since, "Cairn itself was not running", context)
    for space in spaces:
        if space.capture:
            await ask_for_reading(space.id, Why.OUTAGE, context)


async def _keep_one(
    wanted: Wanted, spaces: Iterable[Space], listed: dict[str, SubscriptionFound], done: Kept, context: Context
) -> Kept:
    stored = await context.store.subscription(wanted.key)
    try:
        if stored is None or not stored.value.id:
            await _make(wanted, context)
            return replace(done, made=done.made + 1)
        known = stored.value
        if known.id not in listed or not known.stands(context.now):
            reason = "it ended without being renewed" if known.id in listed else "it was gone from Graph"
            await _repair(known, wanted, reason, spaces, context)
            return replace(done, repaired=done.repaired + 1)
        if known.renew_at is None or known.renew_at <= context.now:
            await _renew(known, spaces, context)
            return replace(done, renewed=done.renewed + 1)
        if any(outage.repaired_at is None for outage in known.outages):
            await _change(known, lambda s: _as_repaired(s, context.now), context)
    except CairnError as error:
        await _note_trouble(wanted, error, context)
        return replace(done, failed=done.failed + 1)
    return done


async def _make(wanted: Wanted, context: Context) -> Subscription:
    """Write down what is about to be asked for, ask, and write down the answer.

    Should we die in between, Graph has a subscription that we have no id of: it is found in Graph's list, and
    adopted because its clientState is one that was written down.
    """
    stored = await context.store.subscription(wanted.key)
    begun = stored is not None and not stored.value.id and bool(stored.value.client_state_hash)
    if begun and (found := await _found(wanted, context)) is not None:
        made = await context.graph.renew(found.id, rich=wanted.rich, now=context.now)
        return await _confirm(wanted, made, context)
    state = client_state(context.client_state_secret, wanted.key, secrets.token_hex(12))
    hashed = client_state_hash(state)
    await _write(wanted, lambda known: known.about_to_be_made(hashed), context)
    try:
        made = await _asked(wanted, state, context)
    except AlreadySubscribed:
        # It was made for an earlier store, or by hand: nobody knows its clientState, so it is replaced.
        stranger = await _found(wanted, context)
        if stranger is None:
            raise
        await context.graph.unsubscribe(stranger.id)
        made = await _asked(wanted, state, context)
    return await _confirm(wanted, made, context)


async def _asked(wanted: Wanted, state: str, context: Context) -> SubscriptionMade:
    return await context.graph.subscribe(wanted.resource, rich=wanted.rich, client_state=state, now=context.now)


async def _confirm(wanted: Wanted, made: SubscriptionMade, context: Context) -> Subscription:
    return await _write(
        wanted, lambda known: known.confirmed(made.id, made.expires_at, made.certificate_id, context.now), context
    )


async def _found(wanted: Wanted, context: Context) -> SubscriptionFound | None:
    listed = await context.graph.subscriptions()
    return next((found for found in listed if _same_resource(found.resource, wanted.resource)), None)


async def _renew(known: Subscription, spaces: Iterable[Space], context: Context) -> None:
    try:
        made = await context.graph.renew(known.id, rich=known.rich, now=context.now)
    except Gone:
        wanted = Wanted(resource=known.resource, what=known.what, space_id=known.space_id)
        await _repair(known, wanted, "it was gone when it was to be renewed", spaces, context)
        return
    await _change(known, lambda s: s.confirmed(made.id, made.expires_at, made.certificate_id, context.now), context)


async def _repair(known: Subscription, wanted: Wanted, reason: str, spaces: Iterable[Space], context: Context) -> None:
    """Subscribe anew, and have what may have been missed read; the outage is noted before anything is mended."""
    since = known.renew_at or context.now
    await _out(known, min(since, context.now), reason, context)
    await _read_again(known, spaces, Why.MISSED, context)
    await _change(known, lambda s: replace(s, id="", client_state_hash="", earlier_hashes=_hashes(s)), context)
    await _make(wanted, context)


def _hashes(known: Subscription) -> tuple[str, ...]:
    return (*known.earlier_hashes, known.client_state_hash)[-3:]


async def _read_again(known: Subscription, spaces: Iterable[Space], why: Why, context: Context) -> None:
    for space in spaces:
        if space.capture and feeds(known, space):
            await ask_for_reading(space.id, why, context)


async def _end(subscription: Subscription, context: Context) -> None:
    if subscription.id:
        # Where the app was removed its permission went too, and Graph ends the subscription by itself.
        with suppress(Misconfigured):
            await context.graph.unsubscribe(subscription.id)
    await context.store.drop_subscription(subscription.key)


async def _remove_orphans(stored: Iterable[Subscription], listed: Iterable[SubscriptionFound], context: Context) -> int:
    """End what notifies this deployment and is not written down anywhere: nobody could tell its notifications from
    forged ones, and it counts towards the quota. One that is about to be adopted is left for `_make`."""
    known = {s.id for s in stored if s.id}
    begun = [s for s in stored if not s.id and s.client_state_hash]
    removed = 0
    for found in listed:
        if not found.ours or found.id in known or any(_same_resource(found.resource, s.resource) for s in begun):
            continue
        await context.graph.unsubscribe(found.id)
        removed += 1
    return removed


def _same_resource(one: str, other: str) -> bool:
    return one.strip("/") == other.strip("/")


async def _out(known: Subscription, since: datetime, reason: str, context: Context) -> None:
    await _change(known, lambda s: s.out(since=since, reason=reason, now=context.now), context)


def _as_repaired(known: Subscription, now: datetime) -> Subscription:
    return replace(known, outages=tuple(replace(o, repaired_at=o.repaired_at or now) for o in known.outages))


async def _note_trouble(wanted: Wanted, error: CairnError, context: Context) -> str:
    """Say why a subscription does not stand; being busy is not noted, it passes by itself."""
    if isinstance(error, TryLater):
        return f"{error}; it is tried again by itself"
    said = f"Graph refuses a subscription on {wanted.what}: {error}"
    if isinstance(error, QuotaReached):
        said = (
            f"the organisation has reached its quota of {ORGANISATION_QUOTA:,} Graph subscriptions: "
            "set CAIRN_SUBSCRIPTIONS=tenant"
        )
    await _write(wanted, lambda known: replace(known, trouble=said), context)
    return said


async def _change(known: Subscription, decide: Callable[[Subscription], Subscription], context: Context) -> None:
    await change(
        lambda: context.store.subscription(known.key),
        lambda stored: decide(stored) if stored is not None else None,
        lambda value, etag: context.store.put_subscription(value, etag=etag),
    )


async def _write(wanted: Wanted, decide: Callable[[Subscription], Subscription], context: Context) -> Subscription:
    written = await change(
        lambda: context.store.subscription(wanted.key),
        lambda stored: decide(stored or new_subscription(wanted)),
        lambda value, etag: context.store.put_subscription(value, etag=etag),
    )
    return written or new_subscription(wanted)
