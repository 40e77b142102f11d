"""Which permission a subscription to each resource needs, and whether the resource is there at all.

Source: the permission tables of "Create subscription" and of the pages on change notifications for messages,
for the members of chats, teams and channels, and for app installations.
"""

from local.tenant.graph_access import GraphCall, bad_request, not_found
from local.tenant.watches import Scope, Watch, Watched, watched

_CHAT_MEMBER = ("ChatMember.Read", "ChatMember.ReadWrite", "Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite")
_ALL_CHAT_MEMBERS = tuple(f"{name}.All" for name in _CHAT_MEMBER)
_TEAM_MEMBER = ("TeamMember.Read.All", "TeamMember.ReadWrite.All")
_CHANNEL_MEMBER = ("ChannelMember.Read.All", "ChannelMember.ReadWrite.All")

_PERMISSIONS = {
    Watch.EVERY_CHANNEL: ("ChannelMessage.Read.All",),
    Watch.CHANNEL: ("ChannelMessage.Read.All",),
    Watch.EVERY_CHAT: ("Chat.Read.All",),
    Watch.CHAT: ("Chat.Read.All",),
    Watch.INSTALLED_CHATS: ("Chat.Read.WhereInstalled", "Chat.ReadWrite.WhereInstalled"),
    Watch.TEAM_MEMBERS: _TEAM_MEMBER,
    Watch.EVERY_TEAM_MEMBERS: _TEAM_MEMBER,
    Watch.CHANNEL_MEMBERS: _CHANNEL_MEMBER,
    Watch.EVERY_CHANNEL_MEMBERS: _CHANNEL_MEMBER,
    Watch.CHAT_MEMBERS: _ALL_CHAT_MEMBERS,
    Watch.EVERY_CHAT_MEMBERS: _ALL_CHAT_MEMBERS,
    Watch.INSTALLED_CHATS_MEMBERS: tuple(f"{name}.WhereInstalled" for name in _CHAT_MEMBER),
}
_BY_CONSENT = {Watch.CHANNEL, Watch.CHAT, Watch.TEAM_MEMBERS, Watch.CHAT_MEMBERS}
"""What resource-specific consent covers as well, where the app is installed."""

_EVERY_INSTALLATION = "TeamsAppInstallation.Read.All"
_INSTALLATIONS = {
    Scope.PERSONAL: "TeamsAppInstallation.ReadForUser.All",
    Scope.TEAM: "TeamsAppInstallation.ReadForTeam.All",
    Scope.CHAT: "TeamsAppInstallation.ReadForChat.All",
}


def accessible_resource(call: GraphCall, resource: str) -> Watched:
    """What a subscription's resource means; raises GraphError if it is none, not there or not for this app."""
    found = watched(resource)
    if found is None:
        raise bad_request(f"Resource '{resource}' is not supported.", "InvalidRequest")
    if found.kind is Watch.EVERY_CHANNEL_MEMBERS and not call.is_beta:
        raise bad_request(f"Resource '{resource}' is only available in the beta endpoint.", "InvalidRequest")
    if not _exists(call, found):
        raise not_found(f"Resource '{resource}'")
    _require(call, found)
    return found


def _exists(call: GraphCall, resource: Watched) -> bool:
    state = call.core.state
    if resource.app_id:
        return resource.app_id == call.core.shapes.teams_app_id
    if resource.space_id:
        space = state.spaces.get(resource.space_id)
        return space is not None and (resource.team_id or None) == space.team_id
    return not resource.team_id or state.teams.get(resource.team_id) is not None


def _require(call: GraphCall, resource: Watched) -> None:
    if resource.kind is Watch.INSTALLATIONS:
        if not resource.by_consent:
            for scope in sorted(resource.scopes):
                call.require(_EVERY_INSTALLATION, *_narrower(resource, scope))
        return
    place = (resource.team_id or resource.space_id or None) if resource.kind in _BY_CONSENT else None
    call.require(*_PERMISSIONS[resource.kind], installed_at=place)


def _narrower(resource: Watched, scope: Scope) -> tuple[str, ...]:
    # A subscription to all scopes takes the one permission that covers them all, and no sum of others.
    return () if resource.scopes == frozenset(Scope) else (_INSTALLATIONS[scope],)
