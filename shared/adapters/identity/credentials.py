"""Access tokens for Graph and the Bot Connector, by the client credentials of one app registration."""

from datetime import timedelta

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import HTTPError

from shared.errors import Misconfigured, TryLater

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
CONNECTOR_SCOPE = "https://api.botframework.com/.default"


class ClientCredentials:
    """Tokens for one scope, kept until shortly before they end (Entra's OAuth 2.0 client credentials flow)."""

    def __init__(self, *, token_url: str, client_id: str, client_secret: str, scope: str) -> None:
        """`token_url` is `{login}/{tenant}/oauth2/v2.0/token`. Nothing is fetched yet."""
        self._client = AsyncOAuth2Client(
            client_id,
            client_secret,
            scope=scope,
            token_endpoint=token_url,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
            grant_type="client_credentials",
            timeout=10,
        )

    async def token(self, *, fresh: bool = False) -> str:
        """A bearer token; `fresh` asks for a new one, after the other side refused the present one.

        Raises `Misconfigured` when the app id or its secret is refused, `TryLater` when nobody answers.
        """
        known = self._client.token
        if not fresh and known and not known.is_expired(leeway=60):
            return str(known["access_token"])
        try:
            token = await self._client.fetch_token(grant_type="client_credentials")
        except OAuthError as error:
            raise Misconfigured(
                f"Entra refuses CAIRN_APP_ID with CAIRN_APP_SECRET ({error.error}); check both, and CAIRN_TENANT_ID"
            ) from error
        except HTTPError as error:
            raise TryLater("Entra's token endpoint can't be reached", after=timedelta(seconds=10)) from error
        return str(token["access_token"])

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()
