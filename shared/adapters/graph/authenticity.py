"""Know that a notification with content comes from Graph.

Protocol: Microsoft Learn, "Set up change notifications that include resource data", validation tokens:
each token is a JWT that Entra signed for our app, asked for by Graph's change tracking service.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused

CHANGE_TRACKING_APP = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""The application id of Microsoft Graph Change Tracking (Microsoft Learn, as above)."""
LEEWAY = timedelta(minutes=5)
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class _Verified:
    not_before: datetime
    expires_at: datetime


class ValidationTokens:
    """Checks validation tokens; one that was checked is remembered by its hash, since many items share it."""

    def __init__(self, *, keys: SigningKeys, app_id: str, tenant_id: str) -> None:
        self._keys = keys
        self._app_id = app_id
        self._tenant_id = tenant_id
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def check(self, tokens: Sequence[str], *, received_at: datetime) -> None:
        """Check that every token is genuine, ours, and was valid when the batch was received.

        The moment of receipt counts, not now: an item may have waited in a queue. Raises `Refused`
        (`no_token`, `bad_token`, `expired_token`, `foreign_token`), `TryLater` when Entra's keys can't be had.
        """
        if not tokens:
            raise Refused("the notification carries content but no validation token", code="no_token")
        for token in tokens:
            known = await self._known(token, received_at)
            if not known.not_before - LEEWAY <= received_at <= known.expires_at + LEEWAY:
                raise Refused("the validation token had expired when it was received", code="expired_token")

    async def _known(self, token: str, received_at: datetime) -> _Verified:
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        known = self._verified.get(digest)
        if known is None:
            known = await self._verify(token, received_at)
            self._verified[digest] = known
            while len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        return known

    async def _verify(self, token: str, received_at: datetime) -> _Verified:
        claims = await self._signed_claims(token, received_at)
        issuers = (
            f"https://sts.windows.net/{self._tenant_id}/",
            f"https://login.microsoftonline.com/{self._tenant_id}/v2.0",
        )
        if claims.get("iss") not in issuers or str(claims.get("tid", self._tenant_id)).lower() != self._tenant_id:
            raise Refused("the validation token is of another tenant", code="foreign_token")
        if claims.get("aud") != self._app_id:
            raise Refused("the validation token is meant for another app", code="foreign_token")
        if claims.get("azp", claims.get("appid")) != CHANGE_TRACKING_APP:
            raise Refused("the validation token was not asked for by Graph", code="foreign_token")
        return _Verified(_moment(claims, "nbf", default=0), _moment(claims, "exp", default=None))

    async def _signed_claims(self, token: str, received_at: datetime) -> dict[str, Any]:
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = await self._keys.key_for(str(header.get("kid")), now=received_at)
            return jwt.decode(token, key, algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError) as error:
            raise Refused("the validation token is not genuine", code="bad_token") from error


def _moment(claims: dict[str, Any], name: str, *, default: int | None) -> datetime:
    value = claims.get(name, default)
    if not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise Refused("the validation token says no time", code="bad_token")
    return datetime.fromtimestamp(value, UTC)
