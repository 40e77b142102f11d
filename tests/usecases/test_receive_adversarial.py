"""What an attacker may send to the doors: nothing of it gets further than one refusal of its own."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.notifications import MAX_QUEUED_BYTES, QueuedNotification, Transport, client_state
from shared.errors import Refused
from shared.usecases.receive import MAX_ITEMS, IntakeRules, Receipt, receive, receive_events

SECRET = "a secret of sixteen"
KEY, NONCE = "0" * 32, "1" * 24
STATE = client_state(SECRET, KEY, NONCE)
RULES = IntakeRules(client_state_secret=SECRET)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONTENT = {
    "data": "ZGF0YQ==",
    "dataKey": "a2V5",
    "dataSignature": "c2ln",
    "encryptionCertificateId": "c",
    "encryptionCertificateThumbprint": "A1",
}


def item(**changes: Any) -> dict[str, Any]:
    return {
        "subscriptionId": "s",
        "clientState": STATE,
        "resource": "chats('c')/messages('1')",
        "changeType": "created",
        "tenantId": "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64",
    } | changes


def posted(body: bytes | str) -> Receipt:
    return receive(body.encode() if isinstance(body, str) else body, rules=RULES, received_at=NOW)


def batch(*items: Any, tokens: Any = ("t",)) -> Receipt:
    return posted(json.dumps({"value": items, "validationTokens": tokens}))


def queued(receipt: Receipt) -> list[QueuedNotification]:
    return [QueuedNotification.from_json(text) for text in receipt.queued]


def _forged_states() -> dict[str, Any]:
    signature = STATE.rpartition(".")[2]
    return {
        "absent": None,
        "empty": "",
        "a dot": ".",
        "without signature": STATE.rpartition(".")[0],
        "signature alone": signature,
        "of another secret": client_state("another secret of mine", KEY, NONCE),
        "of no secret": client_state("", KEY, NONCE),
        "for another subscription": f"{'f' * 32}.{NONCE}.{signature}",
        "upper case": STATE.upper(),
        "cut": STATE[:-1],
        "longer": STATE + "0",
        "very long": STATE + "0" * 100_000,
        "a list": [STATE],
        "an object": {"clientState": STATE},
        "a number": 7,
        "true": True,
        "full-width digits": STATE.replace("0", "\uff10"),
        "zero-width": STATE[:5] + "\u200b" + STATE[5:],
        "lone surrogate": "\ud800" + STATE[1:],
        "NUL behind": STATE + "\x00",
    }


@pytest.mark.parametrize("state", _forged_states().values(), ids=_forged_states().keys())
def test_a_forged_client_state_is_refused_and_its_neighbours_are_kept(state: Any) -> None:
    receipt = batch(item(), item(clientState=state), item())
    assert len(receipt.queued) == 2
    assert [(refusal.index, refusal.reason) for refusal in receipt.refused] == [(1, "its clientState is not ours")]


@given(st.integers(0, len(STATE) - 1), st.characters(codec="ascii"))
def test_a_client_state_with_any_letter_changed_is_refused(position: int, other: str) -> None:
    changed = STATE[:position] + other + STATE[position + 1 :]
    assert len(batch(item(clientState=changed)).queued) == (changed == STATE)


def test_an_item_cannot_say_how_it_came_nor_bring_anything_that_nobody_reads() -> None:
    claims = {"transport": "event_hubs", "stripped": True, "receivedAt": "2030-01-01T00:00:00+00:00", "tokens": ["x"]}
    (notification,) = queued(batch(item(**claims, resourceData={"deep": [[[]]]}, encryptedContent=CONTENT | claims)))
    assert notification.transport is Transport.WEBHOOK
    assert (notification.received_at, notification.validation_tokens, notification.stripped) == (NOW, ("t",), False)
    assert dict(notification.item) == item(encryptedContent=CONTENT)


def test_a_batch_cannot_say_how_it_came() -> None:
    (notification,) = queued(
        posted(json.dumps({"value": [item()], "transport": "event_hubs", "receivedAt": "2030-01-01T00:00:00Z"}))
    )
    assert (notification.transport, notification.received_at) == (Transport.WEBHOOK, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "chats('c\u200b')/messages('1')"},
        {"resource": "chats('\u202ec')/messages('1')"},
        {"resource": "chats('\ud800')/messages('1')"},
        {"resource": "сhats('c')/messages('1')"},
        {"resource": "chats('c\x00')/messages('1')"},
        {"resource": "chats('c\n')/messages('1')"},
        {"resource": "x" * 2001},
        {"resource": ["chats('c')/messages('1')"]},
        {"resource": None},
        {"resource": None, "lifecycleEvent": 7},
        {"subscriptionId": "\udfff"},
        {"subscriptionId": ""},
        {"subscriptionId": {"a": 1}},
        {"tenantId": "０d5c8b1e"},
        {"tenantId": 5},
        {"changeType": "created\r\nX: y"},
        {"encryptedContent": "text"},
        {"encryptedContent": []},
        {"encryptedContent": 7},
        {"encryptedContent": CONTENT | {"data": {"nested": 1}}},
        {"encryptedContent": CONTENT | {"data": "\ud800"}},
        {"encryptedContent": CONTENT | {"dataKey": ["x"]}},
        {"encryptedContent": CONTENT | {"encryptionCertificateId": 3}},
    ],
    ids=str,
)
def test_a_malformed_item_is_refused_by_itself(changes: dict[str, Any]) -> None:
    receipt = batch(item(), item(**changes), item())
    assert len(receipt.queued) == 2
    assert [refusal.index for refusal in receipt.refused] == [1]


def test_every_queue_message_is_plain_text_that_any_store_can_keep() -> None:
    for text in batch(item(encryptedContent=CONTENT), item(tenantId=None)).queued:
        assert text.isascii()
        assert text.isprintable()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1" * 5000])
def test_numbers_that_json_does_not_know_make_no_json(number: str) -> None:
    with pytest.raises(Refused) as refusal:
        posted(f'{{"value": [{json.dumps(item())}], "x": {number}}}')
    assert refusal.value.code == "not_json"


@pytest.mark.parametrize("opened", ["[", '{"value":', '{"value":[{"resourceData":', '{"value":[{"a":['])
def test_deep_json_is_refused(opened: str) -> None:
    with pytest.raises(Refused) as refusal:
        posted(opened * 200_000)
    assert refusal.value.code == "not_json"


def test_json_as_deep_as_can_be_read_harms_nothing() -> None:
    deep = "[" * 900 + "]" * 900
    receipt = posted(f'{{"value": [{json.dumps(item())[:-1]}, "resourceData": {deep}}}, {deep}]}}')
    assert (len(receipt.queued), [refusal.index for refusal in receipt.refused]) == (1, [1])


def test_of_a_key_that_comes_twice_the_last_is_checked_and_the_last_is_used() -> None:
    text = json.dumps(item())
    forged_last = text[:-1] + ', "clientState": "forged"}'
    forged_first = '{"clientState": "forged", "resource": "chats(\'x\')/messages(\'x\')", ' + text[1:]
    receipt = posted(f'{{"value": [], "value": [{forged_last}, {forged_first}]}}')
    assert [refusal.index for refusal in receipt.refused] == [0]
    assert queued(receipt)[0].item["resource"] == item()["resource"]


def test_a_batch_of_the_largest_size_is_split() -> None:
    body = json.dumps({"value": [item(encryptedContent=CONTENT | {"data": "x" * 4000})] * MAX_ITEMS})
    assert len(posted(body).queued) == MAX_ITEMS


def test_more_items_than_are_taken_at_once_are_refused_as_a_whole() -> None:
    with pytest.raises(Refused) as refusal:
        batch(*[item()] * (MAX_ITEMS + 1))
    assert refusal.value.code == "too_large"


def test_a_flood_of_worthless_items_is_bounded() -> None:
    with pytest.raises(Refused):
        posted(b'{"value": [' + b"0," * 2_000_000 + b"0]}")
    receipt = batch(*range(MAX_ITEMS))
    assert (len(receipt.queued), len(receipt.refused)) == (0, MAX_ITEMS)


def test_tokens_that_no_queue_can_take_refuse_each_item_by_itself() -> None:
    receipt = batch(item(), item(), tokens=["x" * MAX_QUEUED_BYTES])
    assert [refusal.index for refusal in receipt.refused] == [0, 1]


def test_a_token_that_comes_many_times_is_queued_once() -> None:
    assert queued(batch(item(), tokens=["t", "u", "t"] * 100))[0].validation_tokens == ("t", "u")


class TestThroughAHub:
    """Event Hubs: access control stands in for tokens; everything else is checked as ever."""

    @staticmethod
    def received(*bodies: bytes | dict[str, Any]) -> Receipt:
        encoded = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        return receive_events(encoded, rules=RULES, received_at=NOW)

    def test_items_are_queued_as_from_the_webhook_but_for_how_they_came(self) -> None:
        sent = {"value": [item(encryptedContent=CONTENT), item(resource=None, lifecycleEvent="missed")]}
        receipt = self.received(sent, sent)
        assert len(receipt.queued) == 4
        assert {(n.transport, n.validation_tokens, n.received_at) for n in queued(receipt)} == {
            (Transport.EVENT_HUBS, (), NOW)
        }
        assert queued(receipt)[0].item["encryptedContent"] == CONTENT

    def test_tokens_that_come_along_are_dropped(self) -> None:
        assert queued(self.received({"value": [item()], "validationTokens": ["t"]}))[0].validation_tokens == ()

    def test_a_message_that_only_tries_the_hub_is_ignored(self) -> None:
        tried = {
            "subscriptionId": "NA",
            "subscriptionExpirationDateTime": "NA",
            "clientState": "NA",
            "changeType": "Validation: Testing client application reachability for subscription Request-Id: 522a",
            "resource": "NA",
            "resourceData": {"@odata.type": "NA", "@odata.id": "NA", "id": "NA"},
        }
        receipt = self.received({"value": [tried]}, {"value": [item(), tried]})
        assert (len(receipt.queued), receipt.refused, receipt.ignored) == (1, [], 2)
        assert len(batch(tried).refused) == 1, "the webhook has its own handshake"

    def test_what_is_no_batch_stops_no_other_event(self) -> None:
        hostile: list[bytes | dict[str, Any]] = [
            b"",
            b"\xff",
            b"[]",
            b'{"value": []}',
            b"[" * 100_000,
            b"x" * 7_000_000,
        ]
        receipt = self.received({"value": [item()]}, *hostile, {"value": [item()]})
        assert len(receipt.queued) == 2
        assert [refusal.index for refusal in receipt.refused] == [-1] * len(hostile)

    def test_client_states_are_checked(self) -> None:
        receipt = self.received({"value": [item(), item(clientState="forged"), 7, item()]})
        assert len(receipt.queued) == 2
        assert [refusal.index for refusal in receipt.refused] == [1, 2]

    def test_what_lies_in_a_blob_is_read_again_from_graph_and_never_fetched_from_an_address(self) -> None:
        oversized = {name: value for name, value in item().items() if name != "resource"}
        oversized["additionalPayloadStorageId"] = "https://evil.test/blob"
        (notification,) = queued(self.received({"value": [oversized]}))
        assert notification.item["lifecycleEvent"] == "missed"
        assert "evil" not in "".join(self.received({"value": [oversized]}).queued)
        assert len(batch(oversized).refused) == 1, "at the webhook it names nothing"

    def test_a_blob_beside_a_resource_changes_nothing(self) -> None:
        sent = item(encryptedContent=CONTENT)
        (notification,) = queued(self.received({"value": [sent | {"additionalPayloadStorageId": "b"}]}))
        assert dict(notification.item) == sent

    def test_a_large_item_is_queued_as_its_ids_alone(self) -> None:
        big = item(encryptedContent=CONTENT | {"data": "x" * 900_000})
        (notification,) = queued(self.received({"value": [big]}))
        assert (notification.stripped, notification.transport) == (True, Transport.EVENT_HUBS)

    @given(st.lists(st.binary(max_size=60), max_size=5))
    def test_no_event_does_worse_than_be_refused(self, bodies: list[bytes]) -> None:
        assert self.received(*bodies).queued == []
