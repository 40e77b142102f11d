"""Validation tokens, genuine and forged, and a publisher of Entra's keys."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from shared.adapters.graph.authenticity import CHANGE_TRACKING_APP

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
TENANT = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64"
OTHER_TENANT = "11111111-6a55-4f0e-9a37-5a1c0f2b7e64"
APP = "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
OTHER_APP = "22222222-7a54-4c5e-9a53-0c1f4e8d2b10"
ENTRA = RSAKey.generate_key(2048, {"kid": "entra", "use": "sig"})
NEXT = RSAKey.generate_key(2048, {"kid": "next", "use": "sig"})
FORGER = RSAKey.generate_key(2048, {"kid": "entra", "use": "sig"})


def claims(**changed: Any) -> dict[str, Any]:
    """What Graph's tokens say (v1); None takes a claim away."""
    now = int(NOON.timestamp())
    tenant = changed.get("tid", TENANT)
    everything = {
        "aud": APP,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "appid": CHANGE_TRACKING_APP,
        "appidacr": "2",
        "tid": tenant,
        "ver": "1.0",
    } | changed
    return {name: value for name, value in everything.items() if value is not None}


def claims_v2(**changed: Any) -> dict[str, Any]:
    """What Graph's tokens say (v2)."""
    tenant = changed.get("tid", TENANT)
    issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
    return claims(**{"iss": issuer, "appid": None, "azp": CHANGE_TRACKING_APP, "ver": "2.0"} | changed)


def signed(what: dict[str, Any], key: RSAKey = ENTRA, **header: Any) -> str:
    """A token with these claims, signed as Entra signs."""
    return jwt.encode(
        {"typ": "JWT", "alg": "RS256", "kid": key.kid} | header, what, key, registry=_AnythingGoes(algorithms=["RS256"])
    )


def token(**changed: Any) -> str:
    """A genuine token, or one with other claims."""
    return signed(claims(**changed))


def raw(*parts: object) -> str:
    """Parts put together as a token: JSON for what is no bytes."""
    encoded = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in encoded)


class _AnythingGoes(JWSRegistry):
    """Signs whatever header it is given."""

    max_header_length = 100_000

    def check_header(self, header: dict[str, Any]) -> None:
        return


@dataclass
class Entra:
    """Publishes keys, counts who asks, and can be away."""

    keys: list[RSAKey] = field(default_factory=lambda: [ENTRA])
    asked: int = 0
    away: bool = False
    other_addresses: list[str] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "login.test":
            self.other_addresses.append(str(request.url))
        self.asked += 1
        if self.away:
            return httpx.Response(503)
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})


@dataclass
class Clock:
    """A clock that a test moves."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)
