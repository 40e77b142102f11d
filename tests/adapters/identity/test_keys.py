"""Signing keys: fetched when needed, kept for a day, and never fetched at a stranger's bidding."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused, TryLater

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
_FIRST = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
_SECOND = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})


@dataclass
class Publisher:
    """Publishes keys, counts who asks, and can be away."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [_public(_FIRST)])
    asked: int = 0
    failures: int = 0
    jwks_uri: str = "https://keys.test/jwks"
    body: str | None = None

    async def jwks(self, request: Request) -> Response:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            return Response(status_code=503)
        return PlainTextResponse(self.body) if self.body is not None else JSONResponse({"keys": self.keys})

    async def metadata(self, request: Request) -> Response:
        return JSONResponse({"issuer": "https://api.botframework.com", "jwks_uri": self.jwks_uri})

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/jwks", self.jwks), Route("/openid", self.metadata)])


def _public(key: RSAKey, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
async def http(publisher: Publisher) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=publisher.app())) as client:
        yield client


@pytest.fixture
def keys(http: httpx.AsyncClient) -> SigningKeys:
    return SigningKeys("https://keys.test/jwks", http, metadata=False)


async def test_a_published_key_is_found_with_what_it_carries(keys: SigningKeys, publisher: Publisher) -> None:
    publisher.keys = [_public(_FIRST, endorsements=["msteams"])]
    key = await keys.key_for("first", NOON)
    assert key.get("endorsements") == ["msteams"]
    assert key.thumbprint() == _FIRST.thumbprint()


async def test_keys_are_found_by_way_of_metadata(http: httpx.AsyncClient) -> None:
    keys = SigningKeys("https://keys.test/openid", http, metadata=True)
    assert (await keys.key_for("first", NOON)).kid == "first"


async def test_metadata_may_not_lead_away_from_https(http: httpx.AsyncClient, publisher: Publisher) -> None:
    publisher.jwks_uri = "http://keys.test/jwks"
    keys = SigningKeys("https://keys.test/openid", http, metadata=True)
    with pytest.raises(TryLater):
        await keys.key_for("first", NOON)
    assert publisher.asked == 0


async def test_keys_are_fetched_once_a_day(keys: SigningKeys, publisher: Publisher) -> None:
    for hours in (0, 1, 23):
        await keys.key_for("first", NOON + timedelta(hours=hours))
    assert publisher.asked == 1
    await keys.key_for("first", NOON + timedelta(hours=24))
    assert publisher.asked == 2


async def test_a_key_that_is_no_longer_published_ends_within_a_day(keys: SigningKeys, publisher: Publisher) -> None:
    await keys.key_for("first", NOON)
    publisher.keys = [_public(_SECOND)]
    with pytest.raises(Refused):
        await keys.key_for("first", NOON + timedelta(hours=25))


async def test_an_unknown_key_id_is_looked_for_once_and_not_again_for_five_minutes(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await keys.key_for("first", NOON)
    later = NOON + timedelta(minutes=6)
    for _ in range(50):
        with pytest.raises(Refused) as refusal:
            await keys.key_for("forged", later)
        assert refusal.value.code == "bad_token"
    assert publisher.asked == 2
    publisher.keys.append(_public(_SECOND))
    assert (await keys.key_for("second", later + timedelta(minutes=5))).kid == "second"


async def test_a_token_that_waited_in_a_queue_needs_no_new_keys(keys: SigningKeys, publisher: Publisher) -> None:
    await keys.key_for("first", NOON)
    assert (await keys.key_for("first", NOON - timedelta(days=2))).kid == "first"
    assert publisher.asked == 1


async def test_a_passing_failure_is_tried_again(keys: SigningKeys, publisher: Publisher) -> None:
    publisher.failures = 2
    assert (await keys.key_for("first", NOON)).kid == "first"


async def test_while_the_publisher_is_away_known_keys_hold_for_some_days(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await keys.key_for("first", NOON)
    publisher.failures = 1000
    assert (await keys.key_for("first", NOON + timedelta(days=4))).kid == "first"
    with pytest.raises(TryLater):
        await keys.key_for("second", NOON + timedelta(days=4, minutes=6))
    with pytest.raises(TryLater):
        await keys.key_for("first", NOON + timedelta(days=6))


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"keys": {}}'])
async def test_nonsense_in_place_of_keys_is_no_verdict_on_the_token(
    keys: SigningKeys, publisher: Publisher, body: str
) -> None:
    publisher.body = body
    with pytest.raises(TryLater):
        await keys.key_for("first", NOON)


async def test_nothing_listens_there() -> None:
    keys = SigningKeys("http://127.0.0.1:1/jwks", metadata=False)
    with pytest.raises(TryLater):
        await keys.key_for("first", NOON)


@pytest.mark.filterwarnings("ignore:Key size")
async def test_keys_that_may_not_sign_are_left_out_and_hide_no_other(keys: SigningKeys, publisher: Publisher) -> None:
    weak = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig"})
    publisher.keys = [
        {"kty": "RSA", "kid": "damaged", "n": "!!", "e": "AQAB"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        _public(weak),
        _public(_SECOND, use="enc"),
        _public(_FIRST),
    ]
    assert (await keys.key_for("first", NOON)).kid == "first"
    for kid in ("damaged", "secret", "weak", "second"):
        with pytest.raises(Refused):
            await keys.key_for(kid, NOON)


async def test_a_key_id_is_a_short_text(keys: SigningKeys, publisher: Publisher) -> None:
    for kid in ("", "k" * 201):
        with pytest.raises(Refused):
            await keys.key_for(kid, NOON)
    assert publisher.asked == 0


async def test_a_withdrawn_key_serves_for_what_was_received_before_for_as_long_as_a_queue_keeps_it(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await keys.key_for("first", NOON)
    publisher.keys = [_public(_SECOND)]
    for days in range(1, 12):
        await keys.key_for("second", NOON + timedelta(days=days))
        received = NOON + timedelta(hours=1)
        if days < 9:
            waited = await keys.key_for("first", NOON + timedelta(days=days), received_at=received)
            assert waited.kid == "first"
    with pytest.raises(Refused):
        await keys.key_for("first", NOON + timedelta(days=11), received_at=received)


async def test_an_unknown_id_waits_while_it_may_have_been_published_since(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await keys.key_for("first", NOON)
    publisher.keys.append(_public(_SECOND))
    soon = NOON + timedelta(minutes=2)
    with pytest.raises(TryLater) as later:
        await keys.key_for("second", soon, received_at=soon)
    assert later.value.after == timedelta(minutes=3)
    assert publisher.asked == 1
    found = await keys.key_for("second", soon + later.value.after, received_at=soon)
    assert found.kid == "second"


async def test_nobody_is_refused_by_keys_that_could_not_be_fetched(keys: SigningKeys, publisher: Publisher) -> None:
    """While known keys are used past their day because the publisher is away, an unknown id proves nothing."""
    await keys.key_for("first", NOON)
    publisher.failures = 1000
    tomorrow = NOON + timedelta(hours=25)
    assert (await keys.key_for("first", tomorrow)).kid == "first"
    with pytest.raises(TryLater):
        await keys.key_for("second", tomorrow + timedelta(seconds=1))
