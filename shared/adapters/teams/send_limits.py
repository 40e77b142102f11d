"""Stay below what Teams lets a bot send into one conversation.

Microsoft Learn, "Optimize your bot with rate limiting in Teams": 7 messages in 1 s, 8 in 2 s, 60 in 30 s,
1,800 in an hour.
"""

from collections import deque
from datetime import datetime, timedelta

LIMITS = ((6, timedelta(seconds=1)), (7, timedelta(seconds=2)), (59, timedelta(seconds=30)), (1799, timedelta(hours=1)))
"""How many sends we put into any span of time: one fewer than Teams allows."""
_HOUR = timedelta(hours=1)
_MANY = 1000


class SendLimits:
    """Gives each send into a conversation its moment, by a clock that the caller reads."""

    def __init__(self) -> None:
        self._moments: dict[str, deque[datetime]] = {}

    def wait(self, conversation_id: str, now: datetime, *, at_most: timedelta) -> timedelta:
        """How long to wait before sending. Up to `at_most` the moment is taken; beyond it nothing is."""
        moments = self._moments.setdefault(_whole(conversation_id), deque(maxlen=LIMITS[-1][0]))
        bounds = [moments[-most] + span for most, span in LIMITS if len(moments) >= most]
        moment = max([now, *bounds, *([moments[-1]] if moments else [])])
        if moment - now <= at_most:
            moments.append(moment)
            if len(self._moments) > _MANY:
                self._forget(now)
        return moment - now

    def _forget(self, now: datetime) -> None:
        for conversation_id, moments in list(self._moments.items()):
            if not moments or now - moments[-1] > _HOUR:
                del self._moments[conversation_id]


def _whole(conversation_id: str) -> str:
    """Teams counts a channel as one conversation, whatever the thread."""
    return conversation_id.partition(";")[0]
