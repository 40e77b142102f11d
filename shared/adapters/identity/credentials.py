"""Access tokens for Graph, the Bot Connector and Azure, all by one app registration.

`azure-identity` gets and keeps them; it takes a quarter of a second to import, and is on first use.
"""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shared.errors import CairnError, Misconfigured, TryLater

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.exceptions import ClientAuthenticationError

    from shared.adapters.identity.entra import Entra

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
CONNECTOR_SCOPE = "https://api.botframework.com/.default"
_SECONDS = 20.0
"""How long a token may take, the library's own attempts included."""
_CODE = re.compile(r"AADSTS\d+")


@dataclass(frozen=True, slots=True)
class Secret:
    """The app registration proves who it is by its client secret."""

    value: str = field(repr=False)
    settings: str = field(default="CAIRN_APP_ID with CAIRN_APP_SECRET", init=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """… by a certificate: the path of a PEM file with its private key."""

    path: Path
    settings: str = field(default="CAIRN_APP_ID with CAIRN_APP_CERTIFICATE_PATH", init=False)


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """… by a user-assigned managed identity, which is its federated credential; there is no secret at all."""

    client_id: str
    settings: str = field(default="CAIRN_APP_ID with CAIRN_MANAGED_IDENTITY_CLIENT_ID", init=False)


type Proof = Secret | Certificate | ManagedIdentity


class ConnectorTokens(Protocol):
    """Tokens for one scope, as the Bot Connector's adapter takes them."""

    def __call__(self, *, fresh: bool = False) -> Awaitable[str]:
        """A token; `fresh` asks for a new one, after the present one was refused."""


class Credentials:
    """Tokens for any scope, kept until shortly before they end. For one event loop."""

    def __init__(self, *, login_url: str, tenant_id: str, app_id: str, proof: Proof) -> None:
        """`login_url` is `https://login.microsoftonline.com`, or a stand-in's on this machine. Nothing is fetched."""
        self._login_url = login_url
        self._tenant_id = tenant_id
        self._app_id = app_id
        self._proof = proof
        self._opened: Entra | None = None
        self._asking = asyncio.Lock()

    async def token(self, scope: str, *, refused: str = "", claims: str | None = None) -> str:
        """A bearer token for a scope.

        One that the other side refused is not given out again; `claims` is what it said the token lacks
        (JSON). Raises `Misconfigured` when Entra refuses, `TryLater` when nobody answers.
        """
        async with self._asking:
            token = await self._asked(scope, claims)
            if token == refused:
                self._entra().forget()
                token = await self._asked(scope, claims)
            return token

    async def graph(self, *, refused: str = "", claims: str | None = None) -> str:
        """`token` for Graph."""
        return await self.token(GRAPH_SCOPE, refused=refused, claims=claims)

    def connector(self) -> ConnectorTokens:
        """Tokens for the Bot Connector."""
        given = ""

        async def token(*, fresh: bool = False) -> str:
            nonlocal given
            given = await self.token(CONNECTOR_SCOPE, refused=given if fresh else "")
            return given

        return token

    def azure(self) -> "AsyncTokenCredential":
        """What Azure's own services (Key Vault) are asked with."""
        return self._entra().azure

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _entra(self) -> "Entra":
        if self._opened is None:
            from shared.adapters.identity.entra import Entra

            self._opened = Entra(self._login_url, self._tenant_id, self._app_id, self._proof)
        return self._opened

    async def _asked(self, scope: str, claims: str | None) -> str:
        """A token, or a fault in our words, raised outside of the handler: the library's exceptions hold the
        request, and with it the secret."""
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            async with asyncio.timeout(_SECONDS):
                return await self._entra().token(scope, claims)
        except ClientAuthenticationError as error:
            fault: CairnError = self._refusal(error)
        except (AzureError, TimeoutError):
            fault = _silence()
        raise fault

    def _refusal(self, error: "ClientAuthenticationError") -> CairnError:
        from azure.identity import CredentialUnavailableError

        if isinstance(error, CredentialUnavailableError):
            return Misconfigured("CAIRN_CREDENTIAL=managed_identity: no managed identity can be had where this runs")
        status, code = getattr(error.response, "status_code", None), _CODE.search(str(error.message))
        if status is None and code is None:
            return _silence()  # something on the way answered, not Entra
        if status is not None and (status == 429 or status >= 500):
            return _silence()
        said = code[0] if code else f"status {status}"
        return Misconfigured(f"Entra refuses {self._proof.settings} ({said}); check both, and CAIRN_TENANT_ID")


def _silence() -> TryLater:
    return TryLater("Entra's token endpoint can't be reached", after=timedelta(seconds=10))
