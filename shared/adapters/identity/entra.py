"""`azure-identity` as we use it: one credential for the app registration, over one connection pool.

Imported on first use only, since `azure.identity` is heavy.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)

from shared.adapters.identity.credentials import Certificate, ManagedIdentity, Proof, Secret
from shared.errors import Misconfigured

_EXCHANGE = "api://AzureADTokenExchange/.default"
"""What a managed identity's token is for when it stands for an app registration (Microsoft Learn, workload identity
federation, "Configure an application to trust a managed identity")."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
    "connection_timeout": 5,
    "read_timeout": 10,
}


class Entra:
    """The credential of one app registration."""

    def __init__(self, login_url: str, tenant_id: str, app_id: str, proof: Proof) -> None:
        """Nothing is fetched yet. Raises `Misconfigured` when the certificate's file can't be used."""
        # At INFO, the library logs each request and answer with its headers.
        logging.getLogger("azure").setLevel(logging.WARNING)
        parts = urlsplit(login_url)
        if parts.scheme == "http" and parts.hostname in _LOOPBACK:
            self._transport: AioHttpTransport = StandIn(login_url)
            authority = f"https://{parts.netloc}"
        elif parts.scheme == "https":
            self._transport = AioHttpTransport()
            authority = login_url
        else:
            raise Misconfigured("CAIRN_LOGIN_URL must be an https address (http only on 127.0.0.1)")
        self._names = {"tenant_id": tenant_id, "client_id": app_id}
        self._options = _OPTIONS | {"authority": authority, "transport": self._transport}
        self._proof = proof
        self._identity = (
            ManagedIdentityCredential(client_id=proof.client_id) if isinstance(proof, ManagedIdentity) else None
        )
        self._assertion = ""
        self._credential = self._made()

    async def token(self, scope: str, claims: str | None) -> str:
        """A token that is kept, or a new one; `claims` asks for a new one that has them."""
        if self._identity is not None:
            # Asked for here, where it can be awaited; the library takes it by a plain function.
            self._assertion = (await self._identity.get_token(_EXCHANGE)).token
        token: AccessToken = await self._credential.get_token(scope, claims=claims)
        return token.token

    @property
    def azure(self) -> AsyncTokenCredential:
        """What Azure's own services are asked with: the managed identity itself, or the app registration."""
        return self._identity or self._credential

    def forget(self) -> None:
        """Keep no token: the next ones are fetched."""
        self._credential = self._made()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()
        if self._identity is not None:
            await self._identity.close()

    def _made(self) -> AsyncTokenCredential:
        match self._proof:
            case Secret(value=secret):
                return ClientSecretCredential(client_secret=secret, **self._names, **self._options)
            case ManagedIdentity():
                return ClientAssertionCredential(func=lambda: self._assertion, **self._names, **self._options)
            case Certificate(path=path):
                try:
                    return CertificateCredential(certificate_path=str(path), **self._names, **self._options)
                except (ValueError, TypeError, OSError):
                    fault = Misconfigured(
                        f"CAIRN_APP_CERTIFICATE_PATH: {path.name} holds no RSA key with its certificate"
                    )
                raise fault


class StandIn(AioHttpTransport):  # type: ignore[misc]
    """Speaks http to a stand-in for Entra on this machine.

    `azure-identity` insists on an https authority without a path, and rightly so. It is given one, and
    requests to exactly that authority are sent to the stand-in's address; no other host is spoken to in http.
    """

    def __init__(self, address: str) -> None:
        """`address` is http on the loopback interface; raises ValueError for any other."""
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise ValueError("only a stand-in on this machine is spoken to in http")
        super().__init__(use_env_settings=False)
        self._address = address.rstrip("/")
        self._authority = f"https://{parts.netloc}/"

    async def send(self, request: Any, **config: Any) -> Any:
        """Send a request, one to the authority to the stand-in."""
        if request.url.startswith(self._authority):
            request.url = f"{self._address}/{request.url.removeprefix(self._authority)}"
        return await super().send(request, **config)
