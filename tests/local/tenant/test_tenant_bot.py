"""What the bot hears from Teams: installations, members, words and presses."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from microsoft_teams.api.activities import ActivityTypeAdapter

from local.clock import SimulatedClock
from local.tenant.activities import BotUnreachableError, Forgery
from local.tenant.messages import Draft
from local.tenant.model import ADAPTIVE_CARD, Attachment, Direction
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company
from tests.local.tenant.listener import APP_ID, Listener

_CARD = '{"type": "AdaptiveCard", "version": "1.5", "body": []}'


@pytest.fixture(autouse=True)
def bot(tenant: Tenant, listener: Listener) -> Listener:
    tenant.bot_endpoint = listener.bot
    return listener


def post_card(tenant: Tenant, space: str, content: str = _CARD, root: str | None = None) -> str:
    draft = Draft(
        content='<attachment id="1"></attachment>',
        from_app=True,
        root_id=root,
        attachments=(Attachment(id="1", content_type=ADAPTIVE_CARD, content=content),),
    )
    return tenant.core.messages.post(tenant.core.state.known_space(space), draft).id


async def claims_of(tenant: Tenant, authorization: str | None) -> dict[str, Any]:
    async with outgoing_client(5) as client:
        keys = (await client.get(f"{tenant.url}/login/botframework/v1/.well-known/keys")).json()
    token = (authorization or "").removeprefix("Bearer ")
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims


async def test_an_installation_in_a_team_says_where_and_by_whom(
    tenant: Tenant, company: Company, bot: Listener, clock: SimulatedClock
) -> None:
    await tenant.install(company.team, by=company.ann)
    update, installation = bot.activities
    assert update["type"] == "conversationUpdate"
    assert update["membersAdded"] == [{"id": f"28:{APP_ID}"}]
    assert installation["type"] == "installationUpdate"
    assert installation["action"] == "add"
    assert installation["from"]["aadObjectId"] == company.ann
    assert installation["conversation"]["conversationType"] == "channel"
    assert installation["channelData"]["team"]["aadGroupId"] == company.team
    assert installation["channelData"]["tenant"]["id"] == tenant.id
    assert installation["recipient"]["id"] == f"28:{APP_ID}"
    claims = await claims_of(tenant, bot.authorizations[1])
    assert claims["aud"] == APP_ID
    assert claims["iss"] == "https://api.botframework.com"
    assert claims["serviceurl"] == installation["serviceUrl"] == f"{tenant.url}/connector/"
    assert claims["exp"] > clock.now().timestamp()
    await tenant.install(company.team, by=company.bob)
    assert len(bot.activities) == 2


async def test_members_who_come_and_go_are_told_where_the_bot_is(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    await tenant.add_member(company.team, company.dan, by=company.ann)
    assert bot.activities == []
    await tenant.install(company.team, by=company.ann)
    await tenant.install(company.chat, by=company.ann)
    bot.activities.clear()
    await tenant.remove_member(company.team, company.dan, by=company.ann)
    await tenant.add_member(company.private, company.cy, by=company.ann)
    await tenant.remove_member(company.chat, company.cy, by=company.cy)
    left, joined, gone = bot.activities
    dan = tenant.person(company.dan)
    assert left["membersRemoved"] == [{"id": dan.teams_id, "aadObjectId": dan.id, "name": "Dan Fox"}]
    assert left["channelData"]["eventType"] == "teamMemberRemoved"
    assert joined["channelData"]["eventType"] == "channelMemberAdded"
    assert joined["channelData"]["channel"]["id"] == company.private
    assert gone["membersRemoved"][0]["aadObjectId"] == company.cy
    assert gone["conversation"]["conversationType"] == "groupChat"
    assert "eventType" not in gone["channelData"]
    assert company.cy not in tenant.members(company.chat)
    assert tenant.messages(company.chat)[-1].event is not None


async def test_who_leaves_a_team_leaves_its_private_channels(tenant: Tenant, company: Company) -> None:
    await tenant.remove_member(company.team, company.bob, by=company.ann)
    assert company.bob not in tenant.members(company.private)
    assert company.bob not in tenant.members(company.channel)
    with pytest.raises(ValueError, match="no member"):
        await tenant.remove_member(company.team, company.bob, by=company.ann)
    with pytest.raises(ValueError, match="already"):
        await tenant.add_member(company.team, company.cy, by=company.ann)


async def test_words_to_the_bot_in_a_thread_in_a_chat_and_in_private(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    await tenant.install(company.team, by=company.ann)
    root = await tenant.post(company.channel, company.bob, "<p>How?</p>")
    bot.activities.clear()
    in_thread = await tenant.say(company.ann, f"{company.channel};messageid={root}", "help & so on")
    in_channel = await tenant.say(company.ann, company.channel, "help")
    in_chat = await tenant.say(company.cy, company.chat, "help")
    alone = await tenant.say(company.bob, None, "help")
    thread, channel, chat, private = bot.activities
    assert thread["text"] == "<at>Cairn</at> help & so on"
    assert thread["entities"][0]["mentioned"]["id"] == f"28:{APP_ID}"
    assert thread["conversation"]["id"] == f"{company.channel};messageid={root}"
    assert (thread["id"], channel["id"], chat["id"], private["id"]) == (in_thread, in_channel, in_chat, alone)
    assert channel["conversation"]["id"] == f"{company.channel};messageid={in_channel}"
    assert chat["conversation"]["id"] == company.chat
    assert private["conversation"] == {
        "conversationType": "personal",
        "tenantId": tenant.id,
        "id": tenant.conversation_with(company.bob).id,
    }
    assert "entities" not in private
    assert tenant.message(company.channel, in_thread).content == '<at id="0">Cairn</at> help &amp; so on'


async def test_a_press_is_an_invoke_and_a_card_in_the_answer_is_for_the_presser_alone(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    await tenant.install(company.team, by=company.ann)
    root = await tenant.post(company.channel, company.bob, "<p>How?</p>")
    shown = post_card(tenant, company.channel, root=root)
    new = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Thanks"}]}
    bot.bot_answer = {"statusCode": 200, "type": ADAPTIVE_CARD, "value": new}
    answer = await tenant.press(company.bob, company.channel, shown, "helped", {"snippet": "s1"}, action_id="a1")
    assert answer.status == 200
    assert answer.body == bot.bot_answer
    invoke = bot.activities[-1]
    assert invoke["type"] == "invoke"
    assert invoke["name"] == "adaptiveCard/action"
    assert invoke["value"] == {
        "action": {"type": "Action.Execute", "id": "a1", "verb": "helped", "data": {"snippet": "s1"}},
        "trigger": "manual",
    }
    assert invoke["from"]["aadObjectId"] == company.bob
    assert invoke["replyToId"] == shown
    assert invoke["conversation"]["id"] == f"{company.channel};messageid={root}"
    assert tenant.card_of(company.channel, shown, viewer=company.bob) == new
    assert tenant.card_of(company.channel, shown, viewer=company.ann) != new
    assert tenant.card_of(company.channel, shown) != new


async def test_a_message_in_the_answer_is_a_notice_to_the_presser(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    shown = post_card(tenant, company.chat)
    kind = "application/vnd.microsoft.activity.message"
    bot.bot_answer = {"statusCode": 200, "type": kind, "value": "Only a curator may do this."}
    await tenant.press(company.bob, company.chat, shown, "verify")
    await tenant.press(company.bob, company.chat, shown, "verify")
    assert [notice.text for notice in tenant.notices(company.bob)] == ["Only a curator may do this."] * 2
    assert tenant.notices(company.ann) == []


async def test_viewing_refreshes_a_card_for_those_it_names(tenant: Tenant, company: Company, bot: Listener) -> None:
    ann = tenant.person(company.ann).teams_id
    content = (
        '{"type": "AdaptiveCard", "version": "1.5", "body": [], "refresh": {"userIds": ["'
        + ann
        + '"], "action": {"type": "Action.Execute", "verb": "refresh", "data": {"n": 1}}}}'
    )
    shown = post_card(tenant, company.chat, content)
    hers = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Verify?"}]}
    bot.bot_answer = {"statusCode": 200, "type": ADAPTIVE_CARD, "value": hers}
    assert await tenant.view(company.bob, company.chat, shown) == tenant.card_of(company.chat, shown)
    assert bot.activities == []
    assert await tenant.view(company.ann, company.chat, shown) == hers
    assert bot.activities[0]["value"]["trigger"] == "automatic"
    assert bot.activities[0]["value"]["action"]["data"] == {"n": 1}


async def test_while_it_answers_a_press_the_bot_may_use_the_tenant(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    shown = post_card(tenant, company.chat)

    async def meanwhile() -> None:
        await tenant.post(company.chat, company.cy, "at the same time")

    bot.meanwhile = meanwhile
    await tenant.press(company.ann, company.chat, shown, "helped")
    assert tenant.messages(company.chat)[-1].content == "at the same time"


async def test_a_bot_that_is_not_there_is_named_for_a_press_and_misses_the_rest(
    tenant: Tenant, company: Company, bot: Listener
) -> None:
    await bot.stop()
    with pytest.raises(BotUnreachableError):
        await tenant.press(company.ann, company.chat, post_card(tenant, company.chat), "helped")
    await tenant.say(company.ann, None, "hello?")
    assert [logged.status for logged in tenant.activity_log()] == [None, None]


@pytest.mark.parametrize(
    "forgery", [Forgery.WRONG_KEY, Forgery.ENTRA_KEY, Forgery.UNSIGNED], ids=lambda forgery: forgery.value
)
async def test_forged_signatures_do_not_hold(tenant: Tenant, company: Company, bot: Listener, forgery: Forgery) -> None:
    await tenant.press(company.ann, company.chat, post_card(tenant, company.chat), "verify", forgery=forgery)
    with pytest.raises((JoseError, ValueError)):
        await claims_of(tenant, bot.authorizations[-1])


async def test_forged_claims_are_wrong_in_the_one_thing_that_they_say(
    tenant: Tenant, company: Company, bot: Listener, clock: SimulatedClock
) -> None:
    shown = post_card(tenant, company.chat)
    good = tenant.tokens.bot_claims(f"{tenant.url}/connector/")
    for forgery, name in (
        (Forgery.WRONG_AUDIENCE, {"aud"}),
        (Forgery.WRONG_ISSUER, {"iss"}),
        (Forgery.WRONG_SERVICE_URL, {"serviceurl"}),
        (Forgery.EXPIRED, {"iat", "nbf", "exp"}),
    ):
        await tenant.press(company.ann, company.chat, shown, "verify", forgery=forgery)
        claims = await claims_of(tenant, bot.authorizations[-1])
        assert {key for key in good if claims[key] != good[key]} == name
        assert claims["exp"] < clock.now().timestamp() or forgery is not Forgery.EXPIRED
    await tenant.press(company.ann, company.chat, shown, "verify", forgery=Forgery.FOREIGN_TENANT)
    assert bot.activities[-1]["channelData"]["tenant"]["id"] != tenant.id
    assert bot.activities[-1]["conversation"]["tenantId"] != tenant.id
    bot.bot_answer = {"statusCode": 200, "type": ADAPTIVE_CARD, "value": {"type": "AdaptiveCard"}}
    await tenant.press(company.bob, company.chat, shown, "verify", claiming=company.ann)
    assert bot.activities[-1]["from"]["aadObjectId"] == company.ann
    assert bot.activities[-1]["from"]["id"] == tenant.person(company.bob).teams_id
    assert tenant.card_of(company.chat, shown, viewer=company.bob) == tenant.card_of(company.chat, shown)


async def test_every_activity_is_one_that_the_teams_sdk_reads(tenant: Tenant, company: Company, bot: Listener) -> None:
    for where in (company.team, company.chat, company.cy):
        await tenant.install(where, by=company.ann)
    await tenant.add_member(company.team, company.dan, by=company.ann)
    await tenant.remove_member(company.team, company.dan, by=company.ann)
    await tenant.say(company.ann, company.channel, "help")
    await tenant.say(company.cy, None, "help")
    await tenant.press(company.ann, company.chat, post_card(tenant, company.chat), "helped", {"n": 1})
    await tenant.uninstall(company.chat, by=company.ann)
    kinds = [ActivityTypeAdapter.validate_python(activity).type for activity in bot.activities]
    assert len(kinds) == 12
    assert set(kinds) == {"conversationUpdate", "installationUpdate", "message", "invoke"}


async def test_the_log_keeps_what_was_said_in_its_order(
    tenant: Tenant, company: Company, bot: Listener, clock: SimulatedClock
) -> None:
    await tenant.say(company.ann, None, "one")
    clock.advance(timedelta(minutes=1))
    await tenant.say(company.ann, None, "two")
    log = tenant.activity_log()
    assert [(one.direction, one.activity["text"], one.status) for one in log] == [
        (Direction.TO_BOT, "one", 200),
        (Direction.TO_BOT, "two", 200),
    ]
    assert log[1].at - log[0].at == timedelta(minutes=1)
