"""What Teams sends to the bot, read into our own words (Bot Framework activity schema)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.identity import Person, SpaceId, TeamId, UserKey, user_key
from shared.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity: who did it, where, and what it holds."""

    type: str
    name: str
    action: str
    """`add` or `remove` for an installation update."""
    service_url: str
    conversation_id: str
    """As Teams gave it; of a channel's thread it ends in `;messageid=…`."""
    conversation_type: str
    tenant_id: str
    team_id: TeamId | None
    by: Person | None
    text: str
    value: Mapping[str, Any]
    members_added: frozenset[UserKey]
    members_removed: frozenset[UserKey]

    @property
    def space_id(self) -> SpaceId | None:
        """The channel or chat; None in the bot's own chat with one person."""
        if self.conversation_type == "personal":
            return None
        return SpaceId(self.conversation_id.partition(";")[0])


def read_activity(body: bytes, *, max_bytes: int = 512_000) -> Activity:
    """Read an activity. Raises `Refused` (`too_large`, `not_json`, `wrong_shape`) with one sentence."""
    if len(body) > max_bytes:
        raise Refused(f"the activity is larger than {max_bytes:,} bytes", code="too_large")
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not JSON", code="not_json") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise Refused("the body is not an activity", code="wrong_shape")
    conversation, channel = _mapping(raw, "conversation"), _mapping(raw, "channelData")
    tenant_id = str(_mapping(channel, "tenant").get("id") or conversation.get("tenantId") or "").lower()
    team = _mapping(channel, "team").get("aadGroupId")
    return Activity(
        type=raw["type"],
        name=str(raw.get("name") or ""),
        action=str(raw.get("action") or ""),
        service_url=str(raw.get("serviceUrl") or ""),
        conversation_id=str(conversation.get("id") or ""),
        conversation_type=str(conversation.get("conversationType") or ""),
        tenant_id=tenant_id,
        team_id=TeamId(team) if isinstance(team, str) else None,
        by=_person(_mapping(raw, "from"), tenant_id),
        text=_without_bot(raw),
        value=_mapping(raw, "value"),
        members_added=_keys(raw.get("membersAdded"), tenant_id),
        members_removed=_keys(raw.get("membersRemoved"), tenant_id),
    )


def _mapping(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _person(raw: Mapping[str, Any], tenant_id: str) -> Person | None:
    object_id = raw.get("aadObjectId")
    home = str(raw.get("tenantId") or tenant_id)
    if not isinstance(object_id, str) or not object_id or not home or "/" in home:
        return None
    return Person(key=user_key(home, object_id), name=str(raw.get("name") or "A colleague"))


def _keys(raw: object, tenant_id: str) -> frozenset[UserKey]:
    people = (_person(one, tenant_id) for one in raw if isinstance(one, dict)) if isinstance(raw, list) else ()
    return frozenset(person.key for person in people if person is not None)


def _without_bot(raw: Mapping[str, Any]) -> str:
    """The text without the mention of the bot, which Teams puts into it as `<at>Name</at>`."""
    text = str(raw.get("text") or "")
    for entity in raw.get("entities") or ():
        if isinstance(entity, dict) and entity.get("type") == "mention" and isinstance(entity.get("text"), str):
            text = text.replace(entity["text"], " ")
    return text.strip()
