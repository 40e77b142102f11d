"""Everything that the tenant sends as Graph is an instance of the published schema's types."""

from typing import Any

import pytest

from local.tenant import events
from local.tenant.notifications import LifecycleEvent
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.csdl import Schema
from tests.local.tenant.listener import Certificate, GraphCaller, Listener
from tests.local.tenant.opening import open_content


@pytest.fixture
async def talk(tenant: Tenant, company: Company) -> str:
    """One message of every kind; returns the channel's root."""
    root = await tenant.post(
        company.channel, company.bob, "<p>@Ann Lee how?</p>", mentions=[company.ann], subject="Printer"
    )
    reply = await tenant.post(company.channel, company.ann, "<p>So.</p>", reply_to=root)
    await tenant.react(company.channel, reply, company.bob, "❤️")
    await tenant.edit(company.channel, reply, "<p>So, and then so.</p>")
    first = await tenant.post(company.chat, company.bob, "plain", plain=True)
    second = await tenant.post(company.chat, company.cy, "<p>yes</p>", quote=first)
    await tenant.delete(company.chat, second)
    shapes = tenant.core.shapes
    who = [company.cy]
    for event in (
        events.members_added(shapes, who, company.ann),
        events.members_removed(shapes, who, company.ann),
        events.members_joined(shapes, who, company.ann),
        events.members_left(shapes, who, company.ann),
        events.app_installed(shapes, tenant.core.identity.app_id, "Cairn", company.ann),
        events.member_role_updated(shapes, company.cy, company.ann, owner=True),
        events.channel_deleted(shapes, company.channel, "Help", company.ann),
    ):
        await tenant.post_system(company.chat, event)
    return root


async def test_resources_have_only_published_properties_of_the_published_types(
    schema: Schema, tenant: Tenant, company: Company, talk: str, graph: GraphCaller, subscribe: Subscribe
) -> None:
    await subscribe()
    for where in (company.team, company.chat):
        await tenant.install(where, by=company.ann)
    tenant.add_channel(company.team, "With partners", "shared", owners=[company.ann])
    channel = f"/teams/{company.team}/channels/{company.channel}"
    reply = tenant.messages(company.channel)[-1].id
    user = f"/users/{company.ann}"
    names = "displayName,department,jobTitle,accountEnabled,createdDateTime,employeeHireDate,userType,companyName"
    served = {
        "/subscriptions": "subscription",
        f"/teams/{company.team}": "team",
        f"/teams/{company.team}/members": "conversationMember",
        f"/teams/{company.team}/channels": "channel",
        channel: "channel",
        f"{channel}/members": "conversationMember",
        f"{channel}/allMembers": "conversationMember",
        f"/teams/{company.team}/installedApps?$expand=teamsApp": "teamsAppInstallation",
        f"/chats/{company.chat}/installedApps": "teamsAppInstallation",
        f"{channel}/messages": "chatMessage",
        f"{channel}/messages?$expand=replies": "chatMessage",
        f"{channel}/messages/{talk}": "chatMessage",
        f"{channel}/messages/{talk}/replies": "chatMessage",
        f"{channel}/messages/{talk}/replies/{reply}": "chatMessage",
        f"{channel}/messages/delta?$expand=replies": "chatMessage",
        f"/chats/{company.chat}": "chat",
        f"/chats/{company.chat}/members": "conversationMember",
        f"/chats/{company.chat}/messages": "chatMessage",
        "/users": "user",
        user: "user",
        f"{user}?$select={names}": "user",
    }
    for prefer in ("", "include-unknown-enum-members"):
        for path, kind in served.items():
            body = await graph.get(path, headers={"Prefer": prefer})
            type_name = f"Collection(graph.{kind})" if "value" in body else f"graph.{kind}"
            content = body.get("value", body)
            assert content, path
            assert schema.problems(type_name, content) == [], path


async def test_notifications_and_what_is_encrypted_in_them_are_of_the_published_types(
    schema: Schema,
    tenant: Tenant,
    company: Company,
    subscribe: Subscribe,
    listener: Listener,
    certificate: Certificate,
) -> None:
    await subscribe()
    await subscribe(resource="/teams/getAllMessages", includeResourceData=False)
    await subscribe(resource="/teams/getAllMembers")
    await subscribe(resource=f"/appCatalogs/teamsApps/{tenant.teams_app_id}/installations", includeResourceData=False)
    await tenant.add_member(company.team, company.dan, by=company.ann)
    await tenant.install(company.team, by=company.ann)
    root = await tenant.post(company.channel, company.ann, "<p>one</p>")
    await tenant.post(company.channel, company.bob, "<p>two</p>", reply_to=root)
    said = await tenant.post(company.chat, company.ann, "<p>@Bob Ray</p>", mentions=[company.bob])
    await tenant.react(company.chat, said, company.cy)
    await tenant.delete(company.chat, said)
    await tenant.post_system(company.chat, events.members_left(tenant.core.shapes, [company.cy], company.cy))
    tenant.send_lifecycle(LifecycleEvent.MISSED)
    await tenant.flush()
    for batch in listener.batches:
        assert schema.problems("graph.changeNotificationCollection", batch) == []
    rich = [item for item in listener.items if "encryptedContent" in item]
    kinds = [item["resourceData"]["@odata.type"].removeprefix("#Microsoft.Graph.") for item in rich]
    assert sorted(kinds) == ["aadUserConversationMember", *["chatMessage"] * 4]
    for item, kind in zip(rich, kinds, strict=True):
        assert schema.problems(f"graph.{kind}", open_content(certificate.key, item["encryptedContent"])) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": {"contentType": "markdown", "content": ""}},
        {"body": None},
        {"createdDateTime": "yesterday"},
        {"attachments": None},
        {"replyTo": "1"},
        {"from": {"user": {"@odata.type": "#microsoft.graph.channel"}}},
        {"reactions": [{"reactionType": 1}]},
    ],
)
def test_the_check_finds_what_is_not_of_the_type(schema: Schema, wrong: dict[str, Any]) -> None:
    assert schema.problems("graph.chatMessage", wrong) != []
