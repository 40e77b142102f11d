"""Microsoft Graph behind the `Graph` port."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from shared.adapters.graph.authenticity import ValidationTokens
from shared.adapters.graph.certificates import EncryptionKey
from shared.adapters.graph.client import AlreadyThere, GraphClient
from shared.adapters.graph.decryption import open_content
from shared.adapters.graph.normalise import message_of
from shared.domain.identity import Person, PostingId, SpaceId, TeamId, TenantId, user_key
from shared.domain.messages import Message
from shared.domain.notifications import MessageRef
from shared.domain.spaces import Member, Role, SpaceKind
from shared.errors import CairnError, Gone
from shared.ports import SpaceDetails, SubscriptionMade

LIFETIME = timedelta(minutes=4319)
"""A minute less than Graph's limit for chatMessage, for clocks that disagree."""
_CHANNEL_KINDS = {"standard": SpaceKind.STANDARD, "private": SpaceKind.PRIVATE, "shared": SpaceKind.SHARED}
_PAGE = 50


class MicrosoftGraph:
    """Graph v1.0 for one tenant and one app registration."""

    def __init__(
        self,
        *,
        client: GraphClient,
        tokens: ValidationTokens,
        key: EncryptionKey,
        tenant_id: TenantId,
        app_id: str,
        notification_url: str,
        posting_id_in: Callable[[Mapping[str, object]], PostingId | None],
    ) -> None:
        """`notification_url` is the webhook's public address; `posting_id_in` knows our own cards."""
        self._client = client
        self._tokens = tokens
        self._keys = {key.id: key}
        self._key = key
        self._tenant_id = tenant_id
        self._app_id = app_id
        self._notification_url = notification_url
        self._posting_id_in = posting_id_in

    async def authenticate(self, validation_tokens: Sequence[str], *, received_at: datetime) -> None:
        """See `shared.ports.Graph`."""
        await self._tokens.check(validation_tokens, received_at=received_at)

    def decrypt(self, ref: MessageRef, encrypted: Mapping[str, object]) -> Message:
        """See `shared.ports.Graph`."""
        return self._normalised(open_content(encrypted, self._keys), ref.space_id)

    async def message(self, ref: MessageRef) -> Message | None:
        """See `shared.ports.Graph`."""
        path = f"{_messages(ref.space_id, ref.team_id)}/{_part(ref.root_id or ref.message_id)}"
        if ref.root_id is not None:
            path += f"/replies/{_part(ref.message_id)}"
        try:
            raw = await self._client.call("GET", path)
        except Gone:
            return None
        return self._normalised(raw, ref.space_id)

    async def space(self, space_id: SpaceId, team_id: TeamId | None) -> SpaceDetails:
        """See `shared.ports.Graph`. Each kind of channel has its own member list; a standard one is its team's."""
        if team_id is None:
            chat = await self._client.call("GET", f"/chats/{_part(space_id)}")
            members = await self._members(f"/chats/{_part(space_id)}/members")
            return SpaceDetails(kind=SpaceKind.CHAT, name=_chat_name(chat, members), team_name="", members=members)
        channel_path = f"/teams/{_part(team_id)}/channels/{_part(space_id)}"
        channel = await self._client.call("GET", channel_path)
        team = await self._client.call("GET", f"/teams/{_part(team_id)}")
        kind = _CHANNEL_KINDS.get(str(channel.get("membershipType")), SpaceKind.SHARED)
        owner_path = {
            SpaceKind.STANDARD: f"/teams/{_part(team_id)}/members",
            SpaceKind.PRIVATE: f"{channel_path}/members",
        }.get(kind, f"{channel_path}/allMembers")
        return SpaceDetails(
            kind=kind,
            name=str(channel.get("displayName") or "Channel"),
            team_name=str(team.get("displayName") or ""),
            members=await self._members(owner_path),
        )

    async def subscribe(
        self, space_id: SpaceId, team_id: TeamId | None, *, client_state: str, now: datetime
    ) -> SubscriptionMade:
        """See `shared.ports.Graph`. A subscription of ours that is already there is replaced: its state is unknown."""
        resource = unquote(_messages(space_id, team_id))
        wanted = {
            "changeType": "created,updated,deleted",
            "notificationUrl": self._notification_url,
            "lifecycleNotificationUrl": self._notification_url,
            "resource": resource,
            "expirationDateTime": (now + LIFETIME).isoformat().replace("+00:00", "Z"),
            "clientState": client_state,
            "includeResourceData": True,
            "encryptionCertificate": self._key.public_base64,
            "encryptionCertificateId": self._key.id,
        }
        try:
            made = await self._client.call("POST", "/subscriptions", body=wanted)
        except AlreadyThere:
            await self._remove_subscriptions_of(resource)
            made = await self._client.call("POST", "/subscriptions", body=wanted)
        return SubscriptionMade(
            id=str(made["id"]), expires_at=_time(made["expirationDateTime"]), certificate_id=self._key.id
        )

    async def renew(self, subscription_id: str, *, now: datetime) -> datetime:
        """See `shared.ports.Graph`."""
        wanted = {"expirationDateTime": (now + LIFETIME).isoformat().replace("+00:00", "Z")}
        renewed = await self._client.call("PATCH", f"/subscriptions/{_part(subscription_id)}", body=wanted)
        return _time(renewed["expirationDateTime"])

    async def unsubscribe(self, subscription_id: str) -> None:
        """See `shared.ports.Graph`."""
        try:
            await self._client.call("DELETE", f"/subscriptions/{_part(subscription_id)}")
        except Gone:
            return

    async def find_posting(self, conversation_id: str, posting_id: PostingId, *, team_id: TeamId | None) -> str | None:
        """See `shared.ports.Graph`. Looks at the newest messages of the thread or chat."""
        space, _, root = conversation_id.partition(";messageid=")
        path = _messages(SpaceId(space), team_id if root or space.endswith("@thread.tacv2") else None)
        path += f"/{_part(root)}/replies" if root else ""
        try:
            page = await self._client.call("GET", f"{path}?$top={_PAGE}")
        except Gone:
            return None
        for raw in page.get("value", []):
            if posting_id in self._normalised(raw, SpaceId(space)).posting_ids and not raw.get("deletedDateTime"):
                return str(raw["id"])
        return None

    async def check(self) -> None:
        """See `shared.ports.Graph`."""
        await self._client.call("GET", "/subscriptions?$top=1")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _normalised(self, raw: Mapping[str, Any], space_id: SpaceId) -> Message:
        return message_of(
            raw,
            space_id=space_id,
            tenant_id=self._tenant_id,
            app_id=self._app_id,
            posting_id_in=self._posting_id_in,
        )

    async def _members(self, path: str) -> tuple[Member, ...]:
        return tuple([m async for raw in self._client.pages(path) if (m := _member(raw, self._tenant_id))])

    async def _remove_subscriptions_of(self, resource: str) -> None:
        found = [s async for s in self._client.pages("/subscriptions") if _same(s.get("resource"), resource)]
        if not found:
            raise CairnError("Graph says that a subscription exists, but lists none")
        for subscription in found:
            await self.unsubscribe(str(subscription["id"]))


def _messages(space_id: SpaceId, team_id: TeamId | None) -> str:
    if team_id is None:
        return f"/chats/{_part(space_id)}/messages"
    return f"/teams/{_part(team_id)}/channels/{_part(space_id)}/messages"


def _part(text: str) -> str:
    return quote(text, safe="")


def _same(resource: object, other: str) -> bool:
    return isinstance(resource, str) and unquote(resource).strip("/") == other.strip("/")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _member(raw: Mapping[str, Any], tenant_id: TenantId) -> Member | None:
    """One member; None for those without a user (bots, anonymous guests, phone callers)."""
    object_id = raw.get("userId")
    if not isinstance(object_id, str):
        return None
    roles = {str(role).lower() for role in raw.get("roles") or ()}
    role = Role.OWNER if "owner" in roles else Role.GUEST if "guest" in roles else Role.MEMBER
    person = Person(
        key=user_key(str(raw.get("tenantId") or tenant_id), object_id),
        name=str(raw.get("displayName") or "A colleague"),
    )
    return Member(person=person, role=role)


def _chat_name(chat: Mapping[str, Any], members: Sequence[Member]) -> str:
    """A chat's topic; one without a topic is called by who is in it, as Teams does."""
    topic = chat.get("topic")
    if isinstance(topic, str) and topic.strip():
        return topic
    names = [member.person.name.partition(" ")[0] for member in members[:3]]
    more = f" and {len(members) - 3} more" if len(members) > 3 else ""
    return (", ".join(names) + more) or "Chat"
