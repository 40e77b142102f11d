"""The public keys by which others sign what they send us, fetched when needed and kept for a day."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from shared.errors import Refused, TryLater

FRESH = timedelta(hours=24)
"""How long fetched keys are used before they are fetched again."""
AT_MOST_EACH = timedelta(minutes=5)
"""How often an unknown key id may make us fetch: forged tokens must not turn us against whoever publishes the keys."""
STALE = timedelta(days=5)
"""How old known keys may grow while their publisher can't be reached (as long as the Bot Framework SDKs keep them)."""
_ATTEMPTS = 3
_SECONDS = 5.0
"""An activity must be answered within 10 seconds, the fetching of keys included."""


class SigningKeys:
    """One publisher's RSA keys by key id (RFC 7517), found directly or by way of its OpenID metadata."""

    def __init__(self, url: str, http: httpx2.AsyncClient | None = None, *, metadata: bool) -> None:
        """`url` is a JWK Set, or with `metadata` an OpenID configuration whose `jwks_uri` names it.

        Without `http`, a client is made for each fetch. Nothing is fetched yet.
        """
        self._url = url
        self._http = http
        self._metadata = metadata
        self._keys: dict[str, RSAKey] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key_for(self, kid: str, now: datetime) -> RSAKey:
        """The key with that id, as published at about `now`, with all members of its JWK (`endorsements` too).

        A `now` before the last fetch is fine: a token may have waited in a queue. Raises `Refused`
        (`bad_token`) for an id that is not published, `TryLater` when the publisher can't be reached.
        """
        if not self._settled(kid, now):
            async with self._fetching:
                if not self._settled(kid, now):
                    await self._refresh(kid, now)
        key = self._keys.get(kid)
        if key is None:
            raise Refused("the token is signed with a key that is not published", code="bad_token")
        return key

    def _settled(self, kid: str, now: datetime) -> bool:
        """Whether there is nothing to be gained by fetching for this key id at this moment."""
        if self._fetched_at is None or self._asked_at is None:
            return False
        if now - self._fetched_at < FRESH and kid in self._keys:
            return True
        return now - self._asked_at < AT_MOST_EACH

    async def _refresh(self, kid: str, now: datetime) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                keys = await self._fetch()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TimeoutError) as error:
            known = kid in self._keys and self._fetched_at is not None and now - self._fetched_at < STALE
            if not known:
                reason = f"the signing keys at {urlsplit(self._url).hostname} can't be had"
                raise TryLater(reason, after=timedelta(seconds=10)) from error
            self._asked_at = now
        else:
            self._keys, self._fetched_at, self._asked_at = keys, now, now

    async def _fetch(self) -> dict[str, RSAKey]:
        if self._http is not None:
            return await self._fetch_with(self._http)
        async with httpx2.AsyncClient(timeout=_SECONDS) as http:
            return await self._fetch_with(http)

    async def _fetch_with(self, http: httpx2.AsyncClient) -> dict[str, RSAKey]:
        address = self._url
        if self._metadata:
            address = str((await _json_object(http, self._url)).get("jwks_uri"))
            if self._url.startswith("https://") and not address.startswith("https://"):
                raise ValueError("the metadata leads to keys that are not served over https")
        published = (await _json_object(http, address)).get("keys")
        if not isinstance(published, list):
            raise ValueError("a key set has a list of keys")  # noqa: TRY004 - what was published is wrong, not its type
        return {key.kid: key for key in map(_rsa_key, published) if key is not None and key.kid}


async def _json_object(http: httpx2.AsyncClient, address: str) -> dict[str, Any]:
    """Fetch a JSON object; transport errors and 5xx are tried again within bounds, then raised."""
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        retry=retry_if_exception_type(httpx2.HTTPError),
        reraise=True,
    ):
        with attempt:
            response = await http.get(address)
            response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise ValueError("a JSON object was expected")  # noqa: TRY004
    return found


def _rsa_key(published: object) -> RSAKey | None:
    """A published key, or None for one of another kind, for another use, or damaged: it must not hide the others."""
    if not isinstance(published, dict) or published.get("kty") != "RSA" or published.get("use", "sig") != "sig":
        return None
    public = {name: value for name, value in published.items() if name not in ("d", "p", "q", "dp", "dq", "qi", "oth")}
    try:
        key = RSAKey.import_key(public)
        strong = key.public_key.key_size >= 2048
    except (JoseError, ValueError):
        return None
    return key if strong else None
