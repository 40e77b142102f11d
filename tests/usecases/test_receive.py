"""Receiving a batch: one bad item never stops its neighbours, and nonsense is answered with one clear error."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.notifications import (
    MAX_QUEUED_BYTES,
    QueuedNotification,
    Transport,
    client_state,
    is_our_client_state,
    message_ref,
)
from shared.errors import Refused
from shared.usecases.receive import IntakeRules, Receipt, receive

SECRET = "a secret of sixteen"
KEY, NONCE = "0" * 32, "1" * 24
STATE = client_state(SECRET, KEY, NONCE)
RULES = IntakeRules(client_state_secret=SECRET, max_bytes=200_000)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def item(**changes: Any) -> dict[str, Any]:
    return {
        "subscriptionId": "s",
        "clientState": STATE,
        "resource": "chats('c')/messages('1')",
        "changeType": "created",
    } | changes


def received(*items: Any, tokens: Any = ("t",)) -> Receipt:
    body = json.dumps({"value": items, "validationTokens": tokens}).encode()
    return receive(body, rules=RULES, received_at=NOW)


def test_each_item_becomes_a_queue_message_with_the_batchs_tokens_and_the_time_of_receipt() -> None:
    receipt = received(item(), item(resource="chats('c')/messages('2')"))
    read = [QueuedNotification.from_json(text) for text in receipt.queued]
    assert [n.item["resource"] for n in read] == ["chats('c')/messages('1')", "chats('c')/messages('2')"]
    assert {(n.validation_tokens, n.received_at, n.stripped) for n in read} == {(("t",), NOW, False)}
    assert {n.transport for n in read} == {Transport.WEBHOOK}
    assert receipt.refused == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("not an object", "not an object"),
        (item(clientState="wrong"), "clientState"),
        (item(clientState=None), "clientState"),
        (item(clientState="ü" * 97), "clientState"),
        (item(clientState=client_state("another secret.....", KEY, NONCE)), "clientState"),
        (item(subscriptionId=None), "subscription"),
        (item(resource=7), "resource"),
    ],
)
def test_a_bad_item_is_refused_and_its_neighbours_are_kept(bad: Any, reason: str) -> None:
    receipt = received(item(), bad, item())
    assert len(receipt.queued) == 2
    assert [(r.index, reason in r.reason) for r in receipt.refused] == [(1, True)]


def test_a_lifecycle_event_needs_no_resource() -> None:
    assert len(received(item(resource=None, lifecycleEvent="missed")).queued) == 1


def test_a_large_item_is_queued_as_its_ids_alone() -> None:
    receipt = received(item(encryptedContent={"data": "x" * 60_000}))
    read = QueuedNotification.from_json(receipt.queued[0])
    assert read.stripped
    assert "encryptedContent" not in read.item
    assert len(receipt.queued[0].encode()) < MAX_QUEUED_BYTES


def test_an_item_that_no_queue_can_take_is_refused() -> None:
    receipt = received(item(resource="x" * 60_000), item())
    assert (len(receipt.queued), receipt.refused[0].index) == (1, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"x" * 200_001, "too_large"),
        (b"{", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b'{"value": []}', "wrong_shape"),
        (b'{"value": {}}', "wrong_shape"),
        (b'{"value": [1], "validationTokens": [2]}', "wrong_shape"),
        (b'{"value": [1], "validationTokens": "t"}', "wrong_shape"),
    ],
)
def test_what_is_no_batch_is_refused_with_one_sentence(body: bytes, code: str) -> None:
    with pytest.raises(Refused) as raised:
        receive(body, rules=RULES, received_at=NOW)
    assert raised.value.code == code
    assert len(str(raised.value)) < 100


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values | st.just(item()), min_size=1, max_size=8))
def test_every_item_is_either_queued_or_refused(items: list[Any]) -> None:
    receipt = received(*items)
    assert len(receipt.queued) + len(receipt.refused) == len(items)
    assert len(receipt.queued) == sum(1 for one in items if one == item())


@given(st.binary(max_size=300))
def test_no_body_does_worse_than_be_refused(body: bytes) -> None:
    try:
        receive(body, rules=RULES, received_at=NOW)
    except Refused:
        return


@given(st.text(max_size=130))
def test_no_made_up_client_state_is_ours(state: str) -> None:
    assert not is_our_client_state(SECRET, state)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("teams('t')/channels('19:c@thread.tacv2')/messages('1')", ("t", "19:c@thread.tacv2", "1", None)),
        ("teams('t')/channels('c')/messages('1')/replies('2')", ("t", "c", "2", "1")),
        ("chats('19:x@thread.v2')/messages('5')", (None, "19:x@thread.v2", "5", None)),
        ("/teams/t/channels/c/messages/1/replies/2", ("t", "c", "2", "1")),
        ("chats/c/messages/5", (None, "c", "5", None)),
    ],
)
def test_a_resource_names_its_message_in_both_of_graphs_spellings(resource: str, expected: tuple[str, ...]) -> None:
    ref = message_ref(resource)
    assert (ref.team_id, ref.space_id, ref.message_id, ref.root_id) == expected


@pytest.mark.parametrize(
    "resource", [None, 3, "", "users('u')", "chats('c')", "chats('a')/messages('b')/hostedContents"]
)
def test_a_resource_without_a_message_is_refused(resource: object) -> None:
    with pytest.raises(Refused):
        message_ref(resource)


def test_the_webhooks_path_imports_nothing_heavy() -> None:
    heavy = "pydantic msgspec httpx cryptography lxml numpy joserfc sqlite3 microsoft_teams azure.identity msgraph"
    code = (
        "import sys, azure.functions; before = set(sys.modules); import function_app; "
        f"print([m for m in '{heavy}'.split() if m in set(sys.modules) - before])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
