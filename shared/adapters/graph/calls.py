"""Every call that we make to Graph, built by the SDK, with the limits that it counts towards.

One place to read what we ask for; docs/permissions.md says what each needs.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.adapters.graph.client import Call
from shared.adapters.graph.limits import (
    CHANNEL_MESSAGES,
    CHAT_MESSAGES,
    MEMBERS,
    OTHER,
    SUBSCRIPTIONS,
    Limit,
    of_space,
    of_team,
)

if TYPE_CHECKING:
    from shared.adapters.graph.pipeline import Pipeline

_PAGE = 50
_PAGE_OF_THREADS = 20
"""Threads come with up to 1,000 replies each."""


class Calls:
    """Builds calls; nothing is sent. The SDK is imported with the first of them."""

    def __init__(self, pipeline: "Callable[[], Pipeline]") -> None:
        """`pipeline` opens the SDK's side on first use."""
        self._pipeline = pipeline

    def message(self, space_id: str, team_id: str | None, message_id: str, root_id: str | None) -> Call:
        """One message; a reply is asked for below its root."""
        messages = self._messages(space_id, team_id)
        item = messages.by_chat_message_id(root_id or message_id)
        if root_id is not None:
            item = item.replies.by_chat_message_id1(message_id)
        return Call(item.to_get_request_information(), message_limits(space_id, team_id))

    def newest(self, space_id: str, team_id: str | None, root_id: str) -> Call:
        """The newest messages of a chat, of a channel, or below a root."""
        messages = self._messages(space_id, team_id)
        if root_id:
            messages = messages.by_chat_message_id(root_id).replies
        return Call(_asking(messages, top=_PAGE), message_limits(space_id, team_id))

    def channel_changes(self, space_id: str, team_id: str, since: datetime) -> Call:
        """Threads of a channel in which something changed after `since`, with their replies (delta)."""
        delta = self._messages(space_id, team_id).delta
        changed = f"lastModifiedDateTime gt {_moment(since)}"
        request = _asking(delta, top=_PAGE_OF_THREADS, expand=["replies"], filter=changed)
        return Call(request, message_limits(space_id, team_id))

    def channel_history(self, space_id: str, team_id: str) -> Call:
        """All threads of a channel with their replies, the latest active first."""
        request = _asking(self._messages(space_id, team_id), top=_PAGE_OF_THREADS, expand=["replies"])
        return Call(request, message_limits(space_id, team_id))

    def chat_changes(self, space_id: str, since: datetime) -> Call:
        """Messages of a chat that were written or changed after `since`, the latest changed first."""
        request = _asking(
            self._messages(space_id, None),
            top=_PAGE,
            orderby=["lastModifiedDateTime desc"],
            filter=f"lastModifiedDateTime gt {_moment(since)}",
        )
        return Call(request, message_limits(space_id, None))

    def team(self, team_id: str) -> Call:
        """A team's name."""
        return Call(self._team(team_id).to_get_request_information(), (of_team(team_id), OTHER))

    def team_members(self, team_id: str) -> Call:
        """Who is in a team."""
        return Call(self._team(team_id).members.to_get_request_information(), (of_team(team_id), MEMBERS))

    def channel(self, team_id: str, space_id: str) -> Call:
        """A channel's name and kind."""
        channel = self._team(team_id).channels.by_channel_id(space_id)
        return Call(channel.to_get_request_information(), (of_space(space_id), of_team(team_id), OTHER))

    def channel_members(self, team_id: str, space_id: str, *, shared: bool) -> Call:
        """Who is in a private channel, or in a shared one, whose teams' members are in it too."""
        channel = self._team(team_id).channels.by_channel_id(space_id)
        members = channel.all_members if shared else channel.members
        return Call(members.to_get_request_information(), (of_space(space_id), of_team(team_id), MEMBERS))

    def chat(self, space_id: str) -> Call:
        """A chat's topic."""
        chat = self._pipeline().api.chats.by_chat_id(space_id)
        return Call(chat.to_get_request_information(), (of_space(space_id), OTHER))

    def chat_members(self, space_id: str) -> Call:
        """Who is in a chat."""
        chat = self._pipeline().api.chats.by_chat_id(space_id)
        return Call(chat.members.to_get_request_information(), (of_space(space_id), MEMBERS))

    def subscriptions(self, *, top: int | None = None) -> Call:
        """Every subscription of our app."""
        subscriptions = self._pipeline().api.subscriptions
        request = subscriptions.to_get_request_information() if top is None else _asking(subscriptions, top=top)
        return Call(request, (SUBSCRIPTIONS,))

    def subscribe(self, wanted: Mapping[str, object]) -> Call:
        """A new subscription; `wanted` is by the SDK's names for a subscription's properties."""
        subscriptions = self._pipeline().api.subscriptions
        return Call(subscriptions.to_post_request_information(_subscription(wanted)), (SUBSCRIPTIONS,))

    def renew(self, subscription_id: str, changed: Mapping[str, object]) -> Call:
        """Other values for some of a subscription's properties."""
        item = self._pipeline().api.subscriptions.by_subscription_id(subscription_id)
        return Call(item.to_patch_request_information(_subscription(changed)), (SUBSCRIPTIONS,))

    def unsubscribe(self, subscription_id: str) -> Call:
        """The end of a subscription."""
        item = self._pipeline().api.subscriptions.by_subscription_id(subscription_id)
        return Call(item.to_delete_request_information(), (SUBSCRIPTIONS,))

    def _messages(self, space_id: str, team_id: str | None) -> Any:
        if team_id is None:
            return self._pipeline().api.chats.by_chat_id(space_id).messages
        return self._team(team_id).channels.by_channel_id(space_id).messages

    def _team(self, team_id: str) -> Any:
        return self._pipeline().api.teams.by_team_id(team_id)


def message_limits(space_id: str, team_id: str | None) -> tuple[Limit, ...]:
    """The limits on reading a space's messages."""
    if team_id is None:
        return (of_space(space_id), CHAT_MESSAGES)
    return (of_space(space_id), of_team(team_id), CHANNEL_MESSAGES)


def _asking(builder: Any, **parameters: object) -> Any:
    """A GET with query parameters; each of the SDK's builders has a class of its own for them."""
    from shared.adapters.graph.pipeline import configured

    name = next(name for name in dir(builder) if name.endswith("GetQueryParameters"))
    return builder.to_get_request_information(configured(getattr(builder, name)(**parameters)))


def _subscription(properties: Mapping[str, object]) -> Any:
    from msgraph.generated.models.subscription import Subscription

    return Subscription(**properties)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
