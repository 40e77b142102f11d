"""The public keys by which others sign what they send us, fetched when needed and kept for a day."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
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
WITHDRAWN = timedelta(days=8)
"""How long a key is remembered that is published no more: longer than a message may wait in a queue (7 days)."""
AWAY = timedelta(seconds=10)
"""How long a publisher that did not answer is left alone."""
_ATTEMPTS = 3
_SECONDS = 5.0
"""An activity must be answered within 10 seconds, the fetching of keys included."""
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class _Published:
    key: RSAKey
    gone_at: datetime | None = None
    """When it was first found to be published no more."""


class SigningKeys:
    """One publisher's RSA keys by key id (RFC 7517), found directly or by way of its OpenID metadata."""

    def __init__(self, url: str, http: httpx.AsyncClient | None = None, *, metadata: bool) -> None:
        """`url` is a JWK Set, or with `metadata` an OpenID configuration whose `jwks_uri` names it.

        Without `http`, a client is made for each fetch. Nothing is fetched yet.
        """
        self._url = url
        self._http = http
        self._metadata = metadata
        self._known: dict[str, _Published] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key_for(self, kid: str, now: datetime, *, received_at: datetime | None = None) -> RSAKey:
        """The key with that id, with all members of its JWK (`endorsements` too).

        `received_at` is for a token that may have waited before somebody looked at it: a key that was
        published then will do, and an id that is not known is refused only when keys were fetched since.
        Unknown ids make us fetch once in `AT_MOST_EACH`, however many there are.

        Raises `Refused` (`bad_token`) for an id that is not published, `TryLater` when that can't be told:
        the publisher is away, or may have changed its keys since it was last asked.
        """
        if not 0 < len(kid) <= _LONGEST_ID:
            raise Refused("the token names no key", code="bad_token")
        moment = received_at or now
        if not self._settled(kid, now, moment):
            async with self._fetching:
                if not self._settled(kid, now, moment):
                    await self._refresh(kid, now)
        known = self._known.get(kid)
        if known is not None and (known.gone_at is None or moment < known.gone_at):
            return known.key
        if self._may_be_new(received_at):
            after = max((self._asked_at or now) + AT_MOST_EACH - now, AWAY)
            raise TryLater("the token's key may have been published since keys were last fetched", after=after)
        raise Refused("the token is signed with a key that is not published", code="bad_token")

    def _may_be_new(self, received_at: datetime | None) -> bool:
        """Whether an unknown key may have been published after the last successful fetch."""
        if self._fetched_at is None or self._asked_at != self._fetched_at:
            return True
        return received_at is not None and received_at > self._fetched_at

    def _settled(self, kid: str, now: datetime, moment: datetime) -> bool:
        """Whether there is nothing to be gained by fetching for this key id, used at that moment."""
        if self._fetched_at is None or self._asked_at is None:
            return False
        known = self._known.get(kid)
        if known is not None and known.gone_at is not None and moment < known.gone_at:
            return True
        if known is not None and known.gone_at is None and now - self._fetched_at < FRESH:
            return True
        return now - self._asked_at < AT_MOST_EACH

    async def _refresh(self, kid: str, now: datetime) -> None:
        if self._failed_at is not None and timedelta(0) <= now - self._failed_at < AWAY:
            self._make_do(kid, now, None)
            return
        try:
            async with asyncio.timeout(_SECONDS):
                keys = await self._fetch()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, TimeoutError) as error:
            self._failed_at = now
            self._make_do(kid, now, error)
        else:
            self._known = self._succeeded_by(keys, now)
            self._fetched_at = self._asked_at = now
            self._failed_at = None

    def _make_do(self, kid: str, now: datetime, error: Exception | None) -> None:
        """The publisher is away: go on with the key if it was fetched not too long ago, else raise `TryLater`."""
        known = self._known.get(kid)
        fresh = self._fetched_at is not None and now - self._fetched_at < STALE
        if known is None or known.gone_at is not None or not fresh:
            reason = f"the signing keys at {urlsplit(self._url).hostname} can't be had"
            raise TryLater(reason, after=AWAY) from error
        self._asked_at = now

    def _succeeded_by(self, keys: Mapping[str, RSAKey], now: datetime) -> dict[str, _Published]:
        """The keys now published, and those that were until lately: a token signed before may still wait somewhere."""
        merged = {
            kid: _Published(known.key, known.gone_at or now)
            for kid, known in self._known.items()
            if known.gone_at is None or now - known.gone_at < WITHDRAWN
        }
        return merged | {kid: _Published(key) for kid, key in keys.items()}

    async def _fetch(self) -> dict[str, RSAKey]:
        if self._http is not None:
            return await self._fetch_with(self._http)
        async with httpx.AsyncClient(timeout=_SECONDS) as http:
            return await self._fetch_with(http)

    async def _fetch_with(self, http: httpx.AsyncClient) -> dict[str, RSAKey]:
        address = self._url
        if self._metadata:
            address = str((await _json_object(http, self._url)).get("jwks_uri"))
            if self._url.startswith("https://") and not address.startswith("https://"):
                raise ValueError("the metadata leads to keys that are not served over https")
        published = (await _json_object(http, address)).get("keys")
        if not isinstance(published, list):
            raise ValueError("a key set has a list of keys")  # noqa: TRY004 - what was published is wrong, not its type
        return {key.kid: key for key in map(_rsa_key, published) if key is not None and key.kid}


async def _json_object(http: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """Fetch a JSON object; transport errors and 5xx are tried again within bounds, then raised."""
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        retry=retry_if_exception_type(httpx.HTTPError),
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
