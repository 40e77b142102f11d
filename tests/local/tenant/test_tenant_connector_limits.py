"""What the connector keeps to one person, and what it refuses."""

from datetime import timedelta

import httpx
import pytest
from microsoft_teams.api import Account, ApiClient
from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.models import Attachment

from local.clock import SimulatedClock
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from tests.local.tenant.bot_client import card, showing, status
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import GraphCaller, Listener, ask_for_token

pytestmark = [
    pytest.mark.filterwarnings("ignore::microsoft_teams.common.experimental.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:The bot client is deprecated:DeprecationWarning"),
]


async def test_a_targeted_message_is_for_its_recipient_alone(
    tenant: Tenant,
    installed: Company,
    teams: ApiClient,
    graph: GraphCaller,
    subscribe: Subscribe,
    listener: Listener,
    clock: SimulatedClock,
) -> None:
    await subscribe()
    bob = Account(id=tenant.person(installed.bob).teams_id)
    activity = showing("psst").with_recipient(bob, is_targeted=True)
    sent = await teams.conversations.create_targeted_activity(installed.chat, activity)
    assert tenant.message(installed.chat, sent.id).visible_to == installed.bob
    assert [m.id for m in tenant.messages(installed.chat, viewer=installed.bob)][-1] == sent.id
    assert sent.id not in [m.id for m in tenant.messages(installed.chat, viewer=installed.cy)]
    assert tenant.card_of(installed.chat, sent.id, viewer=installed.cy) is None
    assert sent.id not in {m["id"] for m in await graph.everything(f"/chats/{installed.chat}/messages")}
    assert (await graph.call("GET", f"/chats/{installed.chat}/messages/{sent.id}")).status_code == 404
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.update_activity(installed.chat, sent.id, showing("to all"))
    assert status(caught)[0] == 404
    await teams.conversations.update_targeted_activity(installed.chat, sent.id, showing("psst!"))
    assert tenant.card_of(installed.chat, sent.id, viewer=installed.bob) == card("psst!")
    await tenant.flush()
    assert listener.items == []
    clock.advance(timedelta(hours=24, seconds=1))
    assert sent.id not in [m.id for m in tenant.messages(installed.chat)]


async def test_targeted_messages_need_a_member_in_a_shared_conversation(
    tenant: Tenant, installed: Company, teams: ApiClient
) -> None:
    dan = showing("psst").with_recipient(Account(id=tenant.person(installed.dan).teams_id))
    personal = tenant.conversation_with(installed.ann).id
    ann = showing("psst").with_recipient(Account(id=tenant.person(installed.ann).teams_id))
    for conversation, activity in ((installed.chat, dan), (installed.chat, showing("psst")), (personal, ann)):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            await teams.conversations.create_targeted_activity(conversation, activity)
        assert status(caught)[0] == 400


async def test_a_message_over_28_kb_is_refused(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        await teams.conversations.create_activity(installed.chat, MessageActivityInput(text="x" * 28 * 1024))
    assert status(caught) == (413, "MessageSizeTooBig")
    await teams.conversations.create_activity(installed.chat, MessageActivityInput(text="x" * 27 * 1024))


async def test_what_says_nothing_or_is_no_card_is_refused(installed: Company, teams: ApiClient) -> None:
    no_card = Attachment(content_type="application/vnd.microsoft.card.adaptive", content={"type": "Card"})
    for activity in (MessageActivityInput(), MessageActivityInput().add_attachments(no_card)):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            await teams.conversations.create_activity(installed.chat, activity)
        assert status(caught)[0] == 400


async def test_teams_limits_for_posts_count_by_the_clock_and_per_conversation(
    tenant: Tenant, installed: Company, teams: ApiClient, clock: SimulatedClock
) -> None:
    async def post(conversation: str = installed.chat) -> httpx.Response | None:
        try:
            await teams.conversations.create_activity(conversation, MessageActivityInput(text="again"))
        except httpx.HTTPStatusError as error:
            return error.response
        return None

    for _ in range(7):
        assert await post() is None
    refused = await post()
    assert refused is not None
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert await post(installed.channel) is None
    clock.advance(timedelta(seconds=1))
    assert await post() is None
    refused = await post()
    assert refused is not None
    assert refused.headers["retry-after"] == "1"
    clock.advance(timedelta(seconds=2))
    for _ in range(52):
        clock.advance(timedelta(milliseconds=400))
        assert await post() is None
    refused = await post()
    assert refused is not None
    assert refused.headers["retry-after"] == "7"
    tenant.faults.send_limits = False
    assert await post() is None


async def test_the_connector_asks_for_a_token_of_its_own(
    tenant: Tenant, installed: Company, graph: GraphCaller, clock: SimulatedClock
) -> None:
    await graph.sign_in()
    url = f"{tenant.url}/connector/v3/conversations/{installed.chat}/members"
    async with outgoing_client(5) as client:
        good = (await ask_for_token(client, tenant, "https://api.botframework.com/.default")).json()

        async def ask(token: str | None) -> int:
            return (await client.get(url, headers={"Authorization": f"Bearer {token}"})).status_code

        assert await ask(good["access_token"]) == 200
        assert await ask(graph.token) == 401
        assert (await client.get(url)).status_code == 401
        clock.advance(timedelta(hours=1))
        assert await ask(good["access_token"]) == 401


async def test_ids_may_come_percent_encoded(tenant: Tenant, installed: Company, teams: ApiClient) -> None:
    root = await tenant.post(installed.channel, installed.bob, "<p>How?</p>")
    encoded = installed.channel.replace(":", "%3A").replace("@", "%40") + f"%3Bmessageid%3D{root}"
    sent = await teams.conversations.create_activity(encoded, showing("So"))
    assert tenant.message(installed.channel, sent.id).root_id == root
