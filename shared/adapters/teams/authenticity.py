"""Know that an activity comes from the Bot Connector.

Protocol: Microsoft Learn, "Authentication with the Bot Connector API", connector to bot.
"""

from datetime import datetime, timedelta

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
LEEWAY = timedelta(minutes=5)
_LONGEST = 16_384


class BotTokens:
    """Checks the bearer token of what arrives for the bot."""

    def __init__(self, *, keys: SigningKeys, app_id: str) -> None:
        self._keys = keys
        self._app_id = app_id

    async def check(self, authorization: str, *, service_url: str, now: datetime) -> None:
        """Check that the connector signed for this activity, for this bot, for Teams, and not too long ago.

        Raises `Refused` (`bad_token`), `TryLater` when the connector's keys can't be had.
        """
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Refused("the activity carries no bearer token", code="bad_token")
        claimed = await self._service_url_in(token, now)
        if not service_url or _normal(claimed) != _normal(service_url):
            raise Refused("the token was made for another service URL", code="bad_token")

    async def _service_url_in(self, token: str, now: datetime) -> str:
        try:
            if len(token) > _LONGEST or not token.isascii():
                raise ValueError("no token is that long")
            header = jws.extract_compact(token.encode()).headers()
            key = await self._keys.key_for(str(header.get("kid")), now)
            claims = jwt.decode(token, key, algorithms=["RS256"]).claims
            registry = jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": self._app_id},
                exp={"essential": True},
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Refused("the token is not a valid one of the Bot Connector for this bot", code="bad_token") from error
        if not _vouches_for_teams(key):
            raise Refused("the token's key does not vouch for Teams", code="bad_token")
        return str(claims.get("serviceurl") or "")


def _vouches_for_teams(key: RSAKey) -> bool:
    """A key that names the channels it vouches for must name Teams."""
    endorsements: object = key.get("endorsements")
    return endorsements is None or (isinstance(endorsements, list) and CHANNEL in endorsements)


def _normal(service_url: str) -> str:
    return service_url.rstrip("/").casefold()
