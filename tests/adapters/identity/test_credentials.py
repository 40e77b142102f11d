"""Tokens from Entra over HTTP, by each of the three ways in which the app registration proves who it is."""

import base64
import hashlib
import json
import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.tenant.server import HttpServer
from shared.adapters.graph.certificates import made_key, read_key, written_key
from shared.adapters.identity.credentials import (
    CONNECTOR_SCOPE,
    GRAPH_SCOPE,
    Certificate,
    Credentials,
    ManagedIdentity,
    Proof,
    Secret,
)
from shared.adapters.identity.entra import StandIn
from shared.errors import CairnError, Misconfigured, TryLater

TENANT, APP = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
IDENTITY = "aaaaaaaa-6a55-4f0e-9a37-5a1c0f2b7e64"
SECRET = "a-client-secret"

type Forms = list[dict[str, str]]


class StandInEntra:
    """Entra's token endpoint and a managed identity's, on this machine."""

    def __init__(self) -> None:
        self.forms: Forms = []
        self.identities: list[Request] = []
        self.answers: list[Response] = []
        self.life = 3600
        routes = [
            Route("/login/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/msi/token", self._identity),
        ]
        self._server = HttpServer(Starlette(routes=routes))

    async def start(self) -> None:
        self.root = f"http://127.0.0.1:{await self._server.start(0)}"

    async def stop(self) -> None:
        await self._server.stop()

    async def _token(self, request: Request) -> Response:
        assert request.path_params["tenant"] == TENANT
        self.forms.append(dict(parse_qsl((await request.body()).decode())))
        if self.answers:
            return self.answers.pop(0)
        number = len(self.forms)
        return JSONResponse({"token_type": "Bearer", "expires_in": self.life, "access_token": f"token-{number}"})

    async def _identity(self, request: Request) -> Response:
        self.identities.append(request)
        soon = int(time.time()) + 3600
        return JSONResponse(
            {
                "access_token": "the-identity's-token",
                "expires_on": str(soon),
                "resource": request.query_params["resource"],
            }
        )


@pytest.fixture
async def entra() -> AsyncIterator[StandInEntra]:
    entra = StandInEntra()
    await entra.start()
    yield entra
    await entra.stop()


type Made = Callable[[Proof], Credentials]


@pytest.fixture
async def made(entra: StandInEntra) -> AsyncIterator[Made]:
    opened: list[Credentials] = []

    def make(proof: Proof) -> Credentials:
        opened.append(Credentials(login_url=f"{entra.root}/login", tenant_id=TENANT, app_id=APP, proof=proof))
        return opened[-1]

    yield make
    for credentials in opened:
        await credentials.close()


def refusal(status: int, code: int = 7000215, error: str = "invalid_client") -> Response:
    said = {"error": error, "error_description": f"AADSTS{code}: Invalid {SECRET}. Trace ID: x", "error_codes": [code]}
    return JSONResponse(said, status_code=status)


async def test_a_token_is_fetched_once_for_each_scope_and_kept(entra: StandInEntra, made: Made) -> None:
    credentials = made(Secret(SECRET))
    for _ in range(3):
        assert await credentials.graph() == "token-1"
        assert await credentials.connector()() == "token-2"
    assert [form["scope"] for form in entra.forms] == [GRAPH_SCOPE, CONNECTOR_SCOPE]
    assert entra.forms[0]["client_secret"] == SECRET
    assert entra.forms[0]["grant_type"] == "client_credentials"


async def test_a_token_that_has_ended_is_replaced(entra: StandInEntra, made: Made) -> None:
    credentials = made(Secret(SECRET))
    entra.life = 0
    assert await credentials.graph() == "token-1"
    assert await credentials.graph() == "token-2"


async def test_a_refused_token_is_not_given_out_again_and_one_that_replaced_it_is_kept(
    entra: StandInEntra, made: Made
) -> None:
    credentials = made(Secret(SECRET))
    first = await credentials.graph()
    second = await credentials.graph(refused=first)
    assert (first, second) == ("token-1", "token-2")
    assert await credentials.graph(refused=first) == second
    assert await credentials.graph() == second
    connector = credentials.connector()
    assert await connector() != await connector(fresh=True)


async def test_what_a_token_lacks_is_asked_for(entra: StandInEntra, made: Made) -> None:
    await made(Secret(SECRET)).graph(claims='{"access_token": {"nbf": {"value": "1"}}}')
    assert json.loads(entra.forms[0]["claims"]) == {"access_token": {"nbf": {"value": "1"}}}


async def test_a_certificate_signs_for_the_app_and_never_leaves(
    entra: StandInEntra, made: Made, tmp_path: Path
) -> None:
    key = made_key(datetime.now(UTC))
    path = tmp_path / "app.pem"
    written(path, written_key(key))
    assert await made(Certificate(path)).graph() == "token-1"
    [form] = entra.forms
    assert "client_secret" not in form
    header, payload, signature = form["client_assertion"].split(".")
    assert decoded(header)["alg"] == "PS256"
    assert decoded(payload)["iss"] == APP
    assert decoded(header)["x5t#S256"].rstrip("=") == thumbprint(path)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
    signed = f"{header}.{payload}".encode()
    key.private_key.public_key().verify(raw(signature), signed, pss, hashes.SHA256())


def written(path: Path, pem: bytes) -> None:
    path.write_bytes(pem)


def raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw(part))
    return found


def thumbprint(path: Path) -> str:
    der = read_key(path.read_bytes()).certificate.public_bytes(Encoding.DER)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


async def test_a_managed_identity_stands_for_the_app_without_a_secret(
    entra: StandInEntra, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.root}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "a-header")
    credentials = made(ManagedIdentity(IDENTITY))
    assert await credentials.graph() == "token-1"
    assert await credentials.connector()() == "token-2"
    [asked] = entra.identities
    assert asked.query_params["resource"] == "api://AzureADTokenExchange"
    assert asked.query_params["client_id"] == IDENTITY
    assert {form["client_assertion"] for form in entra.forms} == {"the-identity's-token"}
    assert {form["client_id"] for form in entra.forms} == {APP}
    assert all("client_secret" not in form for form in entra.forms)


async def test_azure_itself_is_asked_with_the_managed_identity(
    entra: StandInEntra, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.root}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "a-header")
    token = await made(ManagedIdentity(IDENTITY)).azure().get_token("https://vault.azure.net/.default")
    assert (token.token, entra.forms) == ("the-identity's-token", [])


@pytest.mark.parametrize(
    ("answers", "error", "named"),
    [
        ([refusal(401)], Misconfigured, r"CAIRN_APP_SECRET \(AADSTS7000215\)"),
        ([refusal(400, 700016, "unauthorized_client")], Misconfigured, "CAIRN_APP_ID"),
        ([JSONResponse({"error": "x"}, status_code=400)], Misconfigured, "status 400"),
        ([refusal(503, 90033, "temporarily_unavailable")] * 9, TryLater, "can't be reached"),
        ([PlainTextResponse("<html>", status_code=502)] * 9, TryLater, "can't be reached"),
        (
            [JSONResponse({"error": "slow_down"}, status_code=429, headers={"Retry-After": "0"})] * 9,
            TryLater,
            "reached",
        ),
        ([PlainTextResponse("<html>", status_code=200)], TryLater, "reached"),
    ],
)
async def test_what_entra_refuses_is_said_in_our_words(
    entra: StandInEntra, made: Made, answers: list[Response], error: type[CairnError], named: str
) -> None:
    entra.answers = list(answers)
    with pytest.raises(error, match=named) as raised:
        await made(Secret(SECRET)).graph()
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__context__ is None


async def test_an_entra_that_is_not_there_is_left_for_later() -> None:
    credentials = Credentials(login_url="http://127.0.0.1:9/login", tenant_id=TENANT, app_id=APP, proof=Secret(SECRET))
    with pytest.raises(TryLater):
        await credentials.graph()
    await credentials.close()


async def test_a_file_without_a_certificate_names_its_setting(made: Made, tmp_path: Path) -> None:
    written(tmp_path / "app.pem", b"nothing")
    for path in (tmp_path / "app.pem", tmp_path / "absent.pem"):
        with pytest.raises(Misconfigured, match="CAIRN_APP_CERTIFICATE_PATH") as raised:
            await made(Certificate(path)).graph()
        assert raised.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "http://login.microsoftonline.com",
        "http://127.0.0.1.evil.example/login",
        "http://10.0.0.1/login",
        "ftp://localhost",
    ],
)
async def test_no_host_but_this_machine_is_ever_spoken_to_in_http(address: str) -> None:
    with pytest.raises(ValueError, match="only a stand-in on this machine"):
        StandIn(address)
    credentials = Credentials(login_url=address, tenant_id=TENANT, app_id=APP, proof=Secret(SECRET))
    with pytest.raises(Misconfigured, match="CAIRN_LOGIN_URL"):
        await credentials.graph()
    await credentials.close()


async def test_no_log_shows_a_secret_or_a_token(
    entra: StandInEntra, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    credentials = made(Secret("s3cr3t"))
    await credentials.graph()
    entra.answers = [refusal(401)]
    with pytest.raises(Misconfigured):
        await credentials.connector()()
    assert "token-1" not in caplog.text
    assert "s3cr3t" not in caplog.text


def test_no_repr_shows_the_secret() -> None:
    assert SECRET not in repr(Secret(SECRET))
