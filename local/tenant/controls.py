"""What the parts of the tenant's control surface have in common."""

import asyncio
import logging

from local.tenant.activities import Activities, BotAnswer, BotUnreachableError
from local.tenant.core import Core
from local.tenant.model import JsonObject, Space
from local.tenant.tokens import Tokens

_log = logging.getLogger(__name__)


class Controls:
    """Holds the tenant's parts for the classes that act on them."""

    core: Core
    tokens: Tokens
    activities: Activities

    async def _done(self) -> None:
        """Make the changes durable, and let the notifier have its turn."""
        self.core.state.commit()
        await asyncio.sleep(0)

    async def _tell_bot(self, activity: JsonObject) -> BotAnswer | None:
        """Send the bot an event; Teams loses it too when nobody listens."""
        try:
            return await self.activities.send(activity)
        except BotUnreachableError:
            _log.warning("the bot missed an activity", extra={"activity_type": activity["type"]})
            return None
        finally:
            self.core.state.commit()

    def _split(self, conversation: str) -> tuple[Space, str | None]:
        """The space and, in a channel's thread, the root that a conversation id names."""
        space_id, _, root_id = conversation.partition(";messageid=")
        return self.core.state.known_space(space_id), root_id or None
