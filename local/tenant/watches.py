"""What a subscription's `resource` covers, and which resources a change belongs to.

Source: "Change notifications for Microsoft Teams resources" in Microsoft Graph's documentation, and its pages
on messages, on the members of chats, teams and channels, and on app installations.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from local.tenant.model import Space, SpaceKind


class Watch(StrEnum):
    """The kinds of resource."""

    EVERY_CHANNEL = "everyChannel"
    EVERY_CHAT = "everyChat"
    CHANNEL = "channel"
    CHAT = "chat"
    INSTALLED_CHATS = "installedChats"
    TEAM_MEMBERS = "teamMembers"
    EVERY_TEAM_MEMBERS = "everyTeamMembers"
    CHANNEL_MEMBERS = "channelMembers"
    EVERY_CHANNEL_MEMBERS = "everyChannelMembers"
    CHAT_MEMBERS = "chatMembers"
    EVERY_CHAT_MEMBERS = "everyChatMembers"
    INSTALLED_CHATS_MEMBERS = "installedChatsMembers"
    INSTALLATIONS = "installations"


class Scope(StrEnum):
    """Where an app can be installed, as `scopeInfo/scope` writes it."""

    PERSONAL = "personal"
    TEAM = "team"
    CHAT = "groupChat"


type Key = tuple[Watch, str]
"""A kind, and the id of its team, channel, chat or app; no id for what covers the tenant."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A resource, understood; the ids are empty where the kind has none.

    `scopes` and `by_consent` (authorised by resource-specific consent) are those of an app's installations.
    """

    kind: Watch
    team_id: str = ""
    space_id: str = ""
    app_id: str = ""
    scopes: frozenset[Scope] = frozenset()
    by_consent: bool = False

    @property
    def key(self) -> Key:
        """Under which a change looks for this resource's subscriptions."""
        return self.kind, self.space_id or self.team_id or self.app_id


_RESOURCES = (
    (Watch.EVERY_CHANNEL, "teams/getAllMessages"),
    (Watch.EVERY_CHAT, "chats/getAllMessages"),
    (Watch.CHANNEL, "teams/{team}/channels/{space}/messages"),
    (Watch.CHAT, "chats/{space}/messages"),
    (Watch.INSTALLED_CHATS, "appCatalogs/teamsApps/{app}/installedToChats/getAllMessages"),
    (Watch.EVERY_TEAM_MEMBERS, "teams/getAllMembers"),
    (Watch.EVERY_CHANNEL_MEMBERS, "teams/getAllChannels/getAllMembers"),
    (Watch.CHANNEL_MEMBERS, "teams/{team}/channels/getAllMembers"),
    (Watch.TEAM_MEMBERS, "teams/{team}/members"),
    (Watch.EVERY_CHAT_MEMBERS, "chats/getAllMembers"),
    (Watch.CHAT_MEMBERS, "chats/{space}/members"),
    (Watch.INSTALLED_CHATS_MEMBERS, "appCatalogs/teamsApps/{app}/installedToChats/getAllMembers"),
    (Watch.INSTALLATIONS, "appCatalogs/teamsApps/{app}/installations"),
)
_PATTERNS = tuple((kind, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))) for kind, path in _RESOURCES)
_SCOPE = re.compile(r"\(?\s*scopeInfo/scope eq '(\w+)'\s*\)?")
_CHANNEL_OPTIONS = {"notifyOnIndirectMembershipUpdate", "suppressNotificationWhenSharedUnsharedWithTeam"}


@functools.cache
def watched(resource: str) -> Watched | None:
    """What a subscription's `resource` means, or None if the tenant does not serve it."""
    path, _, query = resource.partition("?")
    path = re.sub(r"\('([^']*)'\)", r"/\1", path).strip("/")
    for kind, pattern in _PATTERNS:
        if found := pattern.fullmatch(path):
            names = found.groupdict()
            plain = Watched(kind, names.get("team") or "", names.get("space") or "", names.get("app") or "")
            return _with_query(plain, query)
    return None


def _with_query(plain: Watched, query: str) -> Watched | None:
    options = dict(part.partition("=")[::2] for part in query.split("&") if part)
    # What the retired payment models asked for is still taken, and means nothing any more.
    options.pop("model", None)
    if plain.kind is Watch.CHANNEL_MEMBERS:
        # No channel of this tenant is shared with another team, so that nobody is an indirect member.
        return plain if set(options) <= _CHANNEL_OPTIONS else None
    if plain.kind is not Watch.INSTALLATIONS:
        return None if options else plain
    scopes = _scopes(options.pop("$filter", ""))
    by_consent = options.pop("useResourceSpecificConsentBasedAuthorization", "false").lower() == "true"
    if options or scopes is None:
        return None
    return Watched(plain.kind, app_id=plain.app_id, scopes=scopes, by_consent=by_consent)


def _scopes(text: str) -> frozenset[Scope] | None:
    if not text:
        return frozenset(Scope)
    found = [_SCOPE.fullmatch(clause.strip()) for clause in text.strip().split(" or ")]
    names = [one[1] if one else "" for one in found]
    return frozenset(Scope(name) for name in names) if set(names) <= set(Scope) else None


def message_keys(space: Space, app_id: str, *, has_app: bool) -> Iterator[Key]:
    """The resources that a message in this space belongs to."""
    if space.is_channel:
        yield Watch.EVERY_CHANNEL, ""
        yield Watch.CHANNEL, space.id
    elif space.kind is SpaceKind.CHAT:
        yield Watch.EVERY_CHAT, ""
        yield Watch.CHAT, space.id
        if has_app:
            yield Watch.INSTALLED_CHATS, app_id


def team_member_keys(team_id: str) -> Iterator[Key]:
    """The resources that a member of this team belongs to."""
    yield Watch.TEAM_MEMBERS, team_id
    yield Watch.EVERY_TEAM_MEMBERS, ""


def member_keys(space: Space, app_id: str, *, has_app: bool) -> Iterator[Key]:
    """The resources that a member of this space's own list belongs to; a standard channel has no list."""
    if space.kind is SpaceKind.CHAT:
        yield Watch.CHAT_MEMBERS, space.id
        yield Watch.EVERY_CHAT_MEMBERS, ""
        if has_app:
            yield Watch.INSTALLED_CHATS_MEMBERS, app_id
    elif space.kind in (SpaceKind.PRIVATE, SpaceKind.SHARED):
        yield Watch.CHANNEL_MEMBERS, space.team_id or ""
        # The tenant-wide resource is in preview, and as documented knows private channels alone.
        if space.kind is SpaceKind.PRIVATE:
            yield Watch.EVERY_CHANNEL_MEMBERS, ""
