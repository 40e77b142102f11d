"""The signing keys of Entra ID and of the Bot Framework, and the tokens signed with them."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import extract_compact

from local.clock import LocalClock
from local.tenant.journal import Journal, Table
from local.tenant.model import JsonObject

STILL_PUBLISHED = timedelta(hours=24)
"""How long a key stays in the key set after it was rotated out."""


class KeyUse(StrEnum):
    """Whose keys: they are separate, and published at separate places."""

    ENTRA = "entra"
    BOT_FRAMEWORK = "botFramework"


class TokenError(ValueError):
    """A token that does not hold; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair (PEM) in use, or rotated out at a moment."""

    kid: str
    use: KeyUse
    pem: str
    retired: datetime | None = None


class KeyRing:
    """Makes, keeps and rotates keys; signs and checks tokens by the tenant's clock."""

    def __init__(self, journal: Journal, clock: LocalClock) -> None:
        self._clock = clock
        self._table = Table(journal, "keys", SigningKey, lambda key: key.kid)
        self._parsed: dict[str, RSAKey] = {}
        self._foreign: RSAKey | None = None

    def sign(self, use: KeyUse, claims: JsonObject) -> str:
        """An RS256 token with these claims under the current key."""
        key = self._current(use)
        return _token(self._parse(key), claims)

    def sign_with_foreign_key(self, use: KeyUse, claims: JsonObject) -> str:
        """A token that names the current key but is signed with another, as a forger would make it."""
        if self._foreign is None:
            self._foreign = RSAKey.generate_key(2048)
        forged = RSAKey.import_key(self._foreign.as_pem(private=True), {"kid": self._current(use).kid})
        return _token(forged, claims)

    def read(self, use: KeyUse, token: str) -> JsonObject:
        """The claims of a token signed by a published key and not expired; raises TokenError."""
        now = self._clock.now()
        keys = {key.kid: key for key in self._table if key.use is use and self._is_published(key, now)}
        try:
            # The key is chosen by the token's header, which `decode` checks afterwards.
            kid = _header_kid(token)
            if kid not in keys:
                raise TokenError("Signing key is not known.")
            claims = jwt.decode(token, self._parse(keys[kid]), algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise TokenError(str(error)) from error
        if claims.get("exp", 0) <= now.timestamp():
            raise TokenError("Lifetime validation failed, the token is expired.")
        return dict(claims)

    def published(self, use: KeyUse) -> JsonObject:
        """The JSON Web Key Set of a use: the current key and those rotated out lately."""
        self._current(use)
        now = self._clock.now()
        return {"keys": [self._public(key) for key in self._table if key.use is use and self._is_published(key, now)]}

    def rotate(self, use: KeyUse) -> None:
        """Sign with a new key from now on; the old one stays published for a day."""
        now = self._clock.now()
        old = self._current(use)
        self._table.put(SigningKey(kid=old.kid, use=use, pem=old.pem, retired=now))
        self._make(use)

    def _current(self, use: KeyUse) -> SigningKey:
        for key in self._table:
            if key.use is use and key.retired is None:
                return key
        return self._make(use)

    def _make(self, use: KeyUse) -> SigningKey:
        fresh = RSAKey.generate_key(2048)
        # Entra's and the Bot Framework's key ids are short base64url strings.
        kid = base64.urlsafe_b64encode(hashlib.sha1(fresh.as_der(private=False)).digest()).decode()[:27]  # noqa: S324
        pem = fresh.as_pem(private=True).decode("ascii")
        return self._table.put(SigningKey(kid=kid, use=use, pem=pem))

    def _is_published(self, key: SigningKey, now: datetime) -> bool:
        return key.retired is None or now < key.retired + STILL_PUBLISHED

    def _parse(self, key: SigningKey) -> RSAKey:
        if key.kid not in self._parsed:
            self._parsed[key.kid] = RSAKey.import_key(key.pem, {"kid": key.kid})
        return self._parsed[key.kid]

    def _public(self, key: SigningKey) -> JsonObject:
        published: JsonObject = dict(self._parse(key).as_dict(private=False))
        published |= {"use": "sig", "alg": "RS256", "x5t": key.kid}
        if key.use is KeyUse.BOT_FRAMEWORK:
            published["endorsements"] = ["msteams"]
        return published


def _token(key: RSAKey, claims: JsonObject) -> str:
    header = {"alg": "RS256", "typ": "JWT", "kid": key.kid, "x5t": key.kid}
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def _header_kid(token: str) -> str:
    kid = extract_compact(token.encode("ascii")).headers().get("kid")
    if not isinstance(kid, str):
        raise TokenError("The token names no key.")
    return kid
