"""Receive a batch of change notifications: check it as far as can be without asking anybody, and split it.

This runs in the webhook, which has three seconds: no store, no Graph call, no token work, and only the
standard library is imported. What is queued is still encrypted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.notifications import MAX_QUEUED_BYTES, QueuedNotification, is_our_client_state
from shared.errors import Refused

MAX_ITEMS = 1000
DEFAULT_MAX_BYTES = 6_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """What the webhook knows: the secret that clientStates are signed with, and how much it takes at once."""

    client_state_secret: str
    max_bytes: int = DEFAULT_MAX_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One item that was not taken, by its place in the batch (from 0), and why."""

    index: int
    reason: str


@dataclass(slots=True)
class Receipt:
    """Queue messages to write, and what was refused; `queued` and `refused` add up to the batch."""

    queued: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def receive(body: bytes, *, rules: IntakeRules, received_at: datetime) -> Receipt:
    """Split a batch into queue messages.

    One bad item never stops its neighbours: it is refused by itself. Raises `Refused` (code `too_large`,
    `not_json` or `wrong_shape`) when the whole is not a batch.
    """
    value, tokens = _batch(body, rules.max_bytes)
    receipt = Receipt()
    for index, item in enumerate(value):
        reason = _fault(item, rules.client_state_secret)
        if reason:
            receipt.refused.append(Refusal(index=index, reason=reason))
            continue
        notification = QueuedNotification(item=item, validation_tokens=tokens, received_at=received_at)
        text = notification.to_json()
        if len(text.encode()) > MAX_QUEUED_BYTES:
            receipt.refused.append(Refusal(index=index, reason="it is too large even without its content"))
            continue
        receipt.queued.append(text)
    return receipt


def _batch(body: bytes, max_bytes: int) -> tuple[list[Any], tuple[str, ...]]:
    if len(body) > max_bytes:
        raise Refused(f"the body is larger than the {max_bytes:,} bytes taken here", code="too_large")
    try:
        batch = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not JSON", code="not_json") from error
    value = batch.get("value") if isinstance(batch, Mapping) else None
    tokens = (batch.get("validationTokens") or []) if isinstance(batch, Mapping) else []
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ITEMS:
        raise Refused('the body has no list of notifications in "value"', code="wrong_shape")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise Refused('"validationTokens" is not a list of strings', code="wrong_shape")
    return value, tuple(tokens)


def _fault(item: object, secret: str) -> str:
    if not isinstance(item, Mapping):
        return "it is not an object"
    if not is_our_client_state(secret, item.get("clientState")):
        return "its clientState is not ours"
    if not isinstance(item.get("subscriptionId"), str):
        return "it names no subscription"
    if not isinstance(item.get("resource"), str) and not isinstance(item.get("lifecycleEvent"), str):
        return "it names no resource"
    return ""
