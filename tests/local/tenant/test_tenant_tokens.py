"""Entra's door and the tokens that the other doors ask for."""

from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from local.clock import SimulatedClock
from local.tenant.keys import KeyUse
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company
from tests.local.tenant.listener import APP_ID, GraphCaller, ask_for_token

_GRAPH = "https://graph.microsoft.com/.default"
_CONNECTOR = "https://api.botframework.com/.default"


async def _keys(client: httpx.AsyncClient, configuration: str) -> KeySet:
    document = (await client.get(configuration)).json()
    return KeySet.import_key_set((await client.get(document["jwks_uri"])).json())


@pytest.mark.parametrize(("scope", "where"), [(_GRAPH, None), (_CONNECTOR, None), (_CONNECTOR, "botframework.com")])
async def test_a_token_names_its_audience_and_is_signed_by_a_published_key(
    tenant: Tenant, clock: SimulatedClock, scope: str, where: str | None
) -> None:
    async with outgoing_client(5) as client:
        answer = await ask_for_token(client, tenant, scope, where=where)
        keys = await _keys(client, f"{tenant.url}/login/{tenant.id}/v2.0/.well-known/openid-configuration")
    body = answer.json()
    claims = jwt.decode(body["access_token"], keys, algorithms=["RS256"]).claims
    assert body["token_type"] == "Bearer"
    assert claims["aud"] == scope.removesuffix("/.default")
    assert claims["tid"] == tenant.id
    assert claims["appid"] == APP_ID
    assert claims["exp"] == int(clock.now().timestamp()) + 3600
    assert ("roles" in claims) == (scope == _GRAPH)


async def test_a_wrong_secret_is_refused_as_entra_does(tenant: Tenant) -> None:
    async with outgoing_client(5) as client:
        answer = await ask_for_token(client, tenant, _GRAPH, secret="guess")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "AADSTS7000215" in answer.json()["error_description"]


async def test_other_wrong_requests_for_tokens(tenant: Tenant) -> None:
    form = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": "x", "scope": _GRAPH}
    async with outgoing_client(5) as client:
        url = f"{tenant.url}/login/{tenant.id}/oauth2/v2.0/token"
        for changes, error in (
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"client_id": "somebody"}, "unauthorized_client"),
        ):
            answer = await client.post(url, data=form | changes)
            assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert (await ask_for_token(client, tenant, "User.Read")).json()["error"] == "invalid_scope"
        elsewhere = await ask_for_token(client, tenant, _GRAPH, where="another-tenant")
        assert (elsewhere.status_code, elsewhere.json()["error"]) == (400, "invalid_request")


async def test_the_bot_framework_has_keys_of_its_own(tenant: Tenant) -> None:
    async with outgoing_client(5) as client:
        document = (await client.get(f"{tenant.url}/login/botframework/v1/.well-known/openidconfiguration")).json()
        assert document["issuer"] == "https://api.botframework.com"
        bot = (await client.get(document["jwks_uri"])).json()["keys"]
        entra = (await client.get(f"{tenant.url}/login/common/discovery/v2.0/keys")).json()["keys"]
    assert {key["kid"] for key in bot}.isdisjoint(key["kid"] for key in entra)
    assert bot[0]["endorsements"] == ["msteams"]
    assert not {"d", "p", "q"} & set(bot[0])


async def test_graph_asks_for_a_token_of_its_own_that_holds(
    tenant: Tenant, graph: GraphCaller, company: Company, clock: SimulatedClock
) -> None:
    path = f"/teams/{company.team}"
    assert (await graph.call("GET", path)).status_code == 200
    good = graph.token
    async with outgoing_client(5) as client:
        for_connector = (await ask_for_token(client, tenant, _CONNECTOR)).json()["access_token"]
    for token in ("nonsense", "a.b.c", f"{good}x", for_connector):
        answer = await graph.call("GET", path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
        assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert (await graph.call("GET", path, headers={"Authorization": f"Basic {good}"})).status_code == 401
    clock.advance(timedelta(minutes=59))
    assert (await graph.call("GET", path)).status_code == 200
    clock.advance(timedelta(minutes=1))
    assert (await graph.call("GET", path)).status_code == 401


async def test_expired_by_hand_a_token_is_worth_nothing_and_a_new_one_is(
    tenant: Tenant, graph: GraphCaller, company: Company
) -> None:
    path = f"/teams/{company.team}"
    assert (await graph.call("GET", path)).status_code == 200
    tenant.expire_access_tokens()
    assert (await graph.call("GET", path)).status_code == 401
    await graph.sign_in()
    assert (await graph.call("GET", path)).status_code == 200


async def test_a_token_keeps_the_permissions_with_which_it_was_issued(
    tenant: Tenant, graph: GraphCaller, company: Company
) -> None:
    path = f"/chats/{company.chat}/messages"
    assert (await graph.call("GET", path)).status_code == 200
    tenant.consent_to("User.Read.All")
    assert (await graph.call("GET", path)).status_code == 200
    await graph.sign_in()
    assert (await graph.call("GET", path)).status_code == 403


async def test_after_a_rotation_old_keys_stay_for_a_day(
    tenant: Tenant, graph: GraphCaller, company: Company, clock: SimulatedClock
) -> None:
    configuration = f"{tenant.url}/login/{tenant.id}/v2.0/.well-known/openid-configuration"
    await graph.sign_in()
    old = graph.token or ""
    async with outgoing_client(5) as client:
        tenant.rotate_keys(KeyUse.ENTRA)
        await graph.sign_in()
        both = await _keys(client, configuration)
        jwt.decode(old, both, algorithms=["RS256"])
        jwt.decode(graph.token or "", both, algorithms=["RS256"])
        clock.advance(timedelta(hours=25))
        left = await _keys(client, configuration)
    jwt.decode(graph.token or "", left, algorithms=["RS256"])
    with pytest.raises(InvalidKeyIdError):
        jwt.decode(old, left, algorithms=["RS256"])
    assert len(left.keys) == len(both.keys) - 1
