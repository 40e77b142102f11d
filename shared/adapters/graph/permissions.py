"""What Cairn asks Microsoft Graph for: each feature, the calls it makes, and the permission that they need.

docs/permissions.md shows this table, the app manifest asks for its resource-specific permissions, and tests hold
all three against each other. Source: the permission tables of each call's page on Microsoft Learn.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One feature. Either the application permissions or, where there are some, the resource-specific ones will do."""

    feature: str
    calls: tuple[str, ...]
    application: tuple[str, ...]
    resource_specific: tuple[str, ...] = ()
    """Granted by a team's owner, or by who adds the app to a chat, for that team or chat alone."""
    without: str = ""
    """What is lost, in the words of an administrator."""


NEEDS = (
    Need(
        feature="read channels",
        calls=("/teams/{team}/channels/{channel}/messages", "…/messages/delta", "…/messages/{message}/replies"),
        application=("ChannelMessage.Read.All",),
        resource_specific=("ChannelMessage.Read.Group",),
        without="nothing is learned in channels",
    ),
    Need(
        feature="read chats",
        calls=("/chats/{chat}/messages",),
        application=("Chat.Read.All",),
        resource_specific=("ChatMessage.Read.Chat",),
        without="nothing is learned in chats",
    ),
    Need(
        feature="name a channel",
        calls=("/teams/{team}/channels/{channel}",),
        application=("Channel.ReadBasic.All",),
        resource_specific=("ChannelSettings.Read.Group",),
        without="capture can't be switched on in channels",
    ),
    Need(
        feature="name a team",
        calls=("/teams/{team}",),
        application=("Team.ReadBasic.All",),
        resource_specific=("TeamSettings.Read.Group",),
        without="capture can't be switched on in channels",
    ),
    Need(
        feature="know who is in a team, and hear of changes",
        calls=("/teams/{team}/members",),
        application=("TeamMember.Read.All",),
        resource_specific=("TeamMember.Read.Group",),
        without="capture can't be switched on in channels: nothing is shown where members are unknown",
    ),
    Need(
        feature="know who is in a private or shared channel",
        calls=("/teams/{team}/channels/{channel}/members", "…/allMembers"),
        application=("ChannelMember.Read.All",),
        resource_specific=("ChannelMember.Read.Group",),
        without="capture can't be switched on in private and shared channels",
    ),
    Need(
        feature="hear at once who joins or leaves a private or shared channel",
        calls=("subscription on /teams/{team}/channels/getAllMembers",),
        application=("ChannelMember.Read.All",),
        without="such changes count from the next daily reading on",
    ),
    Need(
        feature="name a chat, know who is in it, and hear of changes",
        calls=("/chats/{chat}", "/chats/{chat}/members"),
        application=("Chat.Read.All",),
        resource_specific=("ChatSettings.Read.Chat", "ChatMember.Read.Chat"),
        without="capture can't be switched on in chats",
    ),
    Need(
        feature="hear that the app was removed, where Teams does not tell the bot",
        calls=("subscription on /appCatalogs/teamsApps/{app}/installations",),
        application=("TeamsAppInstallation.Read.All",),
        without="reading ends when the bot is told, as it usually is; not asked for where CAIRN_TEAMS_APP_ID is unset",
    ),
    Need(
        feature="tenant-wide subscriptions on channels (CAIRN_SUBSCRIPTIONS=tenant)",
        calls=("subscription on /teams/getAllMessages", "subscription on /teams/getAllMembers"),
        application=("ChannelMessage.Read.All", "TeamMember.Read.All"),
        without="one subscription a channel, of which an organisation has 10,000",
    ),
    Need(
        feature="tenant-wide subscriptions on chats (CAIRN_SUBSCRIPTIONS=tenant)",
        calls=("subscription on /chats/getAllMessages", "subscription on /chats/getAllMembers"),
        application=("Chat.Read.All",),
        without="one subscription a chat, of which an organisation has 10,000",
    ),
    Need(
        feature="the same for chats with the app alone (CAIRN_CHATS=installed)",
        calls=("subscription on /appCatalogs/teamsApps/{app}/installedToChats/getAllMessages", "…/getAllMembers"),
        application=("Chat.Read.WhereInstalled", "ChatMember.Read.WhereInstalled"),
        without="CAIRN_CHATS=all, which needs Chat.Read.All",
    ),
)


def table() -> str:
    """The rows of docs/permissions.md, in Markdown."""
    rows = ["| what for | calls | application | or resource-specific | without it |", "|---|---|---|---|---|"]
    for need in NEEDS:
        calls = ", ".join(f"`{call}`" for call in need.calls)
        specific = ", ".join(need.resource_specific) or "none"
        rows.append(f"| {need.feature} | {calls} | {', '.join(need.application)} | {specific} | {need.without} |")
    return "\n".join(rows)
