"""Teams' limits for what a bot may post into one conversation, by the tenant's clock."""

import math
from collections import deque
from datetime import datetime, timedelta

_LIMITS = ((1, 7), (2, 8), (30, 60), (3600, 1800))
"""Seconds, and how many posts they allow."""


class SendLimits:
    """Remembers when the bot posted, per conversation."""

    def __init__(self) -> None:
        self._posts: dict[str, deque[datetime]] = {}

    def wait(self, conversation: str, now: datetime) -> int | None:
        """Count a post at `now` and return None, or the whole seconds to wait before it is allowed."""
        posts = self._posts.setdefault(conversation, deque(maxlen=_LIMITS[-1][1]))
        waits = [
            (posts[-most] + timedelta(seconds=span) - now).total_seconds()
            for span, most in _LIMITS
            if len(posts) >= most
        ]
        longest = max(waits, default=0.0)
        if longest > 0:
            return math.ceil(longest)
        posts.append(now)
        return None
