"""Each way in which the tenant misbehaves when it is told to, and that it does not otherwise."""

import base64
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from local.clock import SimulatedClock
from local.tenant.faults import ErrorRates, Faults, TokenFault
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from local.tenant.tokens import CHANGE_TRACKING_APP
from tests.local.tenant.conftest import Company, Subscribe
from tests.local.tenant.listener import APP_ID, APP_SECRET, Certificate, GraphCaller, Listener, ask_for_token
from tests.local.tenant.opening import open_content


async def _say(tenant: Tenant, company: Company, times: int = 1) -> list[str]:
    said = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(times)]
    await tenant.flush()
    return said


def _ids(listener: Listener) -> list[str]:
    return [item["resourceData"]["id"] for item in listener.items]


async def test_duplicates_arrive_twice(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    tenant.faults = Faults(duplicate=1.0)
    said = await _say(tenant, company, 3)
    assert sorted(_ids(listener)) == sorted(said * 2)
    assert tenant.counters.due == tenant.counters.accepted == 6


async def test_dropped_ones_never_arrive_and_are_counted(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    tenant.faults = Faults(drop=0.5)
    said = await _say(tenant, company, 40)
    clock.advance(timedelta(hours=5))
    await tenant.flush()
    assert 5 < len(listener.items) < 35
    assert len(listener.items) + tenant.counters.dropped == len(said)


async def test_delayed_ones_arrive_when_their_time_has_come(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    tenant.faults = Faults(delay=1.0, delay_by=timedelta(minutes=2))
    said = await _say(tenant, company)
    assert listener.items == []
    clock.advance(timedelta(minutes=2))
    await tenant.flush()
    assert _ids(listener) == said


async def test_reordered_ones_arrive_all_but_not_in_order(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    await tenant.notifier.stop()
    tenant.faults = Faults(reorder=0.3)
    said = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(30)]
    tenant.notifier.start()
    await tenant.flush()
    assert _ids(listener) != said
    assert sorted(_ids(listener)) == sorted(said)


async def test_without_faults_everything_arrives_once_and_in_order(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener
) -> None:
    await subscribe()
    said = await _say(tenant, company, 30)
    assert _ids(listener) == said


async def test_spoilt_content(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, certificate: Certificate
) -> None:
    await subscribe()
    for faults in (Faults(without_content=1.0), Faults(tampered=1.0), Faults(wrong_key=1.0)):
        tenant.faults = faults
        await _say(tenant, company)
    without, tampered, foreign = listener.items
    assert "encryptedContent" not in without
    with pytest.raises(InvalidSignature):
        open_content(certificate.key, tampered["encryptedContent"])
    with pytest.raises(ValueError):
        open_content(certificate.key, foreign["encryptedContent"])
    assert len(base64.b64decode(foreign["encryptedContent"]["dataKey"])) == 256


async def test_validation_tokens_can_be_wrong_in_each_way(
    tenant: Tenant, company: Company, subscribe: Subscribe, listener: Listener, clock: SimulatedClock
) -> None:
    await subscribe()
    async with outgoing_client(5) as client:
        published = (await client.get(f"{tenant.url}/login/common/discovery/v2.0/keys")).json()
    keys = KeySet.import_key_set(published)
    for fault in TokenFault:
        tenant.faults.validation_token = fault
        await _say(tenant, company)
        tokens = listener.batches[-1]["validationTokens"]
        if fault is TokenFault.MISSING:
            assert tokens == []
            continue
        if fault is TokenFault.FOREIGN_KEY:
            with pytest.raises(JoseError):
                jwt.decode(tokens[0], keys, algorithms=["RS256"])
            continue
        claims = jwt.decode(tokens[0], keys, algorithms=["RS256"]).claims
        assert (claims["exp"] < clock.now().timestamp()) == (fault is TokenFault.EXPIRED)
        assert (claims["tid"] != tenant.id) == (fault is TokenFault.FOREIGN_TENANT)
        assert (claims["tid"] not in claims["iss"]) is False
        assert (claims["aud"] != APP_ID) == (fault is TokenFault.WRONG_AUDIENCE)
        assert (claims["azp"] != CHANGE_TRACKING_APP) == (fault is TokenFault.WRONG_PARTY)
    tenant.faults.validation_token = None
    await _say(tenant, company)
    jwt.decode(listener.batches[-1]["validationTokens"][0], keys, algorithms=["RS256"])


@pytest.mark.parametrize(
    ("rates", "status"),
    [
        (ErrorRates(too_many=1.0, retry_after=7), 429),
        (ErrorRates(internal=1.0), 500),
        (ErrorRates(unavailable=1.0, retry_after=7), 503),
        (ErrorRates(gateway_timeout=1.0), 504),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "rates",
)
async def test_graph_and_connector_fail_each_by_their_own_rates(
    tenant: Tenant, company: Company, graph: GraphCaller, rates: ErrorRates, status: int
) -> None:
    await tenant.install(company.chat, by=company.ann)
    members = f"{tenant.url}/connector/v3/conversations/{company.chat}/members"
    async with outgoing_client(5) as client:
        token = (await ask_for_token(client, tenant, "https://api.botframework.com/.default")).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        tenant.faults = Faults(graph=rates)
        answer = await graph.call("GET", f"/teams/{company.team}")
        assert answer.status_code == status
        assert answer.headers.get("retry-after") == ("7" if status in (429, 503) else None)
        assert answer.json()["error"]["innerError"]["request-id"]
        assert (await client.get(members, headers=headers)).status_code == 200
        tenant.faults = Faults(connector=rates)
        answer = await client.get(members, headers=headers)
        assert answer.status_code == status
        assert answer.headers.get("retry-after") == ("7" if status in (429, 503) else None)
        assert answer.json()["error"]["code"]
    assert (await graph.call("GET", f"/teams/{company.team}")).status_code == 200


async def test_a_script_of_statuses_comes_first_and_in_order(
    tenant: Tenant, company: Company, graph: GraphCaller
) -> None:
    tenant.faults.graph.script = [503, 0, 429]
    statuses = [(await graph.call("GET", f"/teams/{company.team}")).status_code for _ in range(4)]
    assert statuses == [503, 200, 429, 200]


async def test_a_lost_answer_hides_work_that_was_done(tenant: Tenant, company: Company) -> None:
    await tenant.install(company.chat, by=company.ann)
    tenant.faults.connector.lost_answer = 1.0
    async with outgoing_client(5) as client:
        token = (await ask_for_token(client, tenant, "https://api.botframework.com/.default")).json()
        answer = await client.post(
            f"{tenant.url}/connector/v3/conversations/{company.chat}/activities",
            headers={"Authorization": f"Bearer {token['access_token']}"},
            json={"type": "message", "text": "posted"},
        )
    assert answer.status_code == 504
    assert tenant.messages(company.chat)[-1].content == "<p>posted</p>"


async def test_the_same_seed_misbehaves_in_the_same_way(clock: SimulatedClock, listener: Listener) -> None:
    async def dropped(seed: int) -> list[bool]:
        async with Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, seed=seed) as tenant:
            return [tenant.core.injected_status(ErrorRates(internal=0.5)) is not None for _ in range(40)]

    assert await dropped(1) == await dropped(1)
    assert await dropped(1) != await dropped(2)
