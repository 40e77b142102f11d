"""Notifications of who comes and goes, and of where the app is installed."""

from typing import Any

import pytest

from local.tenant.permissions import EVERYTHING
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import Certificate, GraphCaller, Listener
from tests.local.tenant.opening import open_content

_PLAIN = {"includeResourceData": False, "encryptionCertificate": None, "encryptionCertificateId": None}


def _told(listener: Listener) -> list[tuple[str, str]]:
    return [(item["changeType"], item["resource"].partition("/members(")[0]) for item in listener.items]


async def test_a_team_tells_of_those_who_come_go_and_become_owners(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller
) -> None:
    await subscribe(resource=f"/teams/{company.team}/members", **_PLAIN)
    other = tenant.add_team("Elsewhere", owners=[company.ann])
    await tenant.add_member(company.team, company.dan, by=company.ann)
    await tenant.set_owner(company.team, company.dan, owner=True, by=company.ann)
    await tenant.add_member(other, company.dan, by=company.ann)
    await tenant.flush()
    member = await graph.get(f"/{listener.items[0]['resource']}")
    assert member["userId"] == company.dan
    assert member["roles"] == ["owner"]
    await tenant.remove_member(company.team, company.dan, by=company.ann)
    await tenant.flush()
    place = f"teams('{company.team}')"
    assert _told(listener) == [("created", place), ("updated", place), ("deleted", place)]
    item = listener.items[0]
    assert item["resourceData"] == {
        "id": member["id"],
        "@odata.type": "#Microsoft.Graph.aadUserConversationMember",
        "@odata.id": item["resource"],
    }
    assert "encryptedContent" not in item
    assert (await graph.call("GET", f"/{item['resource']}")).status_code == 404


async def test_private_and_shared_channels_tell_of_their_own_members(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller, wanted: Any
) -> None:
    one_team = await subscribe(resource=f"/teams/{company.team}/channels/getAllMembers", **_PLAIN)
    beta = f"{graph.root}/graph/beta/subscriptions"
    tenant_wide = wanted | _PLAIN | {"resource": "/teams/getAllChannels/getAllMembers"}
    assert (await graph.call("POST", "/subscriptions", json=tenant_wide)).status_code == 400
    every_team = (await graph.call("POST", beta, json=tenant_wide)).json()
    shared = tenant.add_channel(company.team, "Partners", "shared", owners=[company.ann])
    await tenant.add_member(company.private, company.cy, by=company.ann)
    await tenant.add_member(shared, company.cy, by=company.ann)
    # Whoever leaves the team leaves its channels.
    await tenant.remove_member(company.team, company.cy, by=company.ann)
    await tenant.flush()
    private, partners = (f"teams('{company.team}')/channels('{one}')" for one in (company.private, shared))
    told = [(item["subscriptionId"], *what) for item, what in zip(listener.items, _told(listener), strict=True)]
    assert [what[1:] for what in told if what[0] == one_team["id"]] == [
        ("created", partners),
        ("created", private),
        ("created", partners),
        ("deleted", private),
        ("deleted", partners),
    ]
    # As documented, the tenant-wide resource knows private channels alone.
    assert [what[1:] for what in told if what[0] == every_team["id"]] == [("created", private), ("deleted", private)]


async def test_chats_tell_of_their_members_each_subscription_its_own(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    quiet = tenant.add_chat("Quiet", [company.ann, company.bob])
    await tenant.install(company.chat, by=company.ann)
    app = f"/appCatalogs/teamsApps/{tenant.teams_app_id}/installedToChats/getAllMembers"
    one, every, installed = [
        (await subscribe(resource=resource, **_PLAIN))["id"]
        for resource in (f"/chats/{company.chat}/members", "/chats/getAllMembers", app)
    ]
    await tenant.add_member(company.chat, company.dan, by=company.ann)
    await tenant.remove_member(quiet, company.bob, by=company.ann)
    tenant.add_chat("New", [company.cy])
    await tenant.flush()
    got: dict[str, list[str]] = {number: [] for number in (one, every, installed)}
    for item in listener.items:
        got[item["subscriptionId"]].append(item["changeType"])
    assert got == {one: ["created"], every: ["created", "deleted", "created"], installed: ["created"]}


async def test_a_rich_notification_carries_the_member_as_it_was_for_one_who_left(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, certificate: Certificate
) -> None:
    await subscribe(resource="/teams/getAllMembers")
    await tenant.remove_member(company.team, company.cy, by=company.ann)
    await tenant.flush()
    (item,) = listener.items
    opened = open_content(certificate.key, item["encryptedContent"])
    assert opened["userId"] == company.cy
    assert opened["id"] == item["resourceData"]["id"]
    assert listener.batches[0]["validationTokens"]


async def test_installations_tell_where_in_their_content_alone(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, certificate: Certificate
) -> None:
    await subscribe(resource=f"/appCatalogs/teamsApps/{tenant.teams_app_id}/installations")
    for where in (company.team, company.chat, company.ann):
        await tenant.install(where, by=company.ann)
    await tenant.uninstall(company.chat, by=company.ann)
    await tenant.flush()
    assert [item["changeType"] for item in listener.items] == ["created", "created", "created", "deleted"]
    assert listener.items[0]["resource"] == (
        f"appCatalogs/teamsApps('{tenant.teams_app_id}')/installations('{listener.items[0]['resourceData']['id']}')"
    )
    scopes = [open_content(certificate.key, item["encryptedContent"])["scopeInfo"] for item in listener.items]
    assert [scope["scope"] for scope in scopes] == ["team", "groupChat", "personal", "groupChat"]
    assert scopes[0] == {
        "@odata.type": "#microsoft.graph.teamTeamsAppInstallationScopeInfo",
        "teamId": company.team,
        "scope": "team",
    }
    assert scopes[3]["chatId"] == company.chat


async def test_installations_by_scope_and_by_consent(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, graph: GraphCaller, wanted: Any
) -> None:
    tenant.consent_to("TeamsAppInstallation.ReadForTeam.All")
    resource = f"/appCatalogs/teamsApps/{tenant.teams_app_id}/installations"
    team = f"{resource}?$filter=(scopeInfo/scope eq 'team')"
    chat = f"{resource}?$filter=scopeInfo/scope eq 'groupChat'"
    for refused in (
        resource,
        chat,
        f"{resource}?$filter=(scopeInfo/scope eq 'team') or (scopeInfo/scope eq 'personal')",
    ):
        assert (await graph.call("POST", "/subscriptions", json=wanted | {"resource": refused})).status_code == 403
    assert (await graph.call("POST", "/subscriptions", json=wanted | {"resource": f"{team}x"})).status_code == 400
    await subscribe(resource=team, **_PLAIN)
    by_consent = f"{chat}&useResourceSpecificConsentBasedAuthorization=true"
    consented = (await subscribe(resource=by_consent, **_PLAIN))["id"]
    for where in (company.team, company.chat):
        await tenant.install(where, by=company.ann)
        await tenant.uninstall(where, by=company.ann)
    await tenant.flush()
    got = [(item["changeType"], item["subscriptionId"] == consented) for item in listener.items]
    # By resource-specific consent deletions are not told.
    assert got == [("created", False), ("deleted", False), ("created", True)]


async def test_messages_of_the_chats_where_the_app_is_installed(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe(resource=f"/appCatalogs/teamsApps/{tenant.teams_app_id}/installedToChats/getAllMessages")
    await tenant.post(company.chat, company.ann, "before")
    await tenant.install(company.chat, by=company.ann)
    inside = await tenant.post(company.chat, company.ann, "inside")
    await tenant.uninstall(company.chat, by=company.ann)
    await tenant.post(company.chat, company.ann, "after")
    await tenant.flush()
    assert inside in {item["resourceData"]["id"] for item in listener.items}
    assert len(listener.items) == 2  # the system message of the installation, and the one inside


@pytest.mark.parametrize(
    ("resource", "permissions", "consent_does"),
    [
        ("/teams/{team}/members", ["TeamMember.Read.All", "TeamMember.ReadWrite.All"], "team"),
        ("/teams/getAllMembers", ["TeamMember.Read.All"], ""),
        ("/teams/{team}/channels/getAllMembers", ["ChannelMember.Read.All"], ""),
        ("/chats/{chat}/members", ["ChatMember.Read.All", "Chat.ReadBasic.All", "Chat.Read.All"], "chat"),
        ("/chats/getAllMembers", ["ChatMember.Read.All", "Chat.ReadWrite.All"], ""),
        (
            "/appCatalogs/teamsApps/{app}/installedToChats/getAllMembers",
            ["ChatMember.Read.WhereInstalled", "Chat.ReadBasic.WhereInstalled", "Chat.Read.WhereInstalled"],
            "",
        ),
        ("/appCatalogs/teamsApps/{app}/installedToChats/getAllMessages", ["Chat.Read.WhereInstalled"], ""),
        ("/appCatalogs/teamsApps/{app}/installations", ["TeamsAppInstallation.Read.All"], ""),
    ],
)
async def test_each_resource_needs_one_of_its_documented_permissions(
    tenant: Tenant,
    company: Company,
    graph: GraphCaller,
    wanted: Any,
    resource: str,
    permissions: list[str],
    consent_does: str,
) -> None:
    path = resource.format(team=company.team, chat=company.chat, app=tenant.teams_app_id)
    body = wanted | {"resource": path}

    async def status() -> int:
        await graph.sign_in()
        answer = await graph.call("POST", "/subscriptions", json=body)
        if answer.status_code == 201:
            tenant.end_subscription(answer.json()["id"])
        return answer.status_code

    for permission in permissions:
        tenant.consent_to(permission)
        assert await status() == 201, permission
    tenant.consent_to("User.Read.All")
    assert await status() == 403
    await tenant.install(company.team, by=company.ann)
    await tenant.install(company.chat, by=company.ann)
    assert await status() == (201 if consent_does else 403)
    tenant.consent_to(*EVERYTHING)
    assert await status() == 201


async def test_resources_that_are_not_there_are_not_found(company: Company, graph: GraphCaller, wanted: Any) -> None:
    for resource in (
        "/teams/none/members",
        "/teams/none/channels/getAllMembers",
        "/chats/none/members",
        f"/appCatalogs/teamsApps/{company.team}/installations",
        f"/appCatalogs/teamsApps/{company.team}/installedToChats/getAllMessages",
    ):
        answer = await graph.call("POST", "/subscriptions", json=wanted | {"resource": resource})
        assert answer.status_code == 404, resource


async def test_installed_apps_of_a_team_and_a_chat(tenant: Tenant, company: Company, graph: GraphCaller) -> None:
    path = f"/teams/{company.team}/installedApps?$expand=teamsApp"
    assert (await graph.get(path))["value"] == []
    await tenant.install(company.team, by=company.ann)
    await tenant.install(company.chat, by=company.ann)
    (installation,) = (await graph.get(path))["value"]
    assert installation["teamsApp"]["id"] == tenant.teams_app_id
    assert installation["teamsApp"]["externalId"] == tenant.core.identity.app_id
    assert len((await graph.get(f"/chats/{company.chat}/installedApps"))["value"]) == 1


async def test_a_subscription_that_ended_hears_of_no_member(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    made = await subscribe(resource=f"/chats/{company.chat}/members", **_PLAIN)
    tenant.end_subscription(made["id"])
    await tenant.add_member(company.chat, company.dan, by=company.ann)
    await tenant.flush()
    assert listener.items == []
