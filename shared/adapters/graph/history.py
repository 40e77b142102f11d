"""Reads pages of what was written in a space, for reconciliation and backfill; always in the background."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from shared.adapters.graph.calls import Calls, message_limits
from shared.adapters.graph.client import Call, GraphClient, items
from shared.domain.identity import SpaceId, TeamId
from shared.domain.messages import Message
from shared.errors import Refused
from shared.ports import MessagePage, Pace

_log = logging.getLogger(__name__)

type Normalise = Callable[[Mapping[str, Any], SpaceId], Message]


class History:
    """Pages of messages, roots with their replies."""

    def __init__(self, client: GraphClient, calls: Calls, normalise: Normalise) -> None:
        self._client = client
        self._calls = calls
        self._normalise = normalise

    async def channel_changes(self, space_id: SpaceId, team_id: TeamId, since: datetime, link: str) -> MessagePage:
        """See `shared.ports.Graph`."""
        call = self._calls.channel_changes(space_id, team_id, since) if not link else None
        return await self._page(call or self._following(link, space_id, team_id), space_id)

    async def channel_history(self, space_id: SpaceId, team_id: TeamId, link: str) -> MessagePage:
        """See `shared.ports.Graph`."""
        call = self._calls.channel_history(space_id, team_id) if not link else None
        return await self._page(call or self._following(link, space_id, team_id), space_id)

    async def chat_changes(self, space_id: SpaceId, since: datetime, link: str) -> MessagePage:
        """See `shared.ports.Graph`."""
        call = self._calls.chat_changes(space_id, since) if not link else None
        return await self._page(call or self._following(link, space_id, None), space_id)

    def _following(self, link: str, space_id: SpaceId, team_id: TeamId | None) -> Call:
        return self._client.following(link, message_limits(space_id, team_id))

    async def _page(self, call: Call, space_id: SpaceId) -> MessagePage:
        page = await self._client.send(call, pace=Pace.BACKGROUND)
        messages = []
        for root in items(page):
            messages += self._readable(root, space_id)
            async for reply in self._replies(root, call):
                messages += self._readable(reply, space_id)
        return MessagePage(
            messages=tuple(messages),
            next_link=_link(page, "@odata.nextLink"),
            delta_link=_link(page, "@odata.deltaLink"),
        )

    async def _replies(self, root: Mapping[str, Any], call: Call) -> AsyncIterator[Mapping[str, Any]]:
        """A root's replies: the page brings 1,000 at most, and says where the others are."""
        for reply in items({"value": root.get("replies")}):
            yield reply
        rest = _link(root, "replies@odata.nextLink")
        if rest:
            async for reply in self._client.pages(self._client.following(rest, call.limits), pace=Pace.BACKGROUND):
                yield reply

    def _readable(self, raw: Mapping[str, Any], space_id: SpaceId) -> list[Message]:
        """The message, unless it is none: one that can't be read must not hide its neighbours."""
        try:
            return [self._normalise(raw, space_id)]
        except Refused as refused:
            _log.warning("graph listed what is no message space=%s code=%s", space_id, refused.code)
            return []


def _link(page: Mapping[str, Any], name: str) -> str:
    link = page.get(name)
    return link if isinstance(link, str) else ""
