"""Subscriptions as Graph takes and lists them, certificates that rotate under them, notifications that open."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.identity import MessageId
from shared.domain.notifications import MessageRef
from shared.errors import AlreadySubscribed, Gone, Refused
from shared.ports import SubscriptionMade
from tests.adapters.graph.world import LIFE, START, World, messages_of


async def a_rich_one(world: World, resource: str) -> SubscriptionMade:
    return await world.graph.subscribe(resource, rich=True, client_state="state", now=world.clock.now())


async def last_item(world: World) -> dict[str, Any]:
    await world.tenant.flush()
    item: dict[str, Any] = world.batches[-1]["value"][0]  # type: ignore[index]
    return item


async def test_a_subscription_brings_notifications_that_open(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    made = await a_rich_one(world, messages_of(team, channel))
    assert timedelta(days=2) < made.expires_at - START <= timedelta(minutes=4320)
    question = await world.tenant.post(channel, ann, "<p>Where is the <b>manual</b>?</p>")
    item = await last_item(world)
    await world.graph.authenticate(world.batches[-1]["validationTokens"], received_at=START)  # type: ignore[arg-type]
    ref = MessageRef(team_id=team, space_id=channel, message_id=MessageId(question))
    message = await world.graph.decrypt(ref, item["encryptedContent"])
    assert message == await world.graph.message(ref)
    assert message.text == "Where is the manual?"
    assert item["encryptedContent"]["encryptionCertificateId"] == made.certificate_id


async def test_content_of_another_message_or_place_is_refused(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    await a_rich_one(world, messages_of(team, channel))
    question = await world.tenant.post(channel, ann, "Where?")
    content = (await last_item(world))["encryptedContent"]
    elsewhere = world.tenant.add_channel(team, "Secrets", "private", owners=[ann])
    for ref in (
        MessageRef(team_id=team, space_id=channel, message_id=MessageId("1")),
        MessageRef(team_id=team, space_id=elsewhere, message_id=MessageId(question)),  # type: ignore[arg-type]
    ):
        with pytest.raises(Refused) as raised:
            await world.graph.decrypt(ref, content)
        assert raised.value.code == "bad_content"


async def test_a_plain_subscription_brings_no_content_and_names_no_certificate(world: World) -> None:
    chat, ann, _ = await world.chat()
    made = await world.graph.subscribe(messages_of(None, chat), rich=False, client_state="state", now=START)
    await world.tenant.post(chat, ann, "Hello")
    assert made.certificate_id == ""
    assert "encryptedContent" not in await last_item(world)


async def test_a_second_subscription_on_a_resource_is_said_to_be_there_already(world: World) -> None:
    team, channel, *_ = await world.channel()
    first = await a_rich_one(world, messages_of(team, channel))
    with pytest.raises(AlreadySubscribed):
        await a_rich_one(world, messages_of(team, channel))
    assert [s.id for s in world.tenant.subscriptions()] == [first.id]


async def test_what_is_subscribed_to_is_listed_and_ours_are_told_from_others(world: World) -> None:
    team, channel, *_ = await world.channel()
    made = await a_rich_one(world, messages_of(team, channel))
    [found] = await world.graph.subscriptions()
    assert (found.id, found.resource, found.ours) == (made.id, messages_of(team, channel), True)
    assert found.expires_at == made.expires_at
    world.url = world.url.replace("notifications", "elsewhere")
    [found] = await world.adapter().subscriptions()
    assert not found.ours


async def test_renewing_moves_the_end_and_a_removed_subscription_is_gone(world: World) -> None:
    team, channel, *_ = await world.channel()
    made = await a_rich_one(world, messages_of(team, channel))
    later = START + timedelta(days=1)
    world.clock.advance_to(later)
    renewed = await world.graph.renew(made.id, rich=True, now=later)
    assert renewed.expires_at > made.expires_at
    await world.graph.unsubscribe(made.id)
    await world.graph.unsubscribe(made.id)
    with pytest.raises(Gone):
        await world.graph.renew(made.id, rich=True, now=later)


async def test_a_resource_that_is_not_there_is_gone(world: World) -> None:
    team, *_ = await world.channel()
    with pytest.raises(Gone):
        await a_rich_one(world, f"/teams/{team}/channels/19:nothing@thread.tacv2/messages")


async def test_after_a_rotation_what_was_encrypted_for_either_certificate_opens_everywhere(world: World) -> None:
    """One process rotates; another, which has only seen the first key, opens both, and renews under the second."""
    team, channel, ann, _ = await world.channel()
    other = world.adapter()
    before = await world.graph.keep_certificates(in_use=frozenset(), now=START)
    made = await other.subscribe(messages_of(team, channel), rich=True, client_state="state", now=START)
    assert made.certificate_id == before
    first = MessageRef(
        team_id=team, space_id=channel, message_id=MessageId(await world.tenant.post(channel, ann, "One"))
    )
    old_content = (await last_item(world))["encryptedContent"]
    later = START + timedelta(days=2)
    world.clock.advance_to(later)
    assert (await other.renew(made.id, rich=True, now=later)).certificate_id == before

    world.clock.advance_to(START + LIFE)
    after = await world.graph.keep_certificates(in_use=frozenset({before}), now=START + LIFE)
    assert after != before
    again = await world.graph.subscribe(messages_of(team, channel), rich=True, client_state="s", now=START + LIFE)
    assert again.certificate_id == after
    second = MessageRef(
        team_id=team, space_id=channel, message_id=MessageId(await world.tenant.post(channel, ann, "Two"))
    )
    new_content = (await last_item(world))["encryptedContent"]
    assert (await other.decrypt(second, new_content)).text == "Two"
    assert (await other.decrypt(first, old_content)).text == "One"


async def test_to_renew_a_subscription_puts_it_under_the_current_certificate(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    await world.graph.keep_certificates(in_use=frozenset(), now=START)
    world.clock.advance_to(START + LIFE - timedelta(days=1))
    made = await a_rich_one(world, messages_of(team, channel))
    world.clock.advance_to(START + LIFE)
    renewed = await world.graph.renew(made.id, rich=True, now=START + LIFE)
    assert renewed.certificate_id != made.certificate_id
    said = MessageId(await world.tenant.post(channel, ann, "Hello"))
    content = (await last_item(world))["encryptedContent"]
    assert content["encryptionCertificateId"] == renewed.certificate_id
    ref = MessageRef(team_id=team, space_id=channel, message_id=said)
    assert (await world.graph.decrypt(ref, content)).text == "Hello"


async def test_a_replaced_certificate_goes_two_weeks_later_unless_it_is_in_use(world: World) -> None:
    before = await world.graph.keep_certificates(in_use=frozenset(), now=START)
    replaced = START + LIFE
    await world.graph.keep_certificates(in_use=frozenset(), now=replaced)
    assert len(list(world.keys())) == 2
    late = replaced + timedelta(days=20)
    await world.graph.keep_certificates(in_use=frozenset({before}), now=late)
    assert len(list(world.keys())) == 2
    await world.graph.keep_certificates(in_use=frozenset(), now=late)
    assert len(list(world.keys())) == 1
