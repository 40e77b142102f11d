"""The other side of the tenant in tests: a webhook and a bot that keep what they get."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.tenant.outgoing import outgoing_client
from local.tenant.server import HttpServer
from local.tenant.tenant import Tenant

APP_ID = "7c1fd5d2-2f38-4ad9-9a3c-0c7f8a3a4a11"
APP_SECRET = "not a secret"


@dataclass(slots=True)
class Listener:
    """Answers the handshake and takes notifications and activities; `statuses` are its next answers."""

    batches: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    bot_answer: dict[str, Any] = field(default_factory=dict)
    bot_status: int = 200
    handshake: Callable[[str], Response] = PlainTextResponse
    handshakes: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    url: str = ""
    _server: HttpServer | None = None

    async def start(self) -> None:
        app = Starlette(
            routes=[
                Route("/api/notifications", self._notification, methods=["POST"]),
                Route("/api/messages", self._activity, methods=["POST"]),
            ]
        )
        self._server = HttpServer(app)
        self.url = f"http://127.0.0.1:{await self._server.start(0)}"

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()

    @property
    def webhook(self) -> str:
        return f"{self.url}/api/notifications"

    @property
    def bot(self) -> str:
        return f"{self.url}/api/messages"

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for batch in self.batches for item in batch["value"]]

    async def _notification(self, request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            self.handshakes.append(str(request.url))
            return self.handshake(token)
        status = self.statuses.pop(0) if self.statuses else 202
        if status < 300:
            self.batches.append(await request.json())
        return Response(status_code=status)

    async def _activity(self, request: Request) -> Response:
        self.authorizations.append(request.headers.get("authorization"))
        self.activities.append(await request.json())
        if self.meanwhile is not None:
            await self.meanwhile()
        return JSONResponse(self.bot_answer, status_code=self.bot_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A key pair of the product, and the certificate as a subscription sends it."""

    key: rsa.RSAPrivateKey
    base64_der: str
    thumbprint: str


def make_certificate() -> Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notifications")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    digest = hashes.Hash(hashes.SHA1())
    digest.update(der)
    return Certificate(key=key, base64_der=base64.b64encode(der).decode(), thumbprint=digest.finalize().hex().upper())


class GraphCaller:
    """Calls the tenant's Graph as the product would, with a token that it gets itself."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._client = outgoing_client(20)
        self.token: str | None = None

    @property
    def root(self) -> str:
        return self._tenant.url

    async def sign_in(self) -> None:
        answer = await ask_for_token(self._client, self._tenant, "https://graph.microsoft.com/.default")
        self.token = answer.json()["access_token"]

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        if self.token is None:
            await self.sign_in()
        url = path if path.startswith("http") else f"{self._tenant.url}/graph/v1.0{path}"
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return await self._client.request(method, url, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.call("GET", path, **more)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def everything(self, path: str) -> list[dict[str, Any]]:
        page = await self.get(path)
        found = list(page["value"])
        while link := page.get("@odata.nextLink"):
            page = await self.get(link)
            found += page["value"]
        return found

    async def close(self) -> None:
        await self._client.aclose()


async def ask_for_token(
    client: httpx.AsyncClient, tenant: Tenant, scope: str, *, secret: str = APP_SECRET, where: str | None = None
) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": APP_ID,
        "client_secret": secret,
        "scope": scope,
    }
    return await client.post(f"{tenant.url}/login/{where or tenant.id}/oauth2/v2.0/token", data=form)
