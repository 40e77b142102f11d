"""What the Graph adapter asks for, against the simulated tenant over HTTP, well-behaved and not."""

from datetime import timedelta

import pytest

from shared.domain.identity import MessageId, SpaceId
from shared.domain.notifications import MessageRef
from shared.domain.spaces import Role, SpaceKind
from shared.errors import Gone, Misconfigured, Refused, TryLater
from shared.ports import Pace
from tests.adapters.graph.world import START, World, messages_of


async def test_a_standard_channel_has_its_teams_members(world: World) -> None:
    team, channel, ann, bob = await world.channel()
    details = await world.graph.space(channel, team)
    assert (details.kind, details.name, details.team_name) == (SpaceKind.STANDARD, "Help", "Operations")
    assert {m.person.object_id: m.role for m in details.members} == {ann: Role.OWNER, bob: Role.MEMBER}


@pytest.mark.parametrize("kind", ["private", "shared"])
async def test_a_private_or_shared_channel_has_its_own_members(world: World, kind: str) -> None:
    team, channel, _, bob = await world.channel(kind)
    details = await world.graph.space(channel, team)
    assert details.kind == kind
    assert [m.person.object_id for m in details.members] == [bob]


async def test_a_chat_has_its_topic_and_members(world: World) -> None:
    chat, ann, bob = await world.chat()
    details = await world.graph.space(chat, None)
    assert (details.kind, details.name) == (SpaceKind.CHAT, "Pumps")
    assert {m.person.object_id for m in details.members} == {ann, bob}


async def test_a_channel_that_is_gone_is_said_to_be_gone(world: World) -> None:
    team, *_ = await world.channel()
    with pytest.raises(Gone):
        await world.graph.space(SpaceId("19:nothing@thread.tacv2"), team)


async def test_a_reply_is_fetched_below_its_root(world: World) -> None:
    team, channel, ann, bob = await world.channel()
    root = await world.tenant.post(channel, ann, "Where?")
    reply = await world.tenant.post(channel, bob, "In the drawer.", reply_to=root)
    message = await world.graph.message(
        MessageRef(team_id=team, space_id=channel, message_id=MessageId(reply), root_id=MessageId(root))
    )
    assert message is not None
    assert (message.text, message.root_id) == ("In the drawer.", root)


async def test_a_message_that_never_was_is_none(world: World) -> None:
    team, channel, *_ = await world.channel()
    assert await world.graph.message(MessageRef(team_id=team, space_id=channel, message_id=MessageId("1"))) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_passing_fault_is_ridden_out(world: World, status: int) -> None:
    team, channel, *_ = await world.channel()
    world.tenant.faults.graph.retry_after = 1
    world.tenant.faults.graph.script = [status]
    assert (await world.graph.space(channel, team)).name == "Help"


@pytest.mark.parametrize(("pace", "asked"), [(Pace.PEOPLE, 7), (Pace.BACKGROUND, 21)])
async def test_more_patience_than_can_be_had_in_place_is_left_to_the_queue(
    world: World, pace: Pace, asked: int
) -> None:
    team, channel, *_ = await world.channel()
    world.tenant.faults.graph.retry_after = asked
    world.tenant.faults.graph.script = [429]
    with pytest.raises(TryLater) as raised:
        await world.graph.space(channel, team, pace=pace)
    assert raised.value.after == timedelta(seconds=asked)
    assert world.slept == []


async def test_the_background_waits_longer_than_people_do(world: World) -> None:
    team, channel, *_ = await world.channel()
    world.tenant.faults.graph.retry_after = 7
    world.tenant.faults.graph.script = [503]
    assert (await world.graph.space(channel, team, pace=Pace.BACKGROUND)).name == "Help"
    assert world.slept == [7]


async def test_a_fault_that_stays_ends_in_try_later_within_bounds(world: World) -> None:
    team, channel, *_ = await world.channel()
    world.tenant.faults.graph.retry_after = 1
    world.tenant.faults.graph.script = [503] * 100
    with pytest.raises(TryLater):
        await world.graph.space(channel, team)
    assert 1 <= sum(world.slept) <= 6


async def test_an_access_token_that_ended_early_is_fetched_anew(world: World) -> None:
    team, channel, *_ = await world.channel()
    await world.graph.space(channel, team)
    for _ in range(3):
        world.tenant.expire_access_tokens()
        assert (await world.graph.space(channel, team, pace=Pace.BACKGROUND)).name == "Help"


async def test_a_wrong_secret_names_its_setting(world: World) -> None:
    adapter = world.adapter(secret="wrong")
    with pytest.raises(Misconfigured, match="CAIRN_APP_SECRET"):
        await adapter.check()


async def test_a_missing_permission_is_said_without_ids(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    world.tenant.consent_to()
    await world.tenant.uninstall(team, by=ann)
    with pytest.raises(Misconfigured, match=r"GET teams/…/channels/…: Forbidden; see docs/permissions.md") as raised:
        await world.graph.space(channel, team)
    assert channel not in str(raised.value)


async def tokens_of_a_batch(world: World) -> list[str]:
    team, channel, ann, _ = await world.channel()
    await world.graph.subscribe(messages_of(team, channel), rich=True, client_state="state", now=START)
    await world.tenant.post(channel, ann, "Hello")
    await world.tenant.flush()
    tokens: list[str] = world.batches[-1]["validationTokens"]  # type: ignore[assignment]
    return tokens


async def test_graphs_own_token_is_taken_and_of_several_each_must_be_genuine(world: World) -> None:
    good = await tokens_of_a_batch(world)
    await world.graph.authenticate(good, received_at=START)
    with pytest.raises(Refused):
        await world.graph.authenticate([*good, "a.b.c"], received_at=START)
