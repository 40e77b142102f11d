"""Subscriptions: made, renewed, repaired, adopted and ended; and what follows from each."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.identity import SpaceId
from shared.domain.notifications import QueuedNotification
from shared.domain.readings import Reading, Why
from shared.domain.spaces import Space, SpaceKind
from shared.domain.subscriptions import LIFETIME, Subscription, SubscriptionPlan, Wanted, Watched, half_life
from shared.errors import Refused
from shared.usecases import capture, subscriptions
from shared.usecases.context import Context
from shared.usecases.ingest import Kept, ingest
from tests.usecases.world import ANN, BOB, START, FakeSubscription, World

TENANT_WIDE = SubscriptionPlan(tenant_wide=True, teams_app_id="catalogue-id")


async def switched_on(world: World, name: str = "Fresh", kind: SpaceKind = SpaceKind.STANDARD) -> Space:
    space = await world.space(name, kind=kind, capture=False)
    await capture.switch_on(space.id, ANN, world.context)
    stored = await world.store.space(space.id)
    assert stored is not None
    return stored.value


async def on_messages(world: World) -> Subscription:
    (found,) = (s for s in await world.store.all_subscriptions() if s.what is Watched.MESSAGES)
    return found


async def reading(world: World, space: Space) -> Reading:
    stored = await world.store.reading(space.id)
    assert stored is not None
    return stored.value


async def all_read(world: World, space: Space) -> None:
    """As if every round had ended: what is due afterwards is due because something happened."""
    stored = await world.store.reading(space.id)
    await world.store.put_reading(
        Reading(space_id=space.id, read_until=world.now, due_at=world.now + timedelta(days=1), why=Why.DAILY),
        etag=stored.etag if stored else None,
    )


async def test_the_timer_makes_what_a_crash_kept_from_being_made(world: World) -> None:
    await world.space("Fresh", capture=False)
    space = await world.space("Dock", capture=False)
    stored = await world.store.space(space.id)
    assert stored is not None
    await world.store.put_space(replace(space, capture=True), etag=stored.etag)
    kept = await subscriptions.keep(world.context)
    assert kept.made == 2
    assert {s.resource for s in world.graph.subscribed.values()} == {
        f"/teams/team/channels/{space.id}/messages",
        "/teams/team/members",
    }


async def test_renewal_comes_at_half_life_and_survives_missed_runs(world: World) -> None:
    await switched_on(world)
    assert (await subscriptions.keep(world.context)).renewed == 0
    world.now += timedelta(days=1)
    assert (await subscriptions.keep(world.context)).renewed == 0
    world.now += timedelta(days=1)  # no run for a day
    assert (await subscriptions.keep(world.context)).renewed == 2
    assert (await on_messages(world)).expires_at == world.now + LIFETIME
    assert (await subscriptions.keep(world.context)).renewed == 0


def test_renewals_of_many_are_spread() -> None:
    now = START
    keys = [Wanted(resource=str(number), what=Watched.MEMBERS).key for number in range(200)]
    moments = {half_life(key, now + LIFETIME, now) for key in keys}
    assert len(moments) == 200
    assert all(now + LIFETIME * 0.4 <= moment <= now + LIFETIME * 0.5 for moment in moments)


@pytest.mark.parametrize("event", ["subscriptionRemoved", "reauthorizationRequired"])
async def test_one_that_ended_is_made_anew_and_what_was_missed_is_read(world: World, event: str) -> None:
    space = await switched_on(world)
    await all_read(world, space)
    before = await on_messages(world)
    world.graph.subscribed.clear()
    await subscriptions.after_lifecycle(before, event, world.context)
    after = await on_messages(world)
    assert after.id
    assert after.id != before.id
    assert after.client_state_hash != before.client_state_hash
    (outage,) = after.outages
    assert outage.repaired_at == world.now
    assert (await reading(world, space)).due_at == world.now


async def test_missed_notifications_are_read_at_once(world: World) -> None:
    space = await switched_on(world)
    await all_read(world, space)
    before = await on_messages(world)
    await subscriptions.after_lifecycle(before, "missed", world.context)
    found = await reading(world, space)
    assert (found.due_at, found.why) == (world.now, Why.MISSED)
    after = await on_messages(world)
    assert after.id == before.id
    assert [o.reason for o in after.outages] == ["Graph says that it lost notifications"]


async def test_one_that_was_removed_without_a_word_is_found_and_repaired(world: World) -> None:
    space = await switched_on(world)
    await all_read(world, space)
    before = await on_messages(world)
    del world.graph.subscribed[before.id]
    kept = await subscriptions.keep(world.context)
    assert kept.repaired == 1
    after = await on_messages(world)
    assert after.id in world.graph.subscribed
    assert after.outages[0].reason == "it was gone from Graph"
    assert (await reading(world, space)).due_at == world.now


async def test_the_last_notifications_of_the_one_before_are_still_taken(world: World) -> None:
    space = await switched_on(world)
    message = world.written(space, BOB, "How do I reset the badge printer?")
    before = await on_messages(world)
    state = world.graph.subscribed[before.id].state
    del world.graph.subscribed[before.id]
    await subscriptions.keep(world.context)
    notification = world.notification_with(space, message, state)
    assert (await ingest(notification, world.context)).kept is Kept.STORED


async def test_a_crash_between_graphs_answer_and_our_note_leaves_one_subscription_that_is_adopted(
    world: World,
) -> None:
    space = await world.space("Fresh", capture=False)
    world.graph.dies_after_subscribing = True
    with pytest.raises(asyncio.CancelledError):
        await capture.switch_on(space.id, ANN, world.context)
    (orphan,) = world.graph.subscribed
    kept = await subscriptions.keep(world.context)
    assert kept.removed == 0
    adopted = await on_messages(world)
    assert adopted.id == orphan
    message = world.written(space, BOB, "How do I reset the badge printer?")
    notification = world.notification_with(space, message, world.graph.subscribed[orphan].state)
    assert (await ingest(notification, world.context)).kept is Kept.STORED


async def test_an_orphan_that_notifies_us_is_ended_and_a_strangers_is_left_alone(world: World) -> None:
    await switched_on(world)
    for name, ours in (("orphan", True), ("stranger", False)):
        world.graph.subscribed[name] = FakeSubscription(
            resource=f"/chats/{name}/messages", state="unknown", expires=world.now + LIFETIME, ours=ours
        )
    assert (await subscriptions.keep(world.context)).removed == 1
    assert "orphan" not in world.graph.subscribed
    assert "stranger" in world.graph.subscribed


async def test_one_that_stands_on_the_same_resource_for_a_lost_store_is_replaced(world: World) -> None:
    space = await world.space("Fresh", capture=False)
    resource = f"/teams/team/channels/{space.id}/messages"
    world.graph.subscribed["old"] = FakeSubscription(resource=resource, state="x", expires=world.now + LIFETIME)
    await capture.switch_on(space.id, ANN, world.context)
    assert "old" not in world.graph.subscribed
    assert (await on_messages(world)).id in world.graph.subscribed


async def test_a_refusal_is_noted_without_stopping_the_neighbours(world: World) -> None:
    await switched_on(world, "First")
    world.graph.quota = len(world.graph.subscribed)
    await switched_on(world, "Chat", SpaceKind.CHAT)
    said = subscriptions.troubles(await world.store.all_subscriptions(), world.now)
    assert len(said) == 1
    assert "CAIRN_SUBSCRIPTIONS=tenant" in said[0]
    world.graph.quota = 10_000
    assert (await subscriptions.keep(world.context)).made == 2
    assert subscriptions.troubles(await world.store.all_subscriptions(), world.now) == []


async def test_the_quota_is_reported_as_it_nears(world: World) -> None:
    await switched_on(world)
    one = await on_messages(world)
    assert subscriptions.troubles([one] * 7_999, world.now) == []
    assert "8,000 of the 10,000" in subscriptions.troubles([one] * 8_000, world.now)[0]


async def test_switching_off_ends_what_nobody_else_needs(world: World) -> None:
    first, second = await switched_on(world, "First"), await switched_on(world, "Second")
    assert len(world.graph.subscribed) == 3  # two channels, and one team's members
    await capture.switch_off(first.id, ANN, world.context)
    assert {s.resource for s in world.graph.subscribed.values()} == {
        f"/teams/team/channels/{second.id}/messages",
        "/teams/team/members",
    }
    await capture.switch_off(second.id, ANN, world.context)
    assert world.graph.subscribed == {}


async def test_after_cairn_itself_was_away_everything_is_read(world: World) -> None:
    space = await switched_on(world)
    await subscriptions.keep(world.context)
    await all_read(world, space)
    world.now += timedelta(minutes=15)
    await subscriptions.keep(world.context)
    assert (await reading(world, space)).why is Why.DAILY
    world.now += timedelta(hours=5)
    await subscriptions.keep(world.context)
    found = await reading(world, space)
    assert (found.due_at, found.why) == (world.now, Why.OUTAGE)
    assert [o.reason for o in (await on_messages(world)).outages] == ["Cairn itself was not running"]


def tenant_wide(world: World) -> Context:
    return replace(world.context, plan=TENANT_WIDE)


async def test_tenant_wide_few_subscriptions_serve_every_space(world: World) -> None:
    for name, kind in (("One", SpaceKind.STANDARD), ("Two", SpaceKind.PRIVATE), ("Talk", SpaceKind.CHAT)):
        space = await world.space(name, kind=kind, capture=False)
        await capture.switch_on(space.id, ANN, tenant_wide(world))
    in_teams_and_chats = "$filter=scopeInfo/scope eq 'team' or scopeInfo/scope eq 'groupChat'"
    assert sorted(s.resource for s in world.graph.subscribed.values()) == [
        f"/appCatalogs/teamsApps/catalogue-id/installations?{in_teams_and_chats}",
        "/chats/getAllMembers",
        "/chats/getAllMessages",
        "/teams/getAllMembers",
        "/teams/getAllMessages",
        "/teams/team/channels/getAllMembers",
    ]


async def test_tenant_wide_nothing_at_all_is_kept_of_spaces_without_capture(world: World) -> None:
    captured = await world.space("One", capture=False)
    await capture.switch_on(captured.id, ANN, tenant_wide(world))
    (watching,) = (s for s in world.graph.subscribed.values() if s.resource == "/teams/getAllMessages")
    unknown = Space(id=SpaceId("19:private-talk@thread.tacv2"), kind=SpaceKind.STANDARD, name="Private talk")
    message = world.written(unknown, BOB, "Nobody else's business")
    world.graph.messages.clear()  # opening it would fail
    facts = await world.store.counts()
    intake = await ingest(world.notification_with(captured, message, watching.state), tenant_wide(world))
    assert intake.kept is Kept.NOT_CAPTURED
    assert await world.store.count_messages() == 0
    assert await world.store.counts() == facts


async def test_a_subscription_on_one_space_brings_nothing_of_another(world: World) -> None:
    one, other = await switched_on(world, "One"), await switched_on(world, "Other")
    message = world.written(other, BOB, "How do I reset the badge printer?")
    (state,) = (s.state for s in world.graph.subscribed.values() if one.id in s.resource)
    with pytest.raises(Refused) as refusal:
        await ingest(world.notification_with(other, message, state), world.context)
    assert refusal.value.code == "wrong_space"


async def test_a_members_subscription_brings_no_messages(world: World) -> None:
    space = await switched_on(world)
    message = world.written(space, BOB, "How do I reset the badge printer?")
    (state,) = (s.state for s in world.graph.subscribed.values() if s.resource.endswith("/members"))
    with pytest.raises(Refused):
        await ingest(world.notification_with(space, message, state), world.context)


async def test_a_run_ends_in_time_and_the_next_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        space = await world.space(f"Space {number}", kind=SpaceKind.CHAT, capture=False)
        stored = await world.store.space(space.id)
        assert stored is not None
        await world.store.put_space(replace(space, capture=True), etag=stored.etag)
    monkeypatch.setattr(subscriptions, "MOST_AT_ONCE", 4)
    assert [(await subscriptions.keep(world.context)).made for _ in range(4)] == [4, 4, 2, 0]


async def test_paused_nothing_is_made_and_nothing_is_repaired(world: World) -> None:
    await switched_on(world)
    world.graph.subscribed.clear()
    kept = await subscriptions.keep(replace(world.context, paused=True))
    assert kept == subscriptions.Kept()
    assert world.graph.subscribed == {}


@pytest.mark.parametrize("kind", [SpaceKind.STANDARD, SpaceKind.CHAT])
async def test_where_the_app_was_removed_reading_ends(world: World, kind: SpaceKind) -> None:
    space = await world.space("One", kind=kind, capture=False)
    context = replace(world.context, plan=SubscriptionPlan(teams_app_id="catalogue-id"))
    await capture.switch_on(space.id, ANN, context)
    (state,) = (s.state for s in world.graph.subscribed.values() if "installations" in s.resource)
    where = {"team": space.team_id} if space.team_id else {"space": space.id}
    item = {
        "subscriptionId": "of installations",
        "clientState": state,
        "changeType": "deleted",
        "resource": "appCatalogs/teamsApps('catalogue-id')/installations('whatever')",
        "encryptedContent": where,
    }
    notification = QueuedNotification(item=item, validation_tokens=("genuine",), received_at=world.now)
    assert (await ingest(replace(notification, item={**item, "changeType": "created"}), context)).space_known
    stored = await world.store.space(space.id)
    assert stored is not None
    assert stored.value.capture
    world.graph.genuine = False
    with pytest.raises(Refused):
        await ingest(notification, context)
    world.graph.genuine = True
    await ingest(notification, context)
    stored = await world.store.space(space.id)
    assert stored is not None
    assert not stored.value.capture
    assert world.graph.subscribed == {}
