"""The Bot Connector, called by the client that the product uses: microsoft-teams-api."""

import json

import httpx
import pytest
from microsoft_teams.api import Account, ApiClient
from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.clients.conversation import CreateConversationParams

from local.tenant.tenant import Tenant
from tests.local.tenant.bot_client import card, showing, status
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.csdl import Schema
from tests.local.tenant.listener import Certificate, GraphCaller, Listener
from tests.local.tenant.opening import open_content

pytestmark = [
    pytest.mark.filterwarnings("ignore::microsoft_teams.common.experimental.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:The bot client is deprecated:DeprecationWarning"),
]


async def test_a_card_in_a_thread_is_a_reply_that_graph_lists_and_notifies(
    tenant: Tenant,
    installed: Company,
    teams: ApiClient,
    graph: GraphCaller,
    subscribe: Subscribe,
    listener: Listener,
    certificate: Certificate,
    schema: Schema,
) -> None:
    await subscribe(resource="/teams/getAllMessages")
    root = await tenant.post(installed.channel, installed.bob, "<p>How?</p>")
    sent = await teams.conversations.create_activity(f"{installed.channel};messageid={root}", showing("So"))
    path = f"/teams/{installed.team}/channels/{installed.channel}/messages/{root}/replies/{sent.id}"
    served = await graph.get(path)
    assert served["from"]["user"] is None
    assert served["from"]["application"] == {"id": tenant.core.identity.app_id, "displayName": "Cairn"}
    (attachment,) = served["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert json.loads(attachment["content"]) == card("So")
    assert served["body"]["content"] == f'<attachment id="{attachment["id"]}"></attachment>'
    assert served["summary"] == "A card: So"
    assert schema.problems("graph.chatMessage", served) == []
    await tenant.flush()
    opened = open_content(certificate.key, listener.items[-1]["encryptedContent"])
    assert opened["attachments"] == served["attachments"]
    assert tenant.card_of(installed.channel, sent.id) == card("So")


async def test_a_reply_by_activity_id_finds_its_thread(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    root = await tenant.post(installed.channel, installed.bob, "<p>How?</p>")
    reply = await tenant.post(installed.channel, installed.ann, "<p>So.</p>", reply_to=root)
    text = MessageActivityInput(text="Two < three\n& <at>Bob Ray</at>")
    text.add_mention(Account(id=tenant.person(installed.bob).teams_id, name="Bob Ray"), add_text=False)
    sent = await teams.conversations.reply_to_activity(installed.channel, reply, text)
    message = tenant.message(installed.channel, sent.id)
    assert message.root_id == root
    assert message.content == '<p>Two &lt; three<br>&amp; <at id="0">Bob Ray</at></p>'
    assert [mention.user_id for mention in message.mentions] == [installed.bob]


async def test_a_chat_and_a_new_thread(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    in_chat = await teams.conversations.create_activity(installed.chat, MessageActivityInput(text="Hello"))
    assert tenant.message(installed.chat, in_chat.id).from_app
    thread = await teams.conversations.create(
        CreateConversationParams(
            activity=MessageActivityInput(text="A notice"), channel_data={"channel": {"id": installed.channel}}
        )
    )
    assert thread.id == f"{installed.channel};messageid={thread.activity_id}"
    assert tenant.message(installed.channel, thread.activity_id or "").root_id is None


async def test_a_personal_conversation_is_the_same_each_time_and_only_where_installed(
    tenant: Tenant, installed: Company, teams: ApiClient
) -> None:
    async def create(user: str) -> str:
        params = CreateConversationParams(members=[Account(id=user)], tenant_id=tenant.id)
        return (await teams.conversations.create(params)).id

    first = await create(installed.ann)
    assert first.startswith("a:1")
    assert await create(tenant.person(installed.ann).teams_id) == first
    sent = await teams.conversations.create_activity(first, MessageActivityInput(text="For you alone"))
    assert [m.id for m in tenant.messages(tenant.conversation_with(installed.ann).id)] == [sent.id]
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await create(installed.bob)
    assert status(caught) == (403, "ForbiddenOperationException")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await create("29:nobody")
    assert status(caught)[0] == 404
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create(CreateConversationParams(members=[Account(id=installed.ann)]))
    assert status(caught)[0] == 400


async def test_an_update_edits_the_message_and_a_deletion_deletes_it(
    tenant: Tenant, installed: Company, teams: ApiClient, graph: GraphCaller
) -> None:
    sent = await teams.conversations.create_activity(installed.chat, showing("before"))
    await teams.conversations.update_activity(installed.chat, sent.id, showing("after"))
    assert tenant.card_of(installed.chat, sent.id) == card("after")
    served = await graph.get(f"/chats/{installed.chat}/messages/{sent.id}")
    assert served["lastEditedDateTime"] is not None
    await teams.conversations.delete_activity(installed.chat, sent.id)
    served = await graph.get(f"/chats/{installed.chat}/messages/{sent.id}")
    assert served["deletedDateTime"] is not None
    assert served["attachments"] == []
    assert tenant.card_of(installed.chat, sent.id) is None
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.update_activity(installed.chat, sent.id, showing("too late"))
    assert status(caught) == (404, "ActivityNotFoundInConversation")


async def test_the_bot_changes_nothing_that_others_wrote(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    said = await tenant.post(installed.chat, installed.ann, "mine")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.update_activity(installed.chat, said, showing("yours"))
    assert status(caught)[0] == 403
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.delete_activity(installed.chat, said)
    assert status(caught)[0] == 403
    assert tenant.message(installed.chat, said).content == "mine"


async def test_where_the_bot_is_not_it_may_not_write(tenant: Tenant, company: Company, teams: ApiClient) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create_activity(company.chat, showing("hello"))
    assert status(caught) == (403, "BotNotInConversationRoster")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create_activity("19:none@thread.v2", showing("hello"))
    assert status(caught) == (404, "ConversationNotFound")
    await tenant.install(company.team, by=company.ann)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create_activity(f"{company.channel};messageid=1", showing("hello"))
    assert status(caught) == (404, "ConversationNotFound")
    await tenant.uninstall(company.team, by=company.ann)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create_activity(company.channel, showing("hello"))
    assert status(caught) == (403, "BotNotInConversationRoster")


async def test_members_by_page_and_by_either_id(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    first = await teams.conversations.get_paged_members(installed.chat, page_size=2)
    assert len(first.members) == 2
    second = await teams.conversations.get_paged_members(installed.chat, 2, first.continuation_token)
    assert second.continuation_token is None
    found = {member.aad_object_id for member in first.members + second.members}
    assert found == {installed.ann, installed.bob, installed.cy}
    everybody = await teams.conversations.get_members(f"{installed.channel};messageid=1")
    assert {member.email for member in everybody} == {
        "ann.lee@contoso.example",
        "bob.ray@contoso.example",
        "cy.moss@contoso.example",
    }
    private = await teams.conversations.get_members(installed.private)
    assert {member.name for member in private} == {"Ann Lee", "Bob Ray"}
    ann = tenant.person(installed.ann)
    for any_id in (ann.id, ann.teams_id):
        member = await teams.conversations.get_member_by_id(installed.chat, any_id)
        assert (member.id, member.aad_object_id, member.tenant_id) == (ann.teams_id, ann.id, tenant.id)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.get_member_by_id(installed.chat, installed.dan)
    assert status(caught) == (404, "MemberNotFoundInConversation")


async def test_a_team_and_its_channels(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    general = tenant.spaces()[0].id
    details = await teams.teams.get_by_id(general)
    assert details.aad_group_id == installed.team
    channels = await teams.teams.get_conversations(general)
    assert {channel.id for channel in channels} == {general, installed.channel, installed.private}
