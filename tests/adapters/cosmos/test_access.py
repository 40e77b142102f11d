"""By key or by identity, through one client that is opened once, in a session."""

import asyncio
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport

from shared import wiring
from shared.adapters.cosmos.store import CosmosStore
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import TENANT, a_person, a_profile
from tests.servers.running import COSMOS_KEY, cosmos

ACCOUNT = "https://acme.documents.azure.com:443"
SESSION = "x-ms-session-token"


class Identity:
    """A deployment's own, for whom Entra always has a token."""

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken("token for " + " ".join(scopes), 4_000_000_000)

    async def close(self) -> None:
        return

    async def __aexit__(self, *_: object) -> None:
        return


class ToTheTestServer(AioHttpTransport):  # type: ignore[misc]
    """Sends what is meant for an account of Azure's to the test server, and keeps what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, dict[str, str]]] = []

    async def send(self, request: Any, **options: Any) -> Any:
        request.url = request.url.replace(ACCOUNT, cosmos().url).replace(ACCOUNT.removesuffix(":443"), cosmos().url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.sent.append((f"{request.method} {request.url}", headers))
        answer = await super().send(request, **options)
        if request.method in ("POST", "PUT") and "/docs" in request.url:
            # As the account does: it numbers its writes, and says of which container.
            answer.headers[SESSION] = f"0:-1#{len(self.sent)}"
            answer.headers["x-ms-alt-content-path"] = request.url.partition("/docs")[0].removeprefix(cosmos().url + "/")
        return answer

    def on_documents(self, name: str) -> list[str | None]:
        """A header of each call on documents."""
        return [headers.get(name) for what, headers in self.sent if "/docs" in what]


@pytest.fixture
async def transport(tmp_path: Path) -> ToTheTestServer:
    return ToTheTestServer()


async def test_an_identity_asks_with_a_token_for_the_account_and_a_key_signs(
    tmp_path: Path, transport: ToTheTestServer
) -> None:
    made = await cosmos_store(tmp_path)
    identity = cast("AsyncTokenCredential", Identity())
    database = made._name
    by_identity = CosmosStore(
        ACCOUNT, identity, database=database, transport=transport, enable_endpoint_discovery=False
    )
    etag = await by_identity.put_profile(a_profile(), etag=None)
    found = await by_identity.profile(a_person().key)
    assert found is not None
    assert found.etag == etag
    said = {unquote(header or "") for header in transport.on_documents("authorization")}
    assert said == {"type=aad&ver=1.0&sig=token for https://acme.documents.azure.com/.default"}
    signing = ToTheTestServer()
    by_key = CosmosStore(ACCOUNT, COSMOS_KEY, database=database, transport=signing, enable_endpoint_discovery=False)
    assert await by_key.profile(a_person().key) is not None
    (signed,) = signing.on_documents("authorization")
    assert unquote(signed or "").startswith("type=master&ver=1.0&sig=")
    for store in (made, by_identity, by_key):
        await store.close()


async def test_a_client_is_opened_once_however_many_begin_at_once_and_reads_in_its_session(
    tmp_path: Path, transport: ToTheTestServer
) -> None:
    made = await cosmos_store(tmp_path)
    store = CosmosStore(ACCOUNT, COSMOS_KEY, database=made._name, transport=transport, enable_endpoint_discovery=False)
    people = [a_person(f"Person {number}") for number in range(20)]
    await asyncio.gather(*(store.put_profile(a_profile(person), etag=None) for person in people))
    about_the_account = [what for what, _ in transport.sent if "/dbs" not in what]
    assert len(about_the_account) <= 2, "to open it, and to see that it is well; not once for each of them"
    last = max(number for number, (what, _) in enumerate(transport.sent, 1) if what.startswith("POST"))
    await store.profile(people[0].key)
    assert transport.on_documents(SESSION)[-1] == f"0:-1#{last}", "a read asks for what was written last"
    for one in (made, store):
        await one.close()


@pytest.mark.parametrize("key", ["", COSMOS_KEY])
async def test_the_settings_decide_and_a_process_has_one_client(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    guid = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64"
    for name, value in {
        "CAIRN_TENANT_ID": guid,
        "CAIRN_APP_ID": guid,
        "CAIRN_CREDENTIAL": "managed_identity",
        "CAIRN_MANAGED_IDENTITY_CLIENT_ID": guid,
        "CAIRN_CLIENT_STATE_SECRET": "a secret of sixteen",
        "CAIRN_PUBLIC_URL": "https://cairn.example.com",
        "CAIRN_STORE": "cosmos",
        "CAIRN_COSMOS_URL": ACCOUNT,
        "CAIRN_COSMOS_KEY": key,
    }.items():
        monkeypatch.setenv(name, value)
    try:
        first, second = await asyncio.gather(wiring.services(), wiring.services())
        assert isinstance(first.store, CosmosStore)
        assert first.store is second.store
        connection = first.store._client.client_connection
        assert (connection.master_key or "", connection.aad_credentials is not None) == (key, not key)
        assert first.store.tenant_id == TENANT
    finally:
        await wiring.close()
