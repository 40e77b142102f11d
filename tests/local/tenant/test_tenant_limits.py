"""Graph's limits for calls, by the tenant's clock."""

import asyncio
from datetime import timedelta

import pytest

from local.clock import SimulatedClock
from local.tenant.graph_limits import Asked, GraphLimits, Limit
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company
from tests.local.tenant.listener import GraphCaller


@pytest.fixture
def channel(company: Company) -> str:
    return f"/teams/{company.team}/channels/{company.channel}"


async def _statuses(graph: GraphCaller, path: str, times: int) -> list[int]:
    answers = await asyncio.gather(*(graph.call("GET", path) for _ in range(times)))
    return [answer.status_code for answer in answers]


async def test_a_channel_takes_four_calls_a_second_and_says_when_to_come_again(
    tenant: Tenant, channel: str, graph: GraphCaller, clock: SimulatedClock
) -> None:
    await graph.sign_in()
    tenant.faults.read_limits = True
    assert await _statuses(graph, f"{channel}/messages", 4) == [200] * 4
    answer = await graph.call("GET", f"{channel}/messages")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("TooManyRequests", "Please retry again later.")
    assert (error["innerError"]["code"], error["innerError"]["status"]) == ("429", "429")
    clock.advance(timedelta(seconds=1))
    assert await _statuses(graph, f"{channel}/messages", 1) == [200]
    assert tenant.graph_limits.throttled == {Limit.ONE_PLACE: 1}
    assert tenant.graph_limits.highest[Limit.ONE_PLACE] == 5
    assert tenant.graph_limits.calls == 6


async def test_the_tenant_takes_twenty_reads_of_messages_a_second_over_all_channels(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    channels = [tenant.add_channel(company.team, f"Channel {n}") for n in range(7)]
    await graph.sign_in()
    tenant.faults.read_limits = True
    statuses = []
    for one in channels:
        statuses += await _statuses(graph, f"/teams/{company.team}/channels/{one}/messages/delta", 3)
    assert statuses == [200] * 20 + [429]
    assert tenant.graph_limits.throttled == {Limit.CHANNEL_MESSAGES: 1}
    # Another limit has nothing to do with it.
    assert await _statuses(graph, f"/chats/{company.chat}/messages", 20) == [200] * 20
    assert await _statuses(graph, f"/chats/{company.chat}/messages", 1) == [429]


@pytest.mark.parametrize(
    ("method", "route", "limit", "seconds", "most"),
    [
        ("GET", "/chats/{chat}/members", Limit.OTHER_READS, 1, 30),
        ("GET", "/chats/{chat}", Limit.OTHER_READS, 1, 30),
        ("GET", "/chats/{chat}/installedApps", Limit.RESOURCES, 1, 30),
        ("GET", "/subscriptions", Limit.SUBSCRIPTION_LIST, 20, 40),
        ("POST", "/subscriptions", Limit.SUBSCRIPTION_WRITES, 20, 1000),
        ("PATCH", "/subscriptions/{subscription}", Limit.SUBSCRIPTION_WRITES, 20, 1000),
        ("GET", "/users/{user}", Limit.DIRECTORY, 10, 1750),
    ],
)
def test_every_other_call_has_its_documented_limit(
    clock: SimulatedClock, method: str, route: str, limit: Limit, seconds: int, most: int
) -> None:
    limits = GraphLimits(clock.now)
    asked = Asked(method=method, route=route, ids={"chat": "1"}, query={})
    assert [limits.wait(asked) for _ in range(most)] == [None] * most
    assert limits.wait(asked) == seconds
    assert limits.throttled[limit] == 1
    clock.advance(timedelta(seconds=seconds))
    assert limits.wait(asked) is None


def test_members_of_teams_and_channels_have_sixty_a_second_but_each_place_four(clock: SimulatedClock) -> None:
    limits = GraphLimits(clock.now)
    for number in range(60):
        asked = Asked(method="GET", route="/teams/{team}/members", ids={"team": str(number)}, query={})
        assert limits.wait(asked) is None
    assert limits.wait(Asked(method="GET", route="/teams/{team}/members", ids={"team": "x"}, query={})) == 1
    assert limits.throttled == {Limit.TEAM_MEMBERS: 1}


def test_who_asks_again_at_once_stays_refused_and_who_waits_gets_through(clock: SimulatedClock) -> None:
    limits = GraphLimits(clock.now)
    asked = Asked(method="GET", route="/chats/{chat}/messages", ids={"chat": "1"}, query={})
    for _ in range(20):
        limits.wait(asked)
    for _ in range(10):
        clock.advance(timedelta(milliseconds=40))
        assert limits.wait(asked) is not None
    # Each refused call counted too: a second after the first twenty, ten of the last second are still there.
    clock.advance(timedelta(milliseconds=600))
    assert limits.wait(asked) is None
    assert limits.highest[Limit.CHAT_MESSAGES] == 30


def test_selected_users_cost_less(clock: SimulatedClock) -> None:
    limits = GraphLimits(clock.now)
    limits.wait(Asked(method="GET", route="/users/{user}", ids={}, query={}))
    limits.wait(Asked(method="GET", route="/users", ids={}, query={"$select": "id", "$top": "5"}))
    assert limits.highest[Limit.DIRECTORY] == 3


async def test_the_limits_are_off_unless_asked_for(tenant: Tenant, channel: str, graph: GraphCaller) -> None:
    assert await _statuses(graph, f"{channel}/messages", 40) == [200] * 40
    assert tenant.graph_limits.calls == 0


async def test_another_clock_can_count(tenant: Tenant, channel: str, graph: GraphCaller, clock: SimulatedClock) -> None:
    other = SimulatedClock(clock.now())
    await graph.sign_in()
    tenant.faults.read_limits = True
    tenant.graph_limits.now = other.now
    for _ in range(3):
        assert await _statuses(graph, f"{channel}/messages", 4) == [200] * 4
        other.advance(timedelta(seconds=1))
    assert tenant.graph_limits.throttled == {}
