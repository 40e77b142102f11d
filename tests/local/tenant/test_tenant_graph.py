"""Graph's reading doors: lists and their pages, filters, threads, deltas, permissions."""

from datetime import timedelta

import pytest

from local.clock import SimulatedClock
from local.tenant.permissions import EVERYTHING
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company
from tests.local.tenant.listener import GraphCaller


def _channel(company: Company) -> str:
    return f"/teams/{company.team}/channels/{company.channel}"


async def test_a_channel_lists_roots_with_the_liveliest_thread_first(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    roots = [await tenant.post(company.channel, company.ann, f"{n}") for n in range(3)]
    reply = await tenant.post(company.channel, company.bob, "reply", reply_to=roots[0])
    listed = await graph.everything(f"{_channel(company)}/messages?$top=2&$expand=replies")
    assert [one["id"] for one in listed] == [roots[0], roots[2], roots[1]]
    assert [one["id"] for one in listed[0]["replies"]] == [reply]
    assert "replies" not in (await graph.get(f"{_channel(company)}/messages"))["value"][0]


async def test_pages_neither_repeat_nor_lose_a_message_while_others_are_posted(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    said = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(7)]
    page = await graph.get(f"/chats/{company.chat}/messages?$top=3")
    seen = [one["id"] for one in page["value"]]
    while "@odata.nextLink" in page:
        await tenant.post(company.chat, company.bob, "meanwhile")
        page = await graph.get(page["@odata.nextLink"])
        seen += [one["id"] for one in page["value"]]
    assert seen == said[::-1]


async def test_a_replys_own_door_and_its_thread(tenant: Tenant, company: Company, graph: GraphCaller) -> None:
    root = await tenant.post(company.channel, company.ann, "root")
    other = await tenant.post(company.channel, company.ann, "other root")
    replies = [await tenant.post(company.channel, company.bob, f"{n}", reply_to=root) for n in range(3)]
    deeper = await tenant.post(company.channel, company.ann, "deeper", reply_to=replies[0])
    path = f"{_channel(company)}/messages/{root}/replies"
    listed = await graph.everything(f"{path}?$top=2")
    assert [one["id"] for one in listed] == [deeper, *replies[::-1]]
    assert (await graph.get(f"{path}/{replies[1]}"))["replyToId"] == root
    for missing in (f"{_channel(company)}/messages/{other}/replies/{replies[0]}", f"{path}/{root}"):
        assert (await graph.call("GET", missing)).status_code == 404
    assert (await graph.call("GET", f"{_channel(company)}/messages/{replies[0]}")).status_code == 404


async def test_a_chat_is_filtered_by_the_time_of_change(
    tenant: Tenant, company: Company, graph: GraphCaller, clock: SimulatedClock
) -> None:
    first = await tenant.post(company.chat, company.ann, "first")
    second = await tenant.post(company.chat, company.ann, "second")
    clock.advance(timedelta(hours=1))
    since = clock.now().isoformat().replace("+00:00", "Z")
    clock.advance(timedelta(hours=1))
    third = await tenant.post(company.chat, company.ann, "third")
    await tenant.edit(company.chat, first, "first, edited")
    path = f"/chats/{company.chat}/messages?$orderby=lastModifiedDateTime desc&$filter=lastModifiedDateTime gt {since}"
    assert {one["id"] for one in (await graph.get(path))["value"]} == {first, third}
    by_creation = f"/chats/{company.chat}/messages?$orderby=createdDateTime desc&$filter=createdDateTime lt {since}"
    assert [one["id"] for one in (await graph.get(by_creation))["value"]] == [second, first]


async def test_a_query_that_graph_does_not_take_is_refused(graph: GraphCaller, company: Company) -> None:
    for query in (
        "$top=0",
        "$top=51",
        "$top=x",
        "$orderby=lastModifiedDateTime asc",
        "$orderby=subject desc",
        "$filter=createdDateTime gt 2026-01-01T00:00:00Z",
        "$filter=lastModifiedDateTime gt yesterday",
        "$filter=lastModifiedDateTime ge 2026-01-01T00:00:00Z",
        "$skiptoken=nonsense",
    ):
        answer = await graph.call("GET", f"/chats/{company.chat}/messages?{query}")
        assert answer.status_code == 400, query


async def test_a_delta_tells_everything_once_and_then_what_changed(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    roots = [await tenant.post(company.channel, company.ann, f"{n}") for n in range(5)]
    start = f"{_channel(company)}/messages/delta?$expand=replies&$top=2"
    seen, page = [], await graph.get(start)
    while "@odata.nextLink" in page:
        assert "@odata.deltaLink" not in page
        seen += [one["id"] for one in page["value"]]
        page = await graph.get(page["@odata.nextLink"])
    seen += [one["id"] for one in page["value"]]
    assert seen == roots
    page = await graph.get(page["@odata.deltaLink"])
    assert page["value"] == []
    reply = await tenant.post(company.channel, company.bob, "reply", reply_to=roots[1])
    await tenant.edit(company.channel, roots[3], "edited")
    await tenant.delete(company.channel, roots[0])
    page = await graph.get(page["@odata.deltaLink"])
    seen = [one["id"] for one in page["value"]]
    while "@odata.nextLink" in page:
        page = await graph.get(page["@odata.nextLink"])
        seen += [one["id"] for one in page["value"]]
    assert seen == [roots[1], roots[3], roots[0]]
    assert page["value"][-1]["deletedDateTime"] is not None
    assert page["value"][-1]["body"]["content"] == ""
    page = await graph.get(page["@odata.deltaLink"])
    assert page["value"] == []
    await tenant.edit(company.channel, reply, "edited reply")
    (thread,) = (await graph.get(page["@odata.deltaLink"]))["value"]
    assert [one["body"]["content"] for one in thread["replies"]] == ["edited reply"]


async def test_what_changes_between_the_pages_of_a_delta_is_not_lost(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    roots = [await tenant.post(company.channel, company.ann, f"{n}") for n in range(4)]
    page = await graph.get(f"{_channel(company)}/messages/delta?$top=2")
    await tenant.edit(company.channel, roots[0], "changed after its page")
    last = await tenant.post(company.channel, company.ann, "new")
    seen = []
    while "@odata.nextLink" in page:
        page = await graph.get(page["@odata.nextLink"])
        seen += [one["id"] for one in page["value"]]
    assert seen == [roots[2], roots[3], roots[0], last]


async def test_without_expand_a_delta_knows_nothing_of_replies(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    root = await tenant.post(company.channel, company.ann, "root")
    page = await graph.get(f"{_channel(company)}/messages/delta")
    await tenant.post(company.channel, company.bob, "reply", reply_to=root)
    assert (await graph.get(page["@odata.deltaLink"]))["value"] == []


async def test_a_delta_reaches_back_eight_months(
    tenant: Tenant, company: Company, graph: GraphCaller, clock: SimulatedClock
) -> None:
    await tenant.post(company.channel, company.ann, "old")
    clock.advance(timedelta(days=250))
    new = await tenant.post(company.channel, company.ann, "new")
    page = await graph.get(f"{_channel(company)}/messages/delta")
    assert [one["id"] for one in page["value"]] == [new]
    assert len((await graph.get(f"{_channel(company)}/messages"))["value"]) == 2


async def test_an_expired_delta_token_answers_410_and_says_where_to_start_again(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    await tenant.post(company.channel, company.ann, "one")
    page = await graph.get(f"{_channel(company)}/messages/delta")
    tenant.expire_delta_tokens()
    answer = await graph.call("GET", page["@odata.deltaLink"])
    assert answer.status_code == 410
    again = await graph.get(answer.headers["location"])
    assert len(again["value"]) == 1
    assert (await graph.get(again["@odata.deltaLink"]))["value"] == []
    assert (await graph.call("GET", f"{_channel(company)}/messages/delta?$deltatoken=x")).status_code == 400


async def test_members_come_in_pages_and_by_channel_type(tenant: Tenant, company: Company, graph: GraphCaller) -> None:
    team = await graph.everything(f"/teams/{company.team}/members?$top=2")
    assert {one["userId"] for one in team} == {company.ann, company.bob, company.cy}
    assert [one["displayName"] for one in team if one["roles"] == ["owner"]] == ["Ann Lee"]
    private = await graph.everything(f"/teams/{company.team}/channels/{company.private}/members")
    assert {one["userId"] for one in private} == {company.ann, company.bob}
    standard = await graph.everything(f"{_channel(company)}/allMembers")
    assert len(standard) == 3
    chat = await graph.everything(f"/chats/{company.chat}/members")
    assert len(chat) == 3


async def test_users_by_id_name_and_filter(company: Company, graph: GraphCaller) -> None:
    by_mail = await graph.get("/users/ann.lee@contoso.example?$select=displayName,department")
    assert by_mail["id"] == company.ann
    assert by_mail["department"] == "IT"
    assert "mail" not in by_mail
    assert "department" not in await graph.get(f"/users/{company.ann}")
    found = await graph.get("/users?$filter=department eq 'Sales'&$select=displayName")
    assert {one["displayName"] for one in found["value"]} == {"Bob Ray", "Cy Moss"}
    found = await graph.get("/users?$filter=startswith(displayName,'An')")
    assert [one["id"] for one in found["value"]] == [company.ann]
    assert (await graph.call("GET", "/users?$filter=age gt 3")).status_code == 400
    assert len(await graph.everything("/users?$top=3")) == 4


async def test_shared_channels_bear_their_name_only_for_those_who_ask(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    shared = tenant.add_channel(company.team, "Partners", "shared", owners=[company.ann])
    path = f"/teams/{company.team}/channels/{shared}"
    assert (await graph.get(path))["membershipType"] == "unknownFutureValue"
    chosen = await graph.get(f"{path}?$select=displayName,membershipType")
    assert {name for name in chosen if "@odata" not in name} == {"id", "displayName", "membershipType"}
    prefer = {"Prefer": "include-unknown-enum-members"}
    assert (await graph.get(path, headers=prefer))["membershipType"] == "shared"


async def test_what_does_not_exist_is_404_and_what_graph_does_not_have_is_400(
    company: Company, graph: GraphCaller
) -> None:
    for path in (
        "/teams/none",
        f"/teams/{company.team}/channels/none",
        "/chats/none",
        f"/chats/{company.channel}",
        "/users/none",
        f"{_channel(company)}/messages/1",
        f"/chats/{company.chat}/messages/1",
    ):
        answer = await graph.call("GET", path)
        assert answer.status_code == 404, path
        error = answer.json()["error"]
        assert error["innerError"]["request-id"] == answer.headers["request-id"]
    assert (await graph.call("GET", "/me/nonsense")).status_code == 400


async def test_a_permission_that_is_missing_answers_403_and_installation_helps(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    tenant.consent_to(*(set(EVERYTHING) - {"ChannelMessage.Read.All", "TeamMember.Read.All"}))
    for path in (f"{_channel(company)}/messages", f"/teams/{company.team}/members"):
        answer = await graph.call("GET", path)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "Forbidden"
    assert (await graph.call("GET", f"/chats/{company.chat}/messages")).status_code == 200
    await tenant.install(company.team, by=company.ann)
    for path in (f"{_channel(company)}/messages", f"/teams/{company.team}/members"):
        assert (await graph.call("GET", path)).status_code == 200


async def test_ids_grow_within_a_space_and_are_the_moment_in_milliseconds(
    tenant: Tenant, company: Company, clock: SimulatedClock
) -> None:
    first = await tenant.post(company.chat, company.ann, "one")
    second = await tenant.post(company.chat, company.ann, "two")
    elsewhere = await tenant.post(company.channel, company.ann, "three")
    assert first == str(int(clock.now().timestamp() * 1000))
    assert int(second) == int(first) + 1
    assert elsewhere == first
    clock.advance(timedelta(hours=1))
    earlier = clock.now() - timedelta(minutes=30)
    assert await tenant.post(company.chat, company.bob, "then", at=earlier) == str(int(earlier.timestamp() * 1000))
    given = await tenant.post(company.chat, company.bob, "named", message_id="1772447000000")
    assert given == "1772447000000"
    with pytest.raises(ValueError, match="taken"):
        await tenant.post(company.chat, company.bob, "again", message_id=given)


async def test_only_members_write_and_only_where_it_makes_sense(tenant: Tenant, company: Company) -> None:
    with pytest.raises(ValueError, match="no member"):
        await tenant.post(company.private, company.cy, "let me in")
    first = await tenant.post(company.chat, company.ann, "one")
    with pytest.raises(ValueError, match="no threads"):
        await tenant.post(company.chat, company.ann, "two", reply_to=first)
    with pytest.raises(LookupError):
        await tenant.post(company.channel, company.ann, "two", reply_to="1")
    with pytest.raises(LookupError):
        await tenant.post("nowhere", company.ann, "one")
