"""Entra ID's door: tokens by client credentials, OpenID configuration and keys; the Bot Framework's too.

The documents name Microsoft's own issuers, as the real ones do, but URLs of this tenant.
"""

import hmac
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.core import Core
from local.tenant.identifiers import guid
from local.tenant.keys import KeyUse
from local.tenant.model import JsonObject
from local.tenant.tokens import ACCESS_LIFE, BOT_FRAMEWORK_ISSUER, Audience, Tokens

_ANY_TENANT = ("common", "organizations", "botframework.com")
_SCOPES = {f"{audience.value}/.default": audience for audience in Audience}


class Entra:
    """The handlers of `/login`."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """The routes, relative to `/login`."""
        return [
            Route("/botframework/v1/.well-known/openidconfiguration", self._bot_configuration),
            Route("/botframework/v1/.well-known/keys", self._bot_keys),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            Route("/{tenant}/discovery/v2.0/keys", self._keys),
        ]

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        grant, client, secret, scope = (
            form.get(name, "") for name in ("grant_type", "client_id", "client_secret", "scope")
        )
        identity = self._core.identity
        if not self._knows(request):
            return self._refuse(400, "invalid_request", 90002, "Tenant not found. Check the tenant id.")
        if grant != "client_credentials":
            return self._refuse(
                400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
            )
        if client != identity.app_id:
            return self._refuse(
                400, "unauthorized_client", 700016, f"Application with identifier '{client}' was not found."
            )
        if not hmac.compare_digest(secret.encode(), identity.app_secret.encode()):
            return self._refuse(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if scope not in _SCOPES:
            return self._refuse(400, "invalid_scope", 70011, f"The provided value for scope {scope} is not valid.")
        life = int(ACCESS_LIFE.total_seconds())
        token = self._tokens.access_token(_SCOPES[scope])
        self._core.state.commit()
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": life - 1, "ext_expires_in": life - 1, "access_token": token},
            headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _refuse(self, status: int, error: str, code: int, message: str) -> Response:
        now = self._core.clock.now()
        trace = guid(self._core.chance.randrange(2**32), "trace")
        return JSONResponse(
            {
                "error": error,
                "error_description": f"AADSTS{code}: {message} Trace ID: {trace}",
                "error_codes": [code],
                "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ"),
                "trace_id": trace,
                "correlation_id": trace,
                "error_uri": f"https://login.microsoftonline.com/error?code={code}",
            },
            status_code=status,
        )

    async def _configuration(self, request: Request) -> Response:
        tenant = request.path_params["tenant"]
        if not self._knows(request):
            return self._refuse(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        base = f"{self._core.url}/login/{tenant}"
        issued_by = "{tenantid}" if tenant in _ANY_TENANT else tenant
        return JSONResponse(
            {
                "issuer": f"https://login.microsoftonline.com/{issued_by}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        if not self._knows(request):
            return self._refuse(400, "invalid_tenant", 90002, "Tenant not found.")
        return self._publish(KeyUse.ENTRA)

    async def _bot_configuration(self, _: Request) -> Response:
        base = f"{self._core.url}/login/botframework/v1/.well-known"
        document: JsonObject = {
            "issuer": BOT_FRAMEWORK_ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{base}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }
        return JSONResponse(document)

    async def _bot_keys(self, _: Request) -> Response:
        return self._publish(KeyUse.BOT_FRAMEWORK)

    def _publish(self, use: KeyUse) -> Response:
        keys = self._core.keys.published(use)
        self._core.state.commit()
        return JSONResponse(keys)

    def _knows(self, request: Request) -> bool:
        tenant = request.path_params["tenant"]
        return tenant in _ANY_TENANT or tenant == self._core.identity.tenant_id
