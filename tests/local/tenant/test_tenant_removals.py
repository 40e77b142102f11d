"""What ends: users, channels, teams, chats, and messages that are purged."""

from typing import Any

import pytest

from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import APP_SECRET, GraphCaller, Listener

_PLAIN = {"includeResourceData": False}


async def _status(graph: GraphCaller, path: str) -> int:
    return (await graph.call("GET", path)).status_code


async def test_a_deleted_user_is_in_no_space_and_what_they_wrote_still_bears_their_id(
    tenant: Tenant, installed: Company, graph: GraphCaller, subscribe: Subscribe, listener: Listener
) -> None:
    company = installed
    await subscribe(resource="/teams/getAllMembers", **_PLAIN)
    await subscribe(resource="/chats/getAllMembers", **_PLAIN)
    await subscribe(resource=f"/teams/{company.team}/channels/getAllMembers", **_PLAIN)
    said = await tenant.post(company.chat, company.bob, "I was here")
    await tenant.react(company.chat, said, company.bob)
    tenant.bot_endpoint = listener.bot
    await tenant.remove_user(company.bob)
    await tenant.flush()
    assert await _status(graph, f"/users/{company.bob}") == 404
    for path in (
        f"/teams/{company.team}/members",
        f"/teams/{company.team}/channels/{company.private}/members",
        f"/chats/{company.chat}/members",
    ):
        assert company.bob not in {one["userId"] for one in await graph.everything(path)}, path
    message = await graph.get(f"/chats/{company.chat}/messages/{said}")
    assert message["from"]["user"]["id"] == company.bob
    assert message["from"]["user"]["displayName"] is None
    places = sorted(item["resource"].partition("/members(")[0] for item in listener.items)
    assert places == sorted(
        [
            f"chats('{company.chat}')",
            f"teams('{company.team}')",
            f"teams('{company.team}')/channels('{company.private}')",
        ]
    )
    assert {item["changeType"] for item in listener.items} == {"deleted"}
    assert [a["membersRemoved"][0]["aadObjectId"] for a in listener.activities] == [company.bob] * 2
    with pytest.raises(LookupError):
        tenant.person(company.bob)


async def test_a_user_can_go_without_a_word(
    tenant: Tenant, installed: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe(resource="/teams/getAllMembers", **_PLAIN)
    tenant.bot_endpoint = listener.bot
    await tenant.remove_user(installed.bob, silently=True)
    await tenant.flush()
    assert listener.items == []
    assert listener.activities == []
    assert installed.bob not in tenant.members(installed.channel)


async def test_a_deleted_channel_is_404_everywhere(
    tenant: Tenant, installed: Company, graph: GraphCaller, subscribe: Subscribe, listener: Listener
) -> None:
    company = installed
    path = f"/teams/{company.team}/channels/{company.channel}"
    made = await subscribe(resource=f"{path}/messages")
    said = await tenant.post(company.channel, company.ann, "soon gone")
    tenant.bot_endpoint = listener.bot
    await tenant.remove_channel(company.channel, by=company.ann)
    for below in ("", "/messages", f"/messages/{said}", "/messages/delta", "/members"):
        assert await _status(graph, f"{path}{below}") == 404
    until = {"expirationDateTime": made["expirationDateTime"]}
    assert (await graph.call("PATCH", f"/subscriptions/{made['id']}", json=until)).status_code == 404
    assert company.channel not in {one["id"] for one in (await graph.get(f"/teams/{company.team}/channels"))["value"]}
    assert listener.activities[-1]["channelData"]["eventType"] == "channelDeleted"
    assert listener.activities[-1]["channelData"]["channel"]["id"] == company.channel
    with pytest.raises(LookupError):
        tenant.messages(company.channel)
    general = tenant.core.state.teams.get(company.team)
    assert general is not None
    announced = (await graph.everything(f"/teams/{company.team}/channels/{general.general}/messages"))[0]
    assert announced["eventDetail"]["channelId"] == company.channel
    with pytest.raises(ValueError, match="General"):
        await tenant.remove_channel(general.general, by=company.ann)
    with pytest.raises(ValueError, match="no channel"):
        await tenant.remove_channel(company.chat, by=company.ann)


async def test_a_deleted_team_takes_its_channels_and_its_installation_along(
    tenant: Tenant, installed: Company, graph: GraphCaller, listener: Listener
) -> None:
    tenant.bot_endpoint = listener.bot
    await tenant.remove_team(installed.team, by=installed.ann)
    for path in (
        f"/teams/{installed.team}",
        f"/teams/{installed.team}/members",
        f"/teams/{installed.team}/channels",
        f"/teams/{installed.team}/channels/{installed.channel}/messages",
    ):
        assert await _status(graph, path) == 404
    assert [space.id for space in tenant.spaces()] == [installed.chat]
    assert listener.activities[-1]["channelData"]["eventType"] == "teamDeleted"
    assert listener.activities[-1]["channelData"]["team"]["aadGroupId"] == installed.team


async def test_a_deleted_chat_is_404(tenant: Tenant, installed: Company, graph: GraphCaller) -> None:
    with pytest.raises(ValueError, match="no group chat"):
        await tenant.remove_chat(installed.channel)
    await tenant.remove_chat(installed.chat)
    for below in ("", "/members", "/messages"):
        assert await _status(graph, f"/chats/{installed.chat}{below}") == 404


@pytest.mark.parametrize("notify", [False, True])
async def test_a_purged_message_leaves_nothing_and_tells_nobody_unless_told_to(
    tenant: Tenant, company: Company, graph: GraphCaller, subscribe: Subscribe, listener: Listener, notify: bool
) -> None:
    channel = f"/teams/{company.team}/channels/{company.channel}/messages"
    root = await tenant.post(company.channel, company.ann, "old")
    reply = await tenant.post(company.channel, company.bob, "old answer", reply_to=root)
    young = await tenant.post(company.channel, company.ann, "young")
    delta = (await graph.get(f"{channel}/delta?$expand=replies"))["@odata.deltaLink"]
    await subscribe(resource="/teams/getAllMessages", **_PLAIN)
    await tenant.purge(company.channel, root, notify=notify)
    await tenant.flush()
    assert [one["id"] for one in await graph.everything(channel)] == [young]
    assert await _status(graph, f"{channel}/{root}") == 404
    assert await _status(graph, f"{channel}/{root}/replies/{reply}") == 404
    assert (await graph.get(delta))["value"] == []
    assert [item["resourceData"]["id"] for item in listener.items] == ([reply, root] if notify else [])
    assert {item["changeType"] for item in listener.items} == ({"deleted"} if notify else set())


async def test_a_purged_message_is_gone_from_a_chat_and_its_neighbours_stay(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    path = f"/chats/{company.chat}/messages"
    said = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(3)]
    assert len((await graph.get(path))["value"]) == 3
    await tenant.purge(company.chat, said[1])
    assert [one["id"] for one in (await graph.get(path))["value"]] == [said[2], said[0]]
    with pytest.raises(LookupError):
        await tenant.purge(company.chat, said[1])


async def test_removals_outlive_the_process(tmp_path: Any, clock: Any) -> None:
    store = tmp_path / "tenant.db"
    async with Tenant(clock=clock, app_id="app", app_secret=APP_SECRET, store=store) as before:
        ann, bob = before.add_user(name="Ann Lee"), before.add_user(name="Bob Ray")
        team = before.add_team("Operations", owners=[ann], members=[bob])
        channel = before.add_channel(team, "Help")
        chat = before.add_chat("Lunch", [ann, bob])
        said = await before.post(chat, bob, "one")
        kept = await before.post(chat, bob, "two")
        await before.purge(chat, said)
        await before.remove_channel(channel, by=ann)
        await before.remove_user(bob)
    async with Tenant(clock=clock, app_id="app", app_secret=APP_SECRET, store=store) as after:
        assert [message.id for message in after.messages(chat)] == [kept]
        assert after.members(chat) == [ann]
        with pytest.raises(LookupError):
            after.messages(channel)


async def test_who_was_taken_out_can_not_write_until_let_in_again(tenant: Tenant, company: Company) -> None:
    await tenant.post(company.channel, company.cy, "in")
    await tenant.remove_member(company.team, company.cy, by=company.ann)
    with pytest.raises(ValueError, match="no member"):
        await tenant.post(company.channel, company.cy, "out")
    await tenant.add_member(company.team, company.cy, by=company.ann)
    await tenant.post(company.channel, company.cy, "in again")
