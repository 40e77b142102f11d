"""Graph's limits for calls of one app in one tenant.

Source: "Microsoft Graph service-specific throttling limits": the tables of the Microsoft Teams, subscription,
and identity and access services. Each call counts against every limit that it falls under, refused ones too.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Limit(StrEnum):
    """The limits, by what they bound."""

    TEAM = "team"
    TEAM_MEMBERS = "team members"
    CHANNELS = "channels of a team"
    CHANNEL_MEMBERS = "channel members"
    RESOURCES = "channel, installed apps, catalogue"
    CHANNEL_MESSAGES = "channel messages"
    CHAT_MESSAGES = "chat messages"
    OTHER_READS = "other Teams reads"
    ONE_PLACE = "one team or channel"
    SUBSCRIPTION_LIST = "list of subscriptions"
    SUBSCRIPTIONS = "subscriptions"
    SUBSCRIPTION_WRITES = "subscription writes"
    DIRECTORY = "directory resource units"


_SECONDS_AND_MOST = {
    Limit.TEAM: (1, 30),
    Limit.TEAM_MEMBERS: (1, 60),
    Limit.CHANNELS: (1, 60),
    Limit.CHANNEL_MEMBERS: (1, 60),
    Limit.RESOURCES: (1, 30),
    Limit.CHANNEL_MESSAGES: (1, 20),
    Limit.CHAT_MESSAGES: (1, 20),
    Limit.OTHER_READS: (1, 30),
    Limit.ONE_PLACE: (1, 4),
    Limit.SUBSCRIPTION_LIST: (20, 40),
    Limit.SUBSCRIPTIONS: (20, 5000),
    Limit.SUBSCRIPTION_WRITES: (20, 1000),
    # For a tenant of under 50 users, the smallest of three.
    Limit.DIRECTORY: (10, 3500),
}
_BY_ROUTE = {
    "/teams/{team}": Limit.TEAM,
    "/teams/{team}/members": Limit.TEAM_MEMBERS,
    "/teams/{team}/members/{member}": Limit.TEAM_MEMBERS,
    "/teams/{team}/channels": Limit.CHANNELS,
    "/teams/{team}/channels/{channel}": Limit.RESOURCES,
    "/teams/{team}/channels/{channel}/members": Limit.CHANNEL_MEMBERS,
    "/teams/{team}/channels/{channel}/members/{member}": Limit.CHANNEL_MEMBERS,
    "/teams/{team}/installedApps": Limit.RESOURCES,
    "/chats/{chat}/installedApps": Limit.RESOURCES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call as the limits see it: its method, the pattern of its path, the ids and query options in it."""

    method: str
    route: str
    ids: Mapping[str, str]
    query: Mapping[str, str]


class GraphLimits:
    """Counts calls by the tenant's clock, or by another one that is set as `now`.

    `throttled` says how many calls each limit refused, `highest` the most that each limit has seen within
    its span (in calls; for the directory in resource units), `calls` how many calls were counted.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.calls = 0
        self.throttled: Counter[Limit] = Counter()
        self.highest: Counter[Limit] = Counter()
        self._seen: dict[tuple[Limit, str], _Span] = {}

    def wait(self, asked: Asked) -> int | None:
        """Count a call and return None, or the whole seconds to wait before it is allowed."""
        now = self.now()
        self.calls += 1
        longest: float = 0.0
        for limit, place, cost in _falls_under(asked):
            seconds, most = _SECONDS_AND_MOST[limit]
            span = self._seen.setdefault((limit, place), _Span(timedelta(seconds=seconds)))
            used = span.add(now, cost)
            self.highest[limit] = max(self.highest[limit], used)
            if used > most:
                self.throttled[limit] += 1
                longest = max(longest, span.seconds_until(most, now))
        return max(1, math.ceil(longest)) if longest > 0 else None


class _Span:
    """What was used within the last so-many seconds."""

    def __init__(self, length: timedelta) -> None:
        self._length = length
        self._calls: deque[tuple[datetime, int]] = deque()
        self._used = 0

    def add(self, now: datetime, cost: int) -> int:
        while self._calls and self._calls[0][0] <= now - self._length:
            self._used -= self._calls.popleft()[1]
        self._calls.append((now, cost))
        self._used += cost
        return self._used

    def seconds_until(self, most: int, now: datetime) -> float:
        """Until so much has passed out of the span that a call like the last one is within `most`."""
        left = self._used
        for at, cost in self._calls:
            left -= cost
            if left < most:
                return (at + self._length - now).total_seconds()
        return self._length.total_seconds()


def _falls_under(asked: Asked) -> Iterator[tuple[Limit, str, int]]:
    if asked.route.startswith("/subscriptions"):
        yield Limit.SUBSCRIPTIONS, "", 1
        if asked.method != "GET":
            yield Limit.SUBSCRIPTION_WRITES, "", 1
        elif asked.route == "/subscriptions":
            yield Limit.SUBSCRIPTION_LIST, "", 1
    elif asked.route.startswith("/users"):
        yield Limit.DIRECTORY, "", _directory_cost(asked)
    else:
        yield _teams_limit(asked.route), "", 1
        if place := asked.ids.get("channel") or asked.ids.get("team"):
            yield Limit.ONE_PLACE, place, 1


def _teams_limit(route: str) -> Limit:
    if "/messages" in route:
        return Limit.CHAT_MESSAGES if route.startswith("/chats") else Limit.CHANNEL_MESSAGES
    return _BY_ROUTE.get(route, Limit.OTHER_READS)


def _directory_cost(asked: Asked) -> int:
    cost = 2
    top = asked.query.get("$top", "")
    cost -= "$select" in asked.query
    cost -= top.isdecimal() and int(top) < 20
    return max(1, cost)
