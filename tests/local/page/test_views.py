"""What the page shows, and to whom."""

import re

import pytest

from local.page import conversations
from local.page.knowledge import knowledge
from shared.domain.identity import user_key
from tests.e2e.conftest import Company
from tests.local.page.conftest import AGAIN, ANSWER, QUESTION

_AN_ID = re.compile(r"\b[0-9a-f]{32}\b|[0-9a-f]{8}-[0-9a-f]{4}-|19:|@thread|\b\d{13}\b|[{}]|Traceback")


async def test_a_thread_holds_its_replies_and_the_latest_thread_comes_last(answered: Company) -> None:
    early = await answered.ask("<p>Lunch at one in the yard.</p>", answered.ann)
    await answered.later(minutes=5)
    await answered.ask("<p>The yard gate is open again.</p>", answered.cleo)
    await answered.reply(early, "<p>Fine by me.</p>", answered.bob)
    shown = conversations.conversation(answered.stage.tenant, answered.channel, answered.ann)
    assert shown["threaded"]
    assert shown["items"][-1]["html"] == "<p>Lunch at one in the yard.</p>"
    assert [reply["author"] for reply in shown["items"][-1]["replies"]] == ["Bob Ray"]


async def test_cairns_card_stands_in_the_thread(answered: Company) -> None:
    shown = conversations.conversation(answered.stage.tenant, answered.channel, answered.bob)
    (thread,) = [item for item in shown["items"] if AGAIN in item["html"]]
    (reply,) = thread["replies"]
    assert (reply["author"], reply["bot"], reply["html"]) == ("Cairn", True, "")
    assert ANSWER in str(reply["card"])


async def test_a_deleted_message_has_no_words_on_the_page(answered: Company) -> None:
    message = await answered.ask("<p>The code is 4711.</p>")
    await answered.stage.tenant.delete(answered.channel, message)
    shown = conversations.conversation(answered.stage.tenant, answered.channel, answered.ann)
    (item,) = [item for item in shown["items"] if item["key"] == message]
    assert item["deleted"]
    assert "4711" not in str(shown)


async def test_a_place_is_shown_only_to_who_is_there(answered: Company) -> None:
    tenant = answered.stage.tenant
    secret = tenant.add_channel(answered.team, "Pay", "private", owners=[answered.ann], members=[])
    assert "Pay" in [place["name"] for place in conversations.places(tenant, answered.ann)]
    assert "Pay" not in [place["name"] for place in conversations.places(tenant, answered.bob)]
    assert conversations.conversation(tenant, secret, answered.ann)["private"]
    with pytest.raises(LookupError):
        conversations.conversation(tenant, secret, answered.bob)
    with pytest.raises(LookupError):
        conversations.conversation(tenant, tenant.conversation_with(answered.ann).id, answered.bob)


async def test_a_person_is_shown_only_what_their_audiences_may_see(answered: Company) -> None:
    store, now, tenant = await answered.store(), answered.stage.clock.now(), answered.stage.tenant
    stranger = tenant.add_user(name="Dan Vale", department="Sales")
    for viewer in (user_key(tenant.id, answered.bob), None):
        found = await knowledge(store, viewer, now)
        assert [answer["question"] for answer in found["answers"]] == [QUESTION]
        assert [person["name"] for person in found["people"]] == ["Cleo Fox"]
    nothing = await knowledge(store, user_key(tenant.id, stranger), now)
    assert nothing == {"answers": [], "people": [], "optedOut": 0, "log": []}


async def test_what_one_person_alone_was_shown_is_told_to_nobody_else(answered: Company) -> None:
    stage, tenant = answered.stage, answered.stage.tenant
    dan = tenant.add_user(name="Dan Vale", department="Sales")
    team = tenant.add_team("Sales", owners=[dan], members=[answered.bob])
    desk = tenant.add_channel(team, "Desk")
    await tenant.install(team, by=dan)
    await tenant.say(dan, desk, "capture on")
    await tenant.post(desk, answered.bob, f"<p>{AGAIN}</p>")
    await stage.settle()
    store, now = await answered.store(), stage.clock.now()
    told = {}
    for viewer in (answered.bob, dan):
        found = await knowledge(store, user_key(tenant.id, viewer), now)
        told[viewer] = [line["text"] for line in found["log"] if line["where"] == "Sales › Desk"]
    assert any("showed the answer to Bob Ray alone" in text for text in told[answered.bob])
    assert any(text.startswith("Bob Ray asked “The badge printer") and text.endswith("”.") for text in told[dan])
    assert not any("alone" in text or "Cleo Fox" in text for text in told[dan])


async def test_whoever_opted_out_is_counted_and_not_named(answered: Company) -> None:
    await answered.stage.tenant.say(answered.cleo, None, "opt out")
    await answered.stage.settle()
    found = await knowledge(await answered.store(), None, answered.stage.clock.now())
    assert (found["people"], found["optedOut"]) == ([], 1)
    assert "Cleo" not in str(found["people"])


async def test_what_happened_is_told_in_sentences_with_names_newest_first(answered: Company) -> None:
    found = await knowledge(await answered.store(), None, answered.stage.clock.now())
    told = [line["text"] for line in found["log"]]
    times = [line["at"] for line in found["log"]]
    assert times == sorted(times, reverse=True)
    assert any(
        text.startswith("Cleo Fox asked “The badge printer") and "everybody there may see it" in text for text in told
    )
    assert any(text.startswith("Cleo Fox answered Bob Ray's question") for text in told)
    assert any("asked Ann Lee to check it" in text for text in told)
    assert not [text for text in told if _AN_ID.search(text)]
