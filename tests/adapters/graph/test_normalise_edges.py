"""The odd corners of chatMessage: whose tenant, which time, what is cut, what never passes."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.normalise import MOST_CHARACTERS, message_of
from shared.domain.identity import PostingId, SpaceId
from shared.domain.messages import Message, MessageKind
from shared.errors import Refused

TENANT, APP = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
CARD = "application/vnd.microsoft.card.adaptive"


def posting_id_in(card: Mapping[str, object]) -> PostingId | None:
    return PostingId(str(card["posting"])) if "posting" in card else None


def read(**changes: Any) -> Message:
    raw = {
        "id": "1772000000000",
        "messageType": "message",
        "createdDateTime": "2026-03-02T09:12:00Z",
        "from": {"user": {"id": "AAAA", "displayName": "Ann Lee"}},
        "body": {"contentType": "html", "content": "<p>Hello</p>"},
    }
    return message_of(
        raw | changes, space_id=SpaceId("19:c@thread.v2"), tenant_id=TENANT, app_id=APP, posting_id_in=posting_id_in
    )


def key(**user: Any) -> str | None:
    author = read(**{"from": {"user": {"id": "AAAA"} | user}}).author
    return author.key if author else None


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, f"{TENANT}/aaaa"),
        ({"userIdentityType": "aadUser", "tenantId": None}, f"{TENANT}/aaaa"),
        ({"userIdentityType": "aadUser", "tenantId": "OTHER"}, "other/aaaa"),
        ({"userIdentityType": "federatedUser", "tenantId": "OTHER"}, "other/aaaa"),
        ({"userIdentityType": "anonymousGuest"}, "outside/aaaa"),
        ({"userIdentityType": "phoneUser", "tenantId": ""}, "outside/aaaa"),
        ({"userIdentityType": "somethingNew"}, "outside/aaaa"),
        ({"tenantId": "a/b"}, None),
    ],
)
def test_nobody_from_elsewhere_becomes_a_colleague(user: dict[str, Any], expected: str | None) -> None:
    assert key(**user) == expected


@pytest.mark.parametrize(
    ("times", "minute"),
    [
        ({"lastModifiedDateTime": "2026-03-02T09:20:00.1234567Z", "lastEditedDateTime": "2026-03-02T09:30:00Z"}, 20),
        ({"lastModifiedDateTime": None, "lastEditedDateTime": "2026-03-02T10:30:00+01:00"}, 30),
        ({"lastModifiedDateTime": "soon", "lastEditedDateTime": None}, 12),
        ({"lastModifiedDateTime": "0001-01-01T00:00:00+14:00"}, 12),
        ({"lastEditedDateTime": "2026-03-02T09:30:00", "deletedDateTime": "2026-03-02T09:40:00Z"}, 40),
    ],
)
def test_a_message_changed_when_graph_says_or_else_when_it_last_did(times: dict[str, Any], minute: int) -> None:
    assert read(**times).modified_at.replace(second=0, microsecond=0) == datetime(2026, 3, 2, 9, minute, tzinfo=UTC)


def test_a_deleted_message_without_its_sender_is_still_a_deletion() -> None:
    message = read(**{"from": None}, deletedDateTime="2026-03-02T10:00:00Z", body={"content": ""})
    assert message.deleted_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert not message.said_by_a_person


@pytest.mark.parametrize(
    ("violation", "violates"),
    [
        ({}, False),
        ({"dlpAction": "NotifySender"}, False),
        ({"dlpAction": "BlockAccess"}, True),
        ({"dlpAction": "blockAccessExternal"}, True),
        ({"dlpAction": "none", "verdictDetails": "none"}, False),
        ({"dlpAction": "notifySender", "verdictDetails": "allowOverrideWithJustification"}, True),
        ({"dlpAction": "blockAccess", "userAction": "override"}, True),
        ({"dlpAction": 7}, True),
    ],
)
def test_what_is_blocked_or_could_be_overridden_violates_a_policy(violation: dict[str, Any], violates: bool) -> None:
    assert read(policyViolation=violation).violates_policy is violates


def test_a_mention_is_called_by_its_text_where_the_identity_has_no_name() -> None:
    mentions = [
        {"id": 0, "mentionText": "Bob", "mentioned": {"user": {"id": "b", "displayName": None}}},
        {"id": 1, "mentionText": "Ray", "mentioned": {"user": {"id": "b", "displayName": None}}},
        {"id": 2, "mentionText": "General", "mentioned": {"user": None, "conversation": {"id": "19:x"}}},
    ]
    assert [(person.name, person.object_id) for person in read(mentions=mentions).mentions] == [("Ray", "b")]


def test_a_card_without_an_application_is_not_ours_even_where_we_have_no_id() -> None:
    card = {"contentType": CARD, "content": json.dumps({"posting": "p1"})}
    raw = {"id": "1", "createdDateTime": "2026-03-02T09:12:00Z", "attachments": [card], "from": {"application": {}}}
    message = message_of(raw, space_id=SpaceId("s"), tenant_id=TENANT, app_id="", posting_id_in=posting_id_in)
    assert message.posting_ids == ()


def test_our_cards_posting_outlives_its_deletion() -> None:
    card = {"contentType": CARD, "content": json.dumps({"posting": "p1"})}
    ours = {"application": {"id": APP}}
    deleted = read(**{"from": ours}, attachments=[card], deletedDateTime="2026-03-02T10:00:00Z")
    assert (deleted.kind, deleted.posting_ids) == (MessageKind.BOT, ("p1",))


@pytest.mark.parametrize("content", ["{", "[1]", "null", "[" * 100_000, "9" * 5_000, None, 7])
def test_a_cards_broken_content_is_passed_over(content: Any) -> None:
    message = read(**{"from": {"application": {"id": APP}}}, attachments=[{"contentType": CARD, "content": content}])
    assert message.posting_ids == ()


def test_a_name_or_subject_is_one_line_of_bounded_length() -> None:
    message = read(subject="a\n\u202eb " * 10_000)
    assert message.subject.startswith("a b a b")
    assert len(message.subject) <= 1_000


@pytest.mark.parametrize("address", ["http://teams.example/1", "https://", "https://x.example/\u202e", 7])
def test_only_a_secure_address_of_the_message_is_kept(address: Any) -> None:
    assert read(webUrl=address).web_url == ""
    assert read(webUrl="https://teams.example/1").web_url == "https://teams.example/1"


def test_a_message_is_not_its_own_root() -> None:
    assert read(replyToId="1772000000000").root_id is None


def test_links_stand_in_plain_text_too() -> None:
    text = "see (https://a.example/x), or http://b.example. not ftp://c.example"
    assert read(body={"contentType": "text", "content": text}).links == ("https://a.example/x", "http://b.example")


def test_a_code_block_that_is_cut_is_closed() -> None:
    message = read(body={"contentType": "html", "content": "<pre>" + "line one\n" * 20_000 + "</pre>"})
    assert len(message.text) <= MOST_CHARACTERS
    assert message.text.endswith("line\n```") or message.text.endswith("one\n```")
    assert message.text.count("```") == 2


def test_a_word_that_never_ends_is_cut_all_the_same() -> None:
    assert 0 < len(read(body={"contentType": "text", "content": "x" * 100_000}).text) <= MOST_CHARACTERS


@pytest.mark.parametrize("message_id", ["a b", "\ud800", "é", "x" * 401, 7, ["1"]])
def test_an_id_that_cannot_be_a_key_is_refused(message_id: Any) -> None:
    with pytest.raises(Refused) as raised:
        read(id=message_id)
    assert raised.value.code == "not_a_message"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12)
    | st.sampled_from(["1", "text", "messageReference", CARD, "2026-03-02T09:12:00Z", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["user", "application", "id", "displayName", "tenantId", "mentioned", "mentionText", "content",
             "contentType", "messageId", "reactionType", "dlpAction", "verdictDetails"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=10,
)  # fmt: skip
FIELDS = [
    "id", "createdDateTime", "lastModifiedDateTime", "lastEditedDateTime", "deletedDateTime", "from", "body", "subject",
    "messageType", "mentions", "attachments", "reactions", "policyViolation", "replyToId", "webUrl", "eventDetail",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=7))
def test_any_shape_gives_a_message_that_can_be_stored_or_is_refused(changes: dict[str, Any]) -> None:
    try:
        message = read(**changes)
    except Refused:
        return
    json.dumps(asdict(message), default=str, ensure_ascii=False).encode()
    assert message.modified_at.tzinfo is not None
    assert message.kind is MessageKind.PERSON or (message.text, message.author) == ("", None)
