"""The tokens that Entra ID and the Bot Framework issue, by the tenant's clock."""

import uuid
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from local.tenant.core import Core
from local.tenant.faults import TokenFault
from local.tenant.identifiers import guid
from local.tenant.keys import KeyUse, TokenError
from local.tenant.model import JsonObject

CHANGE_TRACKING_APP = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""The app id of Microsoft Graph's change tracking, which the validation tokens name."""

BOT_FRAMEWORK_ISSUER = "https://api.botframework.com"

ACCESS_LIFE = timedelta(minutes=60)
_VALIDATION_LIFE = timedelta(hours=1)
_VALIDATION_REUSE = timedelta(minutes=5)


class Audience(StrEnum):
    """The APIs for which the app gets access tokens."""

    GRAPH = "https://graph.microsoft.com"
    CONNECTOR = "https://api.botframework.com"


class Tokens:
    """Issues and checks tokens."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._validation: tuple[float, TokenFault | None, str] | None = None
        self._checked: dict[tuple[Audience, str], JsonObject] = {}

    def access_token(self, audience: Audience) -> str:
        """An app-only access token; one for Graph holds the consented permissions as `roles`."""
        identity = self._core.identity
        register = self._core.state.register
        claims = self._times(ACCESS_LIFE) | {
            "aud": audience.value,
            "iss": f"https://sts.windows.net/{identity.tenant_id}/",
            "idp": f"https://sts.windows.net/{identity.tenant_id}/",
            "appid": identity.app_id,
            "appidacr": "1",
            "app_displayname": identity.app_name,
            "idtyp": "app",
            "oid": guid(identity.seed, "service principal", identity.app_id),
            "sub": guid(identity.seed, "service principal", identity.app_id),
            "tid": identity.tenant_id,
            "uti": f"{register.token_generation}.{uuid.uuid4().hex}",
            "ver": "1.0",
        }
        if audience is Audience.GRAPH:
            claims["roles"] = list(register.consented)
        return self._core.keys.sign(KeyUse.ENTRA, claims)

    def check_access(self, audience: Audience, header: str | None) -> JsonObject:
        """The claims of an Authorization header's bearer token for this audience; raises TokenError."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenError("Access token is empty.")
        claims = self._checked.get((audience, token))
        if claims is None or claims["exp"] <= self._core.clock.now().timestamp():
            claims = self._core.keys.read(KeyUse.ENTRA, token)
            if claims.get("aud") != audience.value:
                raise TokenError("Access token validation failure. Invalid audience.")
            if claims.get("tid") != self._core.identity.tenant_id:
                raise TokenError("Access token validation failure. Invalid tenant.")
            self._checked[(audience, token)] = claims
        generation = str(claims.get("uti", "")).partition(".")[0]
        if generation != str(self._core.state.register.token_generation):
            raise TokenError("Continuous access evaluation resulted in challenge: the token was revoked.")
        return claims

    def revoke_access(self) -> None:
        """Make every access token issued so far invalid."""
        register = self._core.state.register
        self._core.state.set_register(replace(register, token_generation=register.token_generation + 1))
        self._checked.clear()

    def validation_token(self) -> str | None:
        """The signed token that goes with a batch of rich notifications, used again for five minutes.

        A fault makes it wrong in its way; None leaves it out.
        """
        fault = self._core.faults.validation_token
        if fault is TokenFault.MISSING:
            return None
        now = self._core.clock.now().timestamp()
        kept = self._validation
        if kept is not None and kept[1] is fault and now < kept[0] + _VALIDATION_REUSE.total_seconds():
            return kept[2]
        token = self._make_validation(fault)
        self._validation = (now, fault, token)
        return token

    def _make_validation(self, fault: TokenFault | None) -> str:
        identity = self._core.identity
        foreign = guid(identity.seed, "a foreign tenant")
        tenant_id = foreign if fault is TokenFault.FOREIGN_TENANT else identity.tenant_id
        claims = self._times(_VALIDATION_LIFE) | {
            "aud": foreign if fault is TokenFault.WRONG_AUDIENCE else identity.app_id,
            "iss": f"https://login.microsoftonline.com/{tenant_id}/v2.0",
            "azp": foreign if fault is TokenFault.WRONG_PARTY else CHANGE_TRACKING_APP,
            "azpacr": "2",
            "oid": guid(identity.seed, "change tracking"),
            "sub": guid(identity.seed, "change tracking"),
            "tid": tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "2.0",
        }
        if fault is TokenFault.EXPIRED:
            claims |= {"exp": claims["iat"] - 60, "iat": claims["iat"] - 3660, "nbf": claims["nbf"] - 3660}
        if fault is TokenFault.FOREIGN_KEY:
            return self._core.keys.sign_with_foreign_key(KeyUse.ENTRA, claims)
        return self._core.keys.sign(KeyUse.ENTRA, claims)

    def bot_claims(self, service_url: str) -> JsonObject:
        """The claims with which the connector calls the bot."""
        return self._times(ACCESS_LIFE) | {
            "iss": BOT_FRAMEWORK_ISSUER,
            "aud": self._core.identity.app_id,
            "serviceurl": service_url,
        }

    def _times(self, life: timedelta) -> JsonObject:
        now = int(self._core.clock.now().timestamp())
        return {"iat": now, "nbf": now, "exp": now + int(life.total_seconds())}
