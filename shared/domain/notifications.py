"""A change notification on its way from the webhook's door to the step that takes it in.

Only the standard library: the webhook's path imports this.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.identity import MessageId, SpaceId, TeamId
from shared.errors import Refused

MAX_QUEUED_BYTES = 40_000
"""An item larger than this is queued as its ids alone, and its message is fetched later."""


class Transport(StrEnum):
    """The door by which a notification came in; each vouches for it in its own way."""

    WEBHOOK = "webhook"
    """Anybody can post there: Graph signs what brings content with validation tokens."""
    EVENT_HUBS = "event_hubs"
    """Only Graph may send into the hub: Azure checks that, and there are no tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedNotification:
    """One item of a batch: what Graph sent, still encrypted, with what is needed to check it later."""

    item: Mapping[str, Any]
    validation_tokens: tuple[str, ...]
    received_at: datetime
    transport: Transport = Transport.WEBHOOK
    stripped: bool = False
    """Whether the encrypted content was left behind because of its size."""

    def to_json(self) -> str:
        """The queue message, at most `MAX_QUEUED_BYTES` long where leaving out the content can achieve that."""
        text = self._encoded(self.item, self.stripped)
        if len(text.encode()) <= MAX_QUEUED_BYTES or "encryptedContent" not in self.item:
            return text
        return self._encoded({k: v for k, v in self.item.items() if k != "encryptedContent"}, stripped=True)

    def _encoded(self, item: Mapping[str, Any], stripped: bool) -> str:
        return json.dumps(
            {
                "item": item,
                "tokens": self.validation_tokens,
                "receivedAt": self.received_at.isoformat(),
                "transport": self.transport,
                "stripped": stripped,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "QueuedNotification":
        """Read a queue message back. Raises `Refused` when it is not one of ours."""
        try:
            raw = json.loads(text)
            return cls(
                item=dict(raw["item"]),
                validation_tokens=tuple(str(token) for token in raw["tokens"]),
                received_at=datetime.fromisoformat(raw["receivedAt"]),
                transport=Transport(raw.get("transport", Transport.WEBHOOK)),
                stripped=bool(raw["stripped"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Refused("a queued notification is not of our shape", code="bad_queue_item") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """Where a message stands in Graph. `team_id` is None for a chat, `root_id` None for a root or in a chat."""

    team_id: TeamId | None
    space_id: SpaceId
    message_id: MessageId
    root_id: MessageId | None = None


_SEGMENT = r"(?:\('(?P<{0}q>[^'()/]+)'\)|/(?P<{0}>[^'()/]+))"
_RESOURCE = re.compile(
    "^/?(?:teams{t}/channels{c}|chats{h})/messages{m}(?:/replies{r})?$".format(
        t=_SEGMENT.format("team"),
        c=_SEGMENT.format("channel"),
        h=_SEGMENT.format("chat"),
        m=_SEGMENT.format("message"),
        r=_SEGMENT.format("reply"),
    )
)


def message_ref(resource: object) -> MessageRef:
    """Read a notification's `resource`, in either of the two spellings that Graph uses.

    Raises `Refused` when it names no message.
    """
    found = _RESOURCE.match(resource) if isinstance(resource, str) and len(resource) < 1000 else None
    if found is None:
        raise Refused("the notification's resource names no message", code="bad_resource")

    def part(name: str) -> str | None:
        return found[name] or found[f"{name}q"]

    message, reply, team = part("message"), part("reply"), part("team")
    return MessageRef(
        team_id=TeamId(team) if team else None,
        space_id=SpaceId(part("channel") or part("chat") or ""),
        message_id=MessageId(reply or message or ""),
        root_id=MessageId(message) if reply and message else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersRef:
    """Where somebody came or went: a channel or chat (`space_id`), or a team as a whole."""

    team_id: TeamId | None
    space_id: SpaceId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRef:
    """A team or chat where our app was added, updated or removed; neither is known before it is opened."""

    team_id: TeamId | None = None
    space_id: SpaceId | None = None


_WHERE = "^/?(?:teams{t}(?:/channels{c})?|chats{h})/".format(
    t=_SEGMENT.format("team"), c=_SEGMENT.format("channel"), h=_SEGMENT.format("chat")
)
_MEMBERS = re.compile(_WHERE + "(?:members|allMembers){}$".format(_SEGMENT.format("member")))
_INSTALLATION = re.compile(
    "^/?appCatalogs/teamsApps{}/installations{}$".format(_SEGMENT.format("app"), _SEGMENT.format("installation"))
)


def resource_ref(resource: object) -> MessageRef | MembersRef | InstallationRef:
    """What a notification is about, by its `resource`. Raises `Refused` for anything else than the three kinds."""
    text = resource if isinstance(resource, str) and len(resource) < 2000 else ""
    if found := _MEMBERS.match(text):
        team = found["team"] or found["teamq"]
        space = found["channel"] or found["channelq"] or found["chat"] or found["chatq"]
        return MembersRef(team_id=TeamId(team) if team else None, space_id=SpaceId(space) if space else None)
    if _INSTALLATION.match(text):
        return InstallationRef()
    return message_ref(resource)


_NONCE = 24


def client_state(secret: str, key: str, nonce: str) -> str:
    """A clientState that the webhook can check without looking anything up, and that names its subscription.

    `key` is the subscription's (32 hexadecimal digits), `nonce` is 24 more; both are signed by
    HMAC-SHA256. The result has 122 characters (Graph allows 128).
    """
    return f"{key}.{nonce}.{_signature(secret, f'{key}.{nonce}')}"


def is_our_client_state(secret: str, state: object) -> bool:
    """Whether a clientState was made with our secret; compared in constant time."""
    if not isinstance(state, str) or len(state) > 128 or not state.isascii():
        return False
    signed, _, signature = state.rpartition(".")
    return hmac.compare_digest(_signature(secret, signed), signature)


def subscription_key_in(state: object) -> str:
    """The key of the subscription that a clientState names; empty for one that names none."""
    parts = state.split(".") if isinstance(state, str) else []
    return parts[0] if len(parts) == 3 and len(parts[1]) == _NONCE else ""


def client_state_hash(state: str) -> str:
    """What is kept of a clientState: its SHA-256, hexadecimal."""
    return hashlib.sha256(state.encode()).hexdigest()


def _signature(secret: str, signed: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
