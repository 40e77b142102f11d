"""An activity is believed only with the Bot Connector's word for it."""

import base64
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from shared.adapters.identity.keys import SigningKeys
from shared.adapters.teams.authenticity import BotTokens
from shared.errors import Refused, TryLater
from tests.adapters.teams.samples import NOON

APP = "aaaaaaaa-0000-4000-8000-000000000001"
URL = "https://smba.trafficmanager.net/emea/"
_KEY = RSAKey.generate_key(2048, {"kid": "bot", "use": "sig"})
_OTHER = RSAKey.generate_key(2048, {"kid": "bot", "use": "sig"})
_SLACK = RSAKey.generate_key(2048, {"kid": "slack", "use": "sig"})
_PLAIN = RSAKey.generate_key(2048, {"kid": "plain", "use": "sig"})


def _public(key: RSAKey, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


PUBLISHED = [
    _public(_KEY, endorsements=["webchat", "msteams"]),
    _public(_SLACK, endorsements=["slack"]),
    _public(_PLAIN),
]


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(NOON.timestamp())
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "nbf": now - 60,
        "exp": now + 3600,
        "serviceurl": URL,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _token(key: RSAKey = _KEY, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid, **(header or {})}, _claims(**changed), key)


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (header, claims))
    return ".".join(parts) + "."


@pytest.fixture
async def tokens() -> AsyncIterator[BotTokens]:
    def publish(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openidconfiguration"):
            return httpx.Response(200, json={"jwks_uri": "https://login.test/keys"})
        return httpx.Response(200, json={"keys": PUBLISHED})

    async with httpx.AsyncClient(transport=httpx.MockTransport(publish)) as http:
        keys = SigningKeys("https://login.test/v1/.well-known/openidconfiguration", http, metadata=True)
        yield BotTokens(keys=keys, app_id=APP)


async def _check(tokens: BotTokens, token: str, *, url: str = URL, **later: int) -> None:
    await tokens.check(f"Bearer {token}", service_url=url, now=NOON + timedelta(**later))


async def test_the_connector_is_believed(tokens: BotTokens) -> None:
    await _check(tokens, _token())
    await _check(tokens, _token(), url=URL.rstrip("/"))
    await _check(tokens, _token(_PLAIN))
    await tokens.check(f"bearer  {_token()}", service_url=URL, now=NOON)


async def test_five_minutes_of_a_wrong_clock_are_forgiven(tokens: BotTokens) -> None:
    await _check(tokens, _token(), minutes=64)
    await _check(tokens, _token(), minutes=-5)
    for minutes in (66, -7):
        with pytest.raises(Refused):
            await _check(tokens, _token(), minutes=minutes)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://sts.windows.net/t/"},
        {"iss": None},
        {"aud": "another app"},
        {"aud": None},
        {"exp": None},
        {"exp": "never"},
        {"exp": int(NOON.timestamp()) - 301},
        {"nbf": int(NOON.timestamp()) + 301},
        {"nbf": "soon"},
        {"serviceurl": "https://smba.trafficmanager.net/amer/"},
        {"serviceurl": None},
        {"serviceurl": 7},
    ],
    ids=str,
)
async def test_what_it_says_must_fit(tokens: BotTokens, changed: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        await _check(tokens, _token(**changed))
    assert refusal.value.code == "bad_token"


@pytest.mark.parametrize(
    "token",
    [
        _token(_OTHER),
        _token(_SLACK),
        _token(header={"kid": "unknown"}),
        _token()[:-4] + "AAAA",
        jwt.encode({"alg": "HS256", "kid": "bot"}, _claims(), OctKey.import_key(str(_KEY.as_dict()["n"]))),
        jwt.encode({"alg": "RS512", "kid": "bot"}, _claims(), _KEY, algorithms=["RS512"]),
        _unsigned({"alg": "none", "kid": "bot"}, _claims()),
        _unsigned({"alg": "RS256"}, _claims()),
        "not.a.token",
        "x",
        "a.b.c.d.e",
        "." * 50,
        "ä.ö.ü",
        "A" * 100_000,
        base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AA",
    ],
    ids=range(15),
)
async def test_what_the_connector_did_not_sign_is_refused(
    tokens: BotTokens, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as refusal:
        await _check(tokens, token)
    assert refusal.value.code == "bad_token"
    assert token not in str(refusal.value)
    assert token not in caplog.text


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", f"Basic {_token()}", _token()])
async def test_without_a_bearer_token_nothing_is_believed(tokens: BotTokens, authorization: str) -> None:
    with pytest.raises(Refused) as refusal:
        await tokens.check(authorization, service_url=URL, now=NOON)
    assert refusal.value.code == "bad_token"


async def test_an_activity_without_a_service_url_is_refused(tokens: BotTokens) -> None:
    with pytest.raises(Refused):
        await _check(tokens, _token(serviceurl=""), url="")


async def test_without_keys_there_is_no_verdict() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    async with httpx.AsyncClient(transport=transport) as http:
        tokens = BotTokens(keys=SigningKeys("https://login.test", http, metadata=True), app_id=APP)
        with pytest.raises(TryLater):
            await _check(tokens, _token())
