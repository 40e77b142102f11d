"""Know that a notification with content comes from Graph.

Protocol: Microsoft Learn, "Set up change notifications that include resource data", validation tokens:
each token is a JWT that Entra signed for an app and a tenant, asked for by Graph's change tracking service.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused

CHANGE_TRACKING_APP = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""The application id of Microsoft Graph Change Tracking (Microsoft Learn, as above)."""
LEEWAY = timedelta(minutes=5)
"""How far clocks may differ: what Microsoft's own token libraries allow unless told otherwise."""
MOST_TOKENS = 32
"""Graph sends one for each app and tenant in the batch, and those that are not ours have no business here."""
LONGEST = 16_384
"""Characters of a token; Entra's have about 1,500. Nothing longer is parsed."""
_REMEMBERED = 500
_ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Genuine:
    """A token that Entra signed for Graph's change tracking, whoever it is meant for."""

    not_before: datetime
    expires_at: datetime
    ours: bool


class ValidationTokens:
    """Checks validation tokens; one that was checked is remembered by its hash, since many items share it."""

    def __init__(
        self, *, keys: SigningKeys, app_id: str, tenant_id: str, now: Callable[[], datetime] | None = None
    ) -> None:
        """`now` is the clock by which keys are fetched; without one, the moment of receipt stands for it."""
        self._keys = keys
        self._app_id = app_id
        self._tenant_id = tenant_id
        self._now = now
        self._genuine: OrderedDict[bytes, _Genuine] = OrderedDict()
        self._registry = jws.JWSRegistry(algorithms=[_ALGORITHM], strict_check_header=False)

    async def check(self, tokens: Sequence[str], *, received_at: datetime) -> None:
        """Check the tokens of the batch in which an item of our tenant came.

        Every token of the batch must be genuine: signed by Entra, asked for by Graph, and valid when the
        batch was received. One that is not makes the whole batch suspicious, and all of it is refused
        (what was true in it comes back by reconciliation). Genuine tokens for other apps and tenants may
        stand beside ours, for whoever subscribes with our address has Graph send them here; but they
        vouch for nothing of ours: one token must be for our tenant and our app.

        The moment of receipt counts, not now: an item may have waited in a queue. Raises `Refused`
        (`no_token`, `too_many_tokens`, `bad_token`, `expired_token`, `foreign_token`), and `TryLater` when
        Entra's keys can't be had.
        """
        if not tokens:
            raise Refused("the notification carries content but no validation token", code="no_token")
        if len(tokens) > MOST_TOKENS:
            raise Refused(f"the batch carries more than {MOST_TOKENS} validation tokens", code="too_many_tokens")
        found = [await self._known(token, received_at) for token in dict.fromkeys(tokens)]
        if not all(token.not_before - LEEWAY <= received_at <= token.expires_at + LEEWAY for token in found):
            raise Refused("a validation token was not valid when it was received", code="expired_token")
        if not any(token.ours for token in found):
            raise Refused("no validation token is for our tenant and our app", code="foreign_token")

    async def _known(self, token: str, received_at: datetime) -> _Genuine:
        if len(token) > LONGEST or not token.isascii():
            raise Refused("a validation token is no token", code="bad_token")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._genuine.get(digest)
        if known is None:
            known = self._genuine[digest] = await self._verify(token, received_at)
            while len(self._genuine) > _REMEMBERED:
                self._genuine.popitem(last=False)
        return known

    async def _verify(self, token: str, received_at: datetime) -> _Genuine:
        now = self._now() if self._now else received_at
        key = await self._keys.key_for(self._key_id(token), now, received_at=received_at)
        claims = self._signed_claims(token, key)
        tenant = str(claims.get("tid")).lower()
        issuers = (f"https://sts.windows.net/{tenant}/", f"https://login.microsoftonline.com/{tenant}/v2.0")
        if not isinstance(claims.get("tid"), str) or claims.get("iss") not in issuers:
            raise Refused("a validation token's issuer is not Entra for its tenant", code="bad_token")
        # Entra's v1 tokens say who asked in `appid`, its v2 tokens in `azp`.
        if [claims[name] for name in ("appid", "azp") if name in claims] != [CHANGE_TRACKING_APP]:
            raise Refused("a validation token was not asked for by Graph", code="bad_token")
        return _Genuine(
            not_before=_moment(claims, "nbf"),
            expires_at=_moment(claims, "exp"),
            ours=tenant == self._tenant_id and claims.get("aud") == self._app_id,
        )

    def _key_id(self, token: str) -> str:
        """The key that a token's header names. Where else the header says to look for keys is never followed."""
        try:
            header = jws.extract_compact(token.encode(), registry=self._registry).headers()
            if header["alg"] != _ALGORITHM or "crit" in header or "b64" in header:
                raise Refused("a validation token is of another kind than Entra's", code="bad_token")
            kid = header["kid"]
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused("a validation token is no token", code="bad_token") from error
        if not isinstance(kid, str):
            raise Refused("a validation token names no key", code="bad_token")
        return kid

    def _signed_claims(self, token: str, key: RSAKey) -> dict[str, Any]:
        try:
            return jwt.decode(token, key, registry=self._registry).claims
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Refused("a validation token is not genuine", code="bad_token") from error


def _moment(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise Refused("a validation token does not say when it holds", code="bad_token")
    return datetime.fromtimestamp(value, UTC)
