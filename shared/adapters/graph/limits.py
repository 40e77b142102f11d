"""Graph's limits on Teams' resources, as Microsoft publishes them for one app in one tenant.

Source: Microsoft Learn, "Microsoft Graph service-specific throttling limits", Microsoft Teams. There it says
4 requests a second on one team and 1 a second on one channel or chat, whatever is asked of it.
"""

import math
from collections import deque
from dataclasses import dataclass

from shared.ports import Pace

_TURNS = 4
"""Calls for people that may go before one of the background that could have gone instead."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of requests a second that everything of one name shares."""

    name: str
    per_second: float


CHANNEL_MESSAGES = Limit("channel messages", 20)
CHAT_MESSAGES = Limit("chat messages", 20)
MEMBERS = Limit("members", 60)
SUBSCRIPTIONS = Limit("subscriptions", 20)
"""Below 500 in 20 seconds, which is Graph's limit on writing subscriptions."""
OTHER = Limit("other", 30)


def of_team(team_id: str) -> Limit:
    """What a team takes, its channels included."""
    return Limit(f"team {team_id}", 4)


def of_space(space_id: str) -> Limit:
    """What a channel or chat takes."""
    return Limit(f"space {space_id}", 1)


class Bucket:
    """Counts the calls under one limit; times are seconds on any clock that does not go back.

    It is a sliding window, not a leaky bucket: in no window of a second do more calls go than the limit's
    share, rounded down; below one a second, the window is longer instead.
    """

    def __init__(self, limit: Limit, share: float) -> None:
        allowed = limit.per_second * share
        self.limit = limit
        self.count = max(1, math.floor(allowed + 1e-9))
        self.window = max(1.0, 1 / allowed)
        self.waiting = dict.fromkeys(Pace, 0)
        self._taken: deque[float] = deque(maxlen=self.count)
        self._paused_until = -math.inf
        self._passed_over = 0
        self._blamed: tuple[Limit, float] | None = None

    def free_at(self) -> float:
        """When the next call may go; a moment in the past when it may at once."""
        full = len(self._taken) == self.count
        return max(self._paused_until, self._taken[0] + self.window if full else -math.inf)

    def expected_at(self, now: float, pace: Pace) -> float:
        """When a call that comes now will go, with those that go before it; an estimate."""
        people, background = self.waiting[Pace.PEOPLE], self.waiting[Pace.BACKGROUND]
        ahead = people + (background if pace is Pace.BACKGROUND else min(background, people // _TURNS))
        return max(now, self.free_at()) + self.window * (ahead // self.count)

    def take(self, now: float) -> None:
        """Count a call that goes now."""
        self._taken.append(now)

    def pause(self, until: float) -> None:
        """Let nothing go before that moment."""
        self._paused_until = max(self._paused_until, until)

    def blame(self, narrower: Limit, now: float, until: float) -> None:
        """Graph refused a call under this limit and a narrower one, which is paused until then.

        Which of the two was reached, Graph doesn't say. It is taken for the narrower one; when a second
        narrower one is refused before the first may go on, this one pauses too.
        """
        if self._blamed is not None and self._blamed[0] != narrower and self._blamed[1] > now:
            self.pause(until)
        self._blamed = (narrower, until)

    def is_idle(self, now: float) -> bool:
        """Whether forgetting it would make no difference."""
        last = self._taken[-1] + self.window if self._taken else -math.inf
        return not any(self.waiting.values()) and max(last, self._paused_until) <= now

    @property
    def owes_background(self) -> bool:
        """Whether the background has given way often enough here."""
        return self._passed_over >= _TURNS

    def passed_over(self) -> None:
        """A call for people went where one of the background could have gone."""
        self._passed_over += 1

    def settle(self) -> None:
        """A call of the background went."""
        self._passed_over = 0
