"""What is said in Teams arrives once, and what goes wrong is told apart."""

import logging
import re
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from local.clock import SimulatedClock
from shared.adapters.identity.keys import SigningKeys
from shared.adapters.teams.connector import ConnectorTeams
from shared.errors import CairnError, Gone, Misconfigured, Refused, TryLater
from tests.adapters.teams import samples
from tests.adapters.teams.samples import CHECKED, DANA, NOON, POSTING
from tests.adapters.teams.stand_in import Misbehaviour, StandIn

APP = "aaaaaaaa-0000-4000-8000-000000000001"
CHANNEL = f"{samples.SPACE};messageid=1741000000000"
CARD = samples.answered()


EMEA = "https://smba.trafficmanager.net/emea/"


@dataclass
class Tokens:
    """Hands out a token, and another one when a fresh one is asked for."""

    number: int = 1
    given: list[str] = field(default_factory=list)

    async def __call__(self, *, fresh: bool = False) -> str:
        self.number += fresh
        self.given.append(f"token-{self.number}")
        return self.given[-1]


@dataclass
class Waits:
    """Sleeps by moving the clock."""

    clock: SimulatedClock
    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture(scope="module")
def listening() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def connector(listening: StandIn) -> StandIn:
    listening.begin_anew(CHANNEL)
    return listening


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOON)


@pytest.fixture
def waits(clock: SimulatedClock) -> Waits:
    return Waits(clock)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


def _teams(
    tokens: Tokens,
    clock: SimulatedClock,
    *,
    allowed: tuple[str, ...] = (),
    waits: Waits | None = None,
    http: httpx.AsyncClient | None = None,
) -> ConnectorTeams:
    return ConnectorTeams(
        app_id=APP,
        tenant_id=samples.TENANT,
        token=tokens,
        keys=SigningKeys("https://keys.test", metadata=False),
        allowed_service_urls=allowed,
        http=http,
        now=clock.now,
        sleep=waits or Waits(clock),
    )


@pytest.fixture
async def teams(
    connector: StandIn, tokens: Tokens, clock: SimulatedClock, waits: Waits
) -> AsyncIterator[ConnectorTeams]:
    made = _teams(tokens, clock, allowed=(connector.url,), waits=waits)
    yield made
    await made.close()


async def test_a_card_is_posted_updated_and_withdrawn(teams: ConnectorTeams, connector: StandIn) -> None:
    activity = await teams.post(CHANNEL, CARD, service_url=connector.url)
    standing = connector.conversations[CHANNEL]
    (attachment,) = standing[activity]["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"] == teams.render(CARD)
    assert standing[activity]["summary"] == f"Answered before: {CHECKED.question}"
    assert not standing[activity].get("text")

    await teams.update(CHANNEL, activity, samples.CARDS["notice"], service_url=connector.url)
    assert standing[activity]["attachments"][0]["content"]["body"][0]["text"] == "A note from Cairn"

    await teams.withdraw(CHANNEL, activity, service_url=connector.url)
    assert standing == {}
    await teams.withdraw(CHANNEL, activity, service_url=connector.url)


async def test_plain_words_are_plain(teams: ConnectorTeams, connector: StandIn) -> None:
    await teams.say(CHANNEL, "**Capture** is on.", service_url=connector.url + "/")
    (said,) = connector.conversations[CHANNEL].values()
    assert (said["text"], said["textFormat"]) == ("**Capture** is on.", "plain")


async def test_a_personal_conversation_is_asked_for_as_teams_wants_it(
    teams: ConnectorTeams, connector: StandIn
) -> None:
    found = await teams.personal_conversation(DANA.key, service_url=connector.url)
    assert found == f"a:{DANA.object_id}"
    body = connector.bodies[-1]
    assert body["bot"] == {"id": f"28:{APP}"}
    assert [member["id"] for member in body["members"]] == [DANA.object_id]
    assert body["tenantId"] == body["channelData"]["tenant"]["id"] == samples.TENANT


async def test_without_the_app_there_is_no_personal_conversation(teams: ConnectorTeams, connector: StandIn) -> None:
    connector.not_installed.add(DANA.object_id)
    with pytest.raises(Gone):
        await teams.personal_conversation(DANA.key, service_url=connector.url)


async def test_a_deleted_card_is_gone(teams: ConnectorTeams, connector: StandIn) -> None:
    with pytest.raises(Gone):
        await teams.update(CHANNEL, "77", CARD, service_url=connector.url)
    with pytest.raises(Gone):
        await teams.post("19:unknown@thread.tacv2", CARD, service_url=connector.url)


@pytest.mark.parametrize("status", [412, 429, 503])
async def test_what_was_not_done_is_tried_again(
    teams: ConnectorTeams, connector: StandIn, waits: Waits, status: int
) -> None:
    connector.faults.extend([Misbehaviour(status, retry_after="1"), Misbehaviour(status)])
    await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert len(connector.conversations[CHANNEL]) == 1
    assert waits.seconds[0] == 1
    assert len(connector.calls) == 3


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_post_that_may_have_arrived_is_not_sent_twice(
    teams: ConnectorTeams, connector: StandIn, status: int
) -> None:
    connector.faults.append(Misbehaviour(status, done=True))
    with pytest.raises(TryLater):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert len(connector.conversations[CHANNEL]) == 1
    assert len(connector.calls) == 1


async def test_a_connection_that_breaks_may_have_carried_the_post(teams: ConnectorTeams, connector: StandIn) -> None:
    connector.faults.append(Misbehaviour(0, done=True, hang_up=True))
    with pytest.raises(TryLater):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert len(connector.calls) == 1


@pytest.mark.parametrize("fault", [Misbehaviour(500), Misbehaviour(504, done=True), Misbehaviour(0, hang_up=True)])
async def test_an_update_may_be_tried_again_whatever_happened(
    teams: ConnectorTeams, connector: StandIn, fault: Misbehaviour
) -> None:
    activity = await teams.post(CHANNEL, CARD, service_url=connector.url)
    connector.faults.extend([fault, fault])
    await teams.update(CHANNEL, activity, samples.CARDS["notice"], service_url=connector.url)
    assert len(connector.calls) == 4


async def test_attempts_are_bounded_and_then_it_is_later(teams: ConnectorTeams, connector: StandIn) -> None:
    connector.faults.extend([Misbehaviour(503)] * 10)
    with pytest.raises(TryLater):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert len(connector.calls) == 4


async def test_a_long_wait_is_spent_in_the_queue(teams: ConnectorTeams, connector: StandIn, waits: Waits) -> None:
    connector.faults.append(Misbehaviour(429, retry_after="30"))
    with pytest.raises(TryLater) as later:
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert later.value.after == timedelta(seconds=30)
    assert waits.seconds == []


async def test_nobody_listens(tokens: Tokens, clock: SimulatedClock, waits: Waits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    teams = _teams(tokens, clock, allowed=(dead,), waits=waits)
    with pytest.raises(TryLater):
        await teams.post(CHANNEL, CARD, service_url=dead)
    assert len(waits.seconds) == 3
    await teams.close()


async def test_a_refused_token_is_renewed_once(teams: ConnectorTeams, connector: StandIn, tokens: Tokens) -> None:
    connector.bearer = "token-2"
    await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert tokens.number == 2
    connector.bearer = "never"
    with pytest.raises(Misconfigured):
        await teams.post(CHANNEL, CARD, service_url=connector.url)


async def test_too_large_is_our_fault_and_says_how_large(
    teams: ConnectorTeams, connector: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    connector.faults.append(Misbehaviour(413, code="MessageSizeTooBig"))
    with caplog.at_level(logging.ERROR), pytest.raises(Refused) as refusal:
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert refusal.value.code == "too_large"
    (record,) = caplog.records
    said = re.fullmatch(r"activity_too_large bytes=(\d+) code=MessageSizeTooBig", record.getMessage())
    assert said is not None
    assert int(said[1]) > 4000
    assert CHECKED.question not in str(record.__dict__)


async def test_what_teams_finds_wrong_is_not_repeated(teams: ConnectorTeams, connector: StandIn) -> None:
    connector.faults.append(Misbehaviour(400, code="BadArgument"))
    with pytest.raises(CairnError, match="400 BadArgument"):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert len(connector.calls) == 1


@pytest.mark.parametrize("url", ["https://evil.example", "", "https://evil.trafficmanager.net/emea/"])
async def test_the_token_goes_nowhere_else(teams: ConnectorTeams, connector: StandIn, tokens: Tokens, url: str) -> None:
    for attempt in (
        teams.post(CHANNEL, CARD, service_url=url),
        teams.update(CHANNEL, "1", CARD, service_url=url),
        teams.withdraw(CHANNEL, "1", service_url=url),
        teams.personal_conversation(DANA.key, service_url=url),
    ):
        with pytest.raises(Refused) as refusal:
            await attempt
        assert refusal.value.code == "foreign_service_url"
    assert tokens.given == []
    assert connector.calls == []


async def test_a_conversation_id_can_not_leave_its_place_in_the_address(tokens: Tokens, clock: SimulatedClock) -> None:
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(200, json={"id": "1"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        teams = _teams(tokens, clock, http=http)
        await teams.update("../other?x=1#y", "../../z", CARD, service_url=EMEA)
    assert asked == [b"/emea/v3/conversations/..%2Fother%3Fx=1%23y/activities/..%2F..%2Fz"]


async def test_a_burst_is_spread_out_and_then_put_off(
    teams: ConnectorTeams, connector: StandIn, clock: SimulatedClock, waits: Waits
) -> None:
    for _ in range(7):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    assert sum(waits.seconds) >= 1
    while len(connector.conversations[CHANNEL]) < 59:
        await teams.say(CHANNEL, "again", service_url=connector.url)
    with pytest.raises(TryLater):
        await teams.post(CHANNEL, CARD, service_url=connector.url)
    clock.advance(timedelta(seconds=31))
    await teams.post(CHANNEL, CARD, service_url=connector.url)


async def test_another_region_has_its_own_client_and_the_same_connections(
    tokens: Tokens, clock: SimulatedClock
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(201, json={"id": "1"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        teams = _teams(tokens, clock, http=http)
        await teams.post(CHANNEL, CARD, service_url=EMEA)
        await teams.post(CHANNEL, CARD, service_url="https://smba.trafficmanager.net/amer/")
    path = "/v3/conversations/19:9d1c8f0e2b3a4c5d@thread.tacv2;messageid=1741000000000/activities"
    assert asked == [f"https://smba.trafficmanager.net/{region}{path}" for region in ("emea", "amer")]


async def test_an_answer_without_an_id_is_looked_up_before_posting_again(tokens: Tokens, clock: SimulatedClock) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    async with httpx.AsyncClient(transport=transport) as http:
        teams = _teams(tokens, clock, http=http)
        with pytest.raises(TryLater):
            await teams.post(CHANNEL, CARD, service_url=EMEA)
        await teams.update(CHANNEL, "1", CARD, service_url=EMEA)


def test_the_fingerprint_follows_what_is_shown(teams: ConnectorTeams) -> None:
    assert teams.fingerprint(CARD) == teams.fingerprint(samples.answered())
    assert teams.fingerprint(CARD) != teams.fingerprint(samples.answered(private=True))
    unseen = samples.answered(replace(CHECKED, topics=("vpn",)))
    assert teams.fingerprint(CARD) == teams.fingerprint(unseen)
    assert POSTING in str(teams.render(CARD))


async def test_check_needs_a_token(teams: ConnectorTeams, tokens: Tokens) -> None:
    await teams.check()
    assert tokens.given == ["token-1"]
