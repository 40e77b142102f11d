"""Microsoft Graph behind the `Graph` port."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.adapters.graph.authenticity import ValidationTokens
from shared.adapters.graph.calls import Calls
from shared.adapters.graph.client import Call, GraphClient, items
from shared.adapters.graph.decryption import certificate_id, open_content
from shared.adapters.graph.history import History
from shared.adapters.graph.key_ring import KeyRing
from shared.adapters.graph.normalise import message_of
from shared.adapters.graph.watching import Watching
from shared.domain.identity import Person, PostingId, SpaceId, TeamId, TenantId, user_key
from shared.domain.messages import Message
from shared.domain.notifications import InstallationRef, MessageRef
from shared.domain.spaces import Member, Role, SpaceKind
from shared.errors import Gone, Refused
from shared.ports import MessagePage, Pace, SpaceDetails, SubscriptionFound, SubscriptionMade

_CHANNEL_KINDS = {"standard": SpaceKind.STANDARD, "private": SpaceKind.PRIVATE, "shared": SpaceKind.SHARED}


class MicrosoftGraph:
    """Graph v1.0 for one tenant and one app registration."""

    def __init__(
        self,
        *,
        client: GraphClient,
        tokens: ValidationTokens,
        ring: KeyRing,
        tenant_id: TenantId,
        app_id: str,
        notification_url: str,
        posting_id_in: Callable[[Mapping[str, object]], PostingId | None],
    ) -> None:
        """`notification_url` is where Graph sends notifications; `posting_id_in` knows our own cards."""
        self._client = client
        self._tokens = tokens
        self._ring = ring
        self._tenant_id = tenant_id
        self._app_id = app_id
        self._posting_id_in = posting_id_in
        self._calls = Calls(lambda: client.pipeline)
        self._watching = Watching(client, self._calls, ring, notification_url=notification_url)
        self._history = History(client, self._calls, self._normalised)

    async def authenticate(self, validation_tokens: Sequence[str], *, received_at: datetime) -> None:
        """See `shared.ports.Graph`."""
        await self._tokens.check(validation_tokens, received_at=received_at)

    async def decrypt(self, ref: MessageRef, encrypted: Mapping[str, object]) -> Message:
        """See `shared.ports.Graph`. Content of another message than the notification's is refused too."""
        raw = open_content(encrypted, await self._ring.key(certificate_id(encrypted)))
        if not _is_of(raw, ref):
            raise Refused("the content is of another message than the notification says", code="bad_content")
        return self._normalised(raw, ref.space_id)

    async def installation(self, encrypted: Mapping[str, object]) -> InstallationRef:
        """See `shared.ports.Graph`."""
        raw = open_content(encrypted, await self._ring.key(certificate_id(encrypted)))
        scope = raw.get("scopeInfo")
        place = scope if isinstance(scope, dict) else {}
        team, chat = place.get("teamId"), place.get("chatId")
        return InstallationRef(
            team_id=TeamId(team) if isinstance(team, str) else None,
            space_id=SpaceId(chat) if isinstance(chat, str) else None,
        )

    async def message(self, ref: MessageRef, *, pace: Pace = Pace.PEOPLE) -> Message | None:
        """See `shared.ports.Graph`."""
        call = self._calls.message(ref.space_id, ref.team_id, ref.message_id, ref.root_id)
        try:
            raw = await self._client.send(call, pace=pace)
        except Gone:
            return None
        return self._normalised(raw, ref.space_id)

    async def space(self, space_id: SpaceId, team_id: TeamId | None, *, pace: Pace = Pace.PEOPLE) -> SpaceDetails:
        """See `shared.ports.Graph`. Each kind of channel has its own member list; a standard one is its team's."""
        if team_id is None:
            chat = await self._client.send(self._calls.chat(space_id), pace=pace)
            members = await self._members(self._calls.chat_members(space_id), pace)
            return SpaceDetails(kind=SpaceKind.CHAT, name=_chat_name(chat, members), team_name="", members=members)
        channel = await self._client.send(self._calls.channel(team_id, space_id), pace=pace)
        team = await self._client.send(self._calls.team(team_id), pace=pace)
        kind = _CHANNEL_KINDS.get(str(channel.get("membershipType")), SpaceKind.SHARED)
        if kind is SpaceKind.STANDARD:
            listed = self._calls.team_members(team_id)
        else:
            listed = self._calls.channel_members(team_id, space_id, shared=kind is SpaceKind.SHARED)
        return SpaceDetails(
            kind=kind,
            name=str(channel.get("displayName") or "Channel"),
            team_name=str(team.get("displayName") or ""),
            members=await self._members(listed, pace),
        )

    async def channel_changes(
        self, space_id: SpaceId, team_id: TeamId, *, since: datetime, link: str = ""
    ) -> MessagePage:
        """See `shared.ports.Graph`."""
        return await self._history.channel_changes(space_id, team_id, since, link)

    async def channel_history(self, space_id: SpaceId, team_id: TeamId, *, link: str = "") -> MessagePage:
        """See `shared.ports.Graph`."""
        return await self._history.channel_history(space_id, team_id, link)

    async def chat_changes(self, space_id: SpaceId, *, since: datetime, link: str = "") -> MessagePage:
        """See `shared.ports.Graph`."""
        return await self._history.chat_changes(space_id, since, link)

    async def subscribe(self, resource: str, *, rich: bool, client_state: str, now: datetime) -> SubscriptionMade:
        """See `shared.ports.Graph`."""
        return await self._watching.subscribe(resource, rich=rich, client_state=client_state, now=now)

    async def renew(self, subscription_id: str, *, rich: bool, now: datetime) -> SubscriptionMade:
        """See `shared.ports.Graph`."""
        return await self._watching.renew(subscription_id, rich=rich, now=now)

    async def unsubscribe(self, subscription_id: str) -> None:
        """See `shared.ports.Graph`."""
        await self._watching.unsubscribe(subscription_id)

    async def subscriptions(self) -> Sequence[SubscriptionFound]:
        """See `shared.ports.Graph`."""
        return await self._watching.subscriptions()

    async def keep_certificates(self, *, in_use: frozenset[str], now: datetime) -> str:
        """See `shared.ports.Graph`. A replaced one is kept for two weeks at least, whatever uses it."""
        await self._ring.rotate(now)
        current = await self._ring.current(now)
        await self._ring.let_go(in_use=in_use, now=now)
        return current.id

    async def find_posting(self, conversation_id: str, posting_id: PostingId, *, team_id: TeamId | None) -> str | None:
        """See `shared.ports.Graph`. Looks at the newest messages of the thread or chat."""
        space, _, root = conversation_id.partition(";messageid=")
        in_channel = bool(root) or space.endswith("@thread.tacv2")
        call = self._calls.newest(space, team_id if in_channel else None, root)
        try:
            page = await self._client.send(call, pace=Pace.PEOPLE)
        except Gone:
            return None
        for raw in items(page):
            if posting_id in self._normalised(raw, SpaceId(space)).posting_ids and not raw.get("deletedDateTime"):
                return str(raw["id"])
        return None

    async def check(self) -> None:
        """See `shared.ports.Graph`."""
        await self._client.send(self._calls.subscriptions(top=1), pace=Pace.PEOPLE)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._ring.close()

    def _normalised(self, raw: Mapping[str, Any], space_id: SpaceId) -> Message:
        return message_of(
            raw,
            space_id=space_id,
            tenant_id=self._tenant_id,
            app_id=self._app_id,
            posting_id_in=self._posting_id_in,
        )

    async def _members(self, call: Call, pace: Pace) -> tuple[Member, ...]:
        listed = self._client.pages(call, pace=pace)
        return tuple([member async for raw in listed if (member := _member(raw, self._tenant_id))])


def _is_of(raw: Mapping[str, Any], ref: MessageRef) -> bool:
    """Whether what was opened is the message that the notification names, as far as it says where it stands."""
    channel = raw.get("channelIdentity")
    stands_in = raw.get("chatId") or (channel.get("channelId") if isinstance(channel, dict) else None)
    return raw.get("id") == ref.message_id and stands_in in (None, ref.space_id)


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
