"""Receive change notifications: check them as far as can be without asking anybody, and split them.

This runs in the doors, and the webhook has three seconds: no store, no Graph call, no token work, and only
the standard library is imported. What is queued is still encrypted, and holds only what later steps use.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from shared.domain.notifications import MAX_QUEUED_BYTES, QueuedNotification, Transport, is_our_client_state
from shared.errors import Refused

MAX_ITEMS = 1000
DEFAULT_MAX_BYTES = 6_000_000
_NAMES = ("subscriptionId", "clientState", "changeType", "resource", "tenantId", "lifecycleEvent")
_CONTENT = ("data", "dataKey", "dataSignature", "encryptionCertificateId", "encryptionCertificateThumbprint")
_LONGEST_NAME = 2000
_NO_BATCH = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """What the doors know: the secret that clientStates are signed with, and how much is taken at once."""

    client_state_secret: str
    max_bytes: int = DEFAULT_MAX_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One item that was not taken, by its place in its batch (from 0; -1 for an event that is no batch), and why."""

    index: int
    reason: str


@dataclass(slots=True)
class Receipt:
    """Queue messages to write, and what was refused; all three add up to what came."""

    queued: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    ignored: int = 0
    """Items by which Graph only tried whether an event hub can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The items of one batch, and what holds for all of them."""

    items: list[Any]
    tokens: tuple[str, ...]
    received_at: datetime
    transport: Transport


def receive(body: bytes, *, rules: IntakeRules, received_at: datetime) -> Receipt:
    """Split a batch that was posted to the webhook into queue messages.

    One bad item never stops its neighbours: it is refused by itself. Raises `Refused` (code `too_large`,
    `not_json` or `wrong_shape`) when the whole is not a batch.
    """
    receipt = Receipt()
    _split(_batch(body, rules, received_at, Transport.WEBHOOK), rules, receipt)
    return receipt


def receive_events(bodies: Iterable[bytes], *, rules: IntakeRules, received_at: datetime) -> Receipt:
    """Split the batches that came through an event hub into queue messages.

    Who may send into the hub is Azure's to check, so there are no validation tokens, and any that came
    along are dropped; clientStates are checked all the same. Nothing is raised: an event that is no batch
    is refused by itself, for a hub would bring it again and again.

    Source: Microsoft Learn, "Receive change notifications through Azure Event Hubs".
    """
    receipt = Receipt()
    for body in bodies:
        try:
            batch = _batch(body, rules, received_at, Transport.EVENT_HUBS)
        except Refused as refusal:
            receipt.refused.append(Refusal(index=_NO_BATCH, reason=str(refusal)))
        else:
            _split(batch, rules, receipt)
    return receipt


def _batch(body: bytes, rules: IntakeRules, received_at: datetime, transport: Transport) -> _Batch:
    if len(body) > rules.max_bytes:
        raise Refused(f"the body is larger than the {rules.max_bytes:,} bytes taken here", code="too_large")
    try:
        batch = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not JSON", code="not_json") from error
    items = batch.get("value") if isinstance(batch, Mapping) else None
    tokens = (batch.get("validationTokens") or []) if isinstance(batch, Mapping) else []
    if not isinstance(items, list) or not items:
        raise Refused('the body has no list of notifications in "value"', code="wrong_shape")
    if len(items) > MAX_ITEMS:
        raise Refused(f"the body has more than the {MAX_ITEMS:,} notifications taken at once", code="too_large")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise Refused('"validationTokens" is not a list of strings', code="wrong_shape")
    kept = tuple(dict.fromkeys(tokens)) if transport is Transport.WEBHOOK else ()
    return _Batch(items=items, tokens=kept, received_at=received_at, transport=transport)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _split(batch: _Batch, rules: IntakeRules, receipt: Receipt) -> None:
    through_a_hub = batch.transport is Transport.EVENT_HUBS
    for index, item in enumerate(batch.items):
        if through_a_hub and _only_tries_the_hub(item):
            receipt.ignored += 1
            continue
        try:
            receipt.queued.append(_queue_message(item, batch, rules.client_state_secret))
        except Refused as refusal:
            receipt.refused.append(Refusal(index=index, reason=str(refusal)))


def _queue_message(item: object, batch: _Batch, secret: str) -> str:
    """What goes on the queue for one item. The door says how it came, whatever the item says."""
    notification = QueuedNotification(
        item=_checked(item, batch.transport, secret),
        validation_tokens=batch.tokens,
        received_at=batch.received_at,
        transport=batch.transport,
    )
    text = notification.to_json()
    if len(text.encode()) > MAX_QUEUED_BYTES:
        raise Refused("it is too large even without its content", code="too_large")
    return text


def _checked(item: object, transport: Transport, secret: str) -> dict[str, Any]:
    """The parts of an item that are used later on. Raises `Refused` when it is not one of ours."""
    if not isinstance(item, Mapping):
        raise Refused("it is not an object", code="bad_item")
    if not is_our_client_state(secret, item.get("clientState")):
        raise Refused("its clientState is not ours", code="bad_item")
    kept: dict[str, Any] = {name: item[name] for name in _NAMES if item.get(name) is not None}
    for name, value in kept.items():
        if not _is_plain(value) or len(value) > _LONGEST_NAME:
            raise Refused(f"its {name} is not a short plain text", code="bad_item")
    if not kept.get("subscriptionId"):
        raise Refused("it names no subscription", code="bad_item")
    if transport is Transport.EVENT_HUBS and "resource" not in kept and "additionalPayloadStorageId" in item:
        # A notification beyond the hub's 1 MB leaves even its resource in a blob. What lies at an address that
        # an item names is never fetched; the spaces of its subscription are read again from Graph instead.
        kept["lifecycleEvent"] = "missed"
    if "resource" not in kept and "lifecycleEvent" not in kept:
        raise Refused("it names no resource", code="bad_item")
    if item.get("encryptedContent") is not None:
        kept["encryptedContent"] = _content(item["encryptedContent"])
    return kept


def _content(encrypted: object) -> dict[str, str]:
    if not isinstance(encrypted, Mapping):
        raise Refused("its encrypted content is not an object", code="bad_item")
    kept = {name: encrypted[name] for name in _CONTENT if encrypted.get(name) is not None}
    if not all(map(_is_plain, kept.values())):
        raise Refused("its encrypted content is not plain text", code="bad_item")
    return kept


def _is_plain(value: object) -> bool:
    """Whether it is text of printable ASCII, as all of Graph's ids and all base64 are: no look-alikes, no controls."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _only_tries_the_hub(item: object) -> bool:
    """The message that Graph sends for each new subscription; it is to be ignored (Microsoft Learn, as above)."""
    names = ("subscriptionId", "clientState", "resource")
    return isinstance(item, Mapping) and all(item.get(name) == "NA" for name in names)
