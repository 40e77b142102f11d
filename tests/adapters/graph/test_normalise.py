"""A chatMessage of Graph becomes a message of ours, or is refused; nothing in between."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.normalise import MOST_CHARACTERS, message_of
from shared.domain.identity import PostingId, SpaceId
from shared.domain.messages import Message, MessageKind
from shared.errors import Refused

TENANT, APP = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
REAL = Path(__file__).parents[3] / "../shared/data/graph/encrypted-chatmessage.json"
ANN = {"user": {"id": "AAAA", "displayName": "Ann Lee", "tenantId": TENANT}}
CARD = {"contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps({"posting": "p1"})}


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1772000000000",
        "messageType": "message",
        "createdDateTime": "2026-03-02T09:12:00.123Z",
        "lastModifiedDateTime": "2026-03-02T09:13:00Z",
        "from": ANN,
        "subject": "Printer",
        "body": {"contentType": "html", "content": "<p>How do I <b>reset</b> it?</p>"},
        "webUrl": "https://teams.microsoft.com/l/message/1",
    } | changes


def read(**changes: Any) -> Message:
    return message_of(
        raw(**changes),
        space_id=SpaceId("19:c@thread.tacv2"),
        tenant_id=TENANT,
        app_id=APP,
        posting_id_in=lambda card: PostingId(str(card["posting"])) if "posting" in card else None,
    )


def test_what_a_person_wrote() -> None:
    message = read(replyToId="1771")
    assert message.kind is MessageKind.PERSON
    assert message.author is not None
    assert (message.author.name, message.author.key) == ("Ann Lee", f"{TENANT}/aaaa")
    assert (message.subject, message.text, message.root_id) == ("Printer", "How do I reset it?", "1771")
    assert message.created_at == datetime(2026, 3, 2, 9, 12, 0, 123000, UTC)
    assert message.modified_at == datetime(2026, 3, 2, 9, 13, tzinfo=UTC)
    assert message.web_url.startswith("https://teams")


def test_the_hash_follows_the_words_and_nothing_else() -> None:
    reaction = {"reactionType": "like", "user": {"user": {"id": "b"}}}
    assert read().body_hash == read(reactions=[reaction], lastModifiedDateTime="2026-03-03T00:00:00Z").body_hash
    assert read().body_hash != read(subject="Another").body_hash
    assert read().body_hash != read(body={"contentType": "text", "content": "Another"}).body_hash


def test_a_deleted_message_keeps_no_words() -> None:
    message = read(deletedDateTime="2026-03-02T10:00:00Z", mentions=[{"mentioned": ANN}])
    assert message.deleted_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (message.text, message.subject, message.mentions, message.body_hash) == ("", "", (), "")


@pytest.mark.parametrize("kind", ["systemEventMessage", "unknownFutureValue"])
def test_what_teams_says_itself_is_a_system_message_without_words(kind: str) -> None:
    message = read(messageType=kind, **{"from": None})
    assert (message.kind, message.author, message.text) == (MessageKind.SYSTEM, None, "")


def test_our_own_card_is_known_and_a_stranger_with_its_mark_is_not() -> None:
    ours = read(**{"from": {"application": {"id": APP.upper()}}}, attachments=[CARD])
    assert (ours.kind, ours.posting_ids, ours.text) == (MessageKind.BOT, ("p1",), "")
    theirs = read(**{"from": {"application": {"id": "another"}}}, attachments=[CARD])
    assert theirs.posting_ids == ()
    person = read(attachments=[CARD])
    assert person.posting_ids == ()


def test_quotes_mentions_and_reactions() -> None:
    quote = {"contentType": "messageReference", "id": "7", "content": json.dumps({"messageId": "7"})}
    bob = {"user": {"id": "b", "displayName": "Bob Ray"}}
    message = read(
        attachments=[quote, quote],
        mentions=[{"id": 0, "mentioned": bob}, {"id": 1, "mentioned": {"application": {"id": "x"}}}],
        reactions=[{"reactionType": "👍", "user": bob}, {"reactionType": "heart", "user": {}}],
    )
    assert message.quoted_ids == ("7",)
    assert [person.name for person in message.mentions] == ["Bob Ray"]
    assert [(reaction.kind, reaction.by) for reaction in message.reactions] == [("👍", f"{TENANT}/b")]


@pytest.mark.parametrize(
    ("action", "violates"),
    [
        ("none", False),
        ("notifySender", False),
        ("NotifySender", False),
        ("blockAccess", True),
        ("blockAccessExternal", True),
        ("notifySender, blockAccessExternal", True),
        ("notifySender,blockAccess", True),
        ("new", True),
    ],
)
def test_a_policy_that_blocks_keeps_a_message_out(action: str, violates: bool) -> None:
    assert read(policyViolation={"dlpAction": action}).violates_policy is violates
    assert not read(policyViolation=None).violates_policy


@pytest.mark.parametrize("body", [None, {}, {"content": None}, {"contentType": "html"}, "text"])
def test_a_message_without_a_body_is_valid(body: Any) -> None:
    assert read(body=body).text == ""


def test_a_very_long_text_is_cut_at_a_word() -> None:
    text = read(body={"contentType": "text", "content": "words " * 50_000}).text
    assert MOST_CHARACTERS - 10 < len(text) <= MOST_CHARACTERS
    assert text.endswith("words")


def test_plain_text_is_not_read_as_markup() -> None:
    assert read(body={"contentType": "text", "content": "if a < b && c > d\n\x00ok"}).text == "if a < b && c > d\nok"


@pytest.mark.parametrize("changes", [{"id": None}, {"id": ""}, {"createdDateTime": None}, {"createdDateTime": "soon"}])
def test_without_an_id_or_a_time_it_is_no_message(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as raised:
        read(**changes)
    assert raised.value.code == "not_a_message"


def test_every_kind_of_line_break_is_one() -> None:
    assert read(body={"contentType": "text", "content": "a\rb\r\nc\nd"}).text == "a\nb\nc\nd"


def test_a_person_of_another_tenant_keeps_their_own() -> None:
    author = read(**{"from": {"user": {"id": "AAAA", "displayName": None, "tenantId": "Other"}}}).author
    assert author is not None
    assert (author.key, author.name) == ("other/aaaa", "A colleague")


def test_a_web_address_that_is_none_is_dropped() -> None:
    assert read(webUrl="javascript:alert(1)").web_url == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *raw(),
    "attachments",
    "mentions",
    "reactions",
    "policyViolation",
    "deletedDateTime",
    "replyToId",
    "eventDetail",
]


@given(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6))
def test_any_shape_gives_a_message_or_is_refused(changes: dict[str, Any]) -> None:
    try:
        read(**changes)
    except Refused:
        return


def test_a_real_message_of_graphs_is_read() -> None:
    if not REAL.exists():
        pytest.skip("../shared/data/graph is not here, so the real message can't be read")
    decrypted = json.loads(REAL.read_text())["decrypted"]
    message = message_of(
        decrypted, space_id=SpaceId("19:x"), tenant_id=TENANT, app_id=APP, posting_id_in=lambda _: None
    )
    assert message.id == decrypted["id"]
    assert message.kind is MessageKind.PERSON


@pytest.mark.parametrize("kind", ["anonymousGuest", "phoneUser", "federatedUser"])
def test_somebody_from_outside_is_not_taken_for_a_colleague(kind: str) -> None:
    message = read(**{"from": {"user": {"id": "x", "displayName": "Zoe", "userIdentityType": kind}}})
    assert message.author is not None
    assert message.author.tenant_id != TENANT


def test_a_colleague_whose_tenant_goes_without_saying_is_ours() -> None:
    message = read(**{"from": {"user": {"id": "x", "displayName": "Ann", "userIdentityType": "aadUser"}}})
    assert message.author is not None
    assert message.author.tenant_id == TENANT


@pytest.mark.parametrize(
    ("mentioned", "names_us"),
    [
        ({"application": {"id": APP.upper()}}, True),
        ({"application": {"id": "0d5c8b1e-0000-4f0e-9a37-5a1c0f2b7e64"}}, False),
        ({"user": ANN["user"]}, False),
        ({}, False),
    ],
)
def test_whether_cairn_itself_is_mentioned_is_told(mentioned: dict[str, Any], names_us: bool) -> None:
    assert read(mentions=[{"id": 0, "mentionText": "Cairn", "mentioned": mentioned}]).names_us is names_us
