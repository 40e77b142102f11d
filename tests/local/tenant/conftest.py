"""A small company, its tenant, and the product's side of the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from microsoft_teams.api import ApiClient
from microsoft_teams.common import ClientOptions

from local.clock import SimulatedClock
from local.tenant.outgoing import outgoing_client
from local.tenant.tenant import Tenant
from tests.local.tenant.csdl import Schema
from tests.local.tenant.listener import (
    APP_ID,
    APP_SECRET,
    Certificate,
    GraphCaller,
    Listener,
    ask_for_token,
    make_certificate,
)

_SCHEMA = Path(__file__).parents[3] / "../shared/data/schemas/graph-v1.0-excerpt.csdl.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Ids of what every test may use."""

    ann: str
    bob: str
    cy: str
    dan: str
    team: str
    channel: str
    private: str
    chat: str


type Subscribe = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def schema() -> Schema:
    if not _SCHEMA.exists():
        pytest.skip("the published Graph schema is not beside this checkout")
    return Schema(_SCHEMA)


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    return make_certificate()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    await listener.start()
    yield listener
    await listener.stop()


@pytest.fixture
async def tenant(clock: SimulatedClock, listener: Listener) -> AsyncIterator[Tenant]:
    tenant = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET)
    await tenant.start()
    yield tenant
    # Each server takes a tenth of a second to stop, so they do it together.
    await asyncio.gather(tenant.stop(), listener.stop())


@pytest.fixture
def company(tenant: Tenant) -> Company:
    return found(tenant)


def found(tenant: Tenant) -> Company:
    ann = tenant.add_user(name="Ann Lee", department="IT", job_title="Administrator")
    bob = tenant.add_user(name="Bob Ray", department="Sales")
    cy = tenant.add_user(name="Cy Moss", department="Sales")
    dan = tenant.add_user(name="Dan Fox", department="IT", guest=True)
    team = tenant.add_team("Operations", owners=[ann], members=[bob, cy])
    return Company(
        ann=ann,
        bob=bob,
        cy=cy,
        dan=dan,
        team=team,
        channel=tenant.add_channel(team, "Help"),
        private=tenant.add_channel(team, "Leads", "private", owners=[ann], members=[bob]),
        chat=tenant.add_chat("Lunch", [ann, bob, cy]),
    )


@pytest.fixture
async def graph(tenant: Tenant) -> AsyncIterator[GraphCaller]:
    caller = GraphCaller(tenant)
    yield caller
    await caller.close()


@pytest.fixture
def wanted(clock: SimulatedClock, listener: Listener, certificate: Certificate) -> dict[str, Any]:
    """The body of a rich subscription to every chat."""
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": listener.webhook,
        "lifecycleNotificationUrl": listener.webhook,
        "resource": "/chats/getAllMessages",
        "expirationDateTime": (clock.now() + timedelta(days=2)).isoformat(),
        "clientState": "state of the client",
        "includeResourceData": True,
        "encryptionCertificate": certificate.base64_der,
        "encryptionCertificateId": "cert-1",
    }


@pytest.fixture
def subscribe(graph: GraphCaller, wanted: dict[str, Any]) -> Subscribe:
    async def subscribe(**changes: Any) -> dict[str, Any]:
        answer = await graph.call("POST", "/subscriptions", json=wanted | changes)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return subscribe


@pytest.fixture
async def teams(tenant: Tenant) -> AsyncIterator[ApiClient]:
    """The product's connector client, signed in."""
    async with outgoing_client(5) as client:
        token = (await ask_for_token(client, tenant, "https://api.botframework.com/.default")).json()
    api = ApiClient(f"{tenant.url}/connector", ClientOptions(token=token["access_token"]))
    yield api
    await api.http.http.aclose()


@pytest.fixture
async def installed(tenant: Tenant, company: Company) -> Company:
    """The company with the app in its team, its chat, and for Ann."""
    await tenant.install(company.team, by=company.ann)
    await tenant.install(company.chat, by=company.bob)
    await tenant.install(company.ann, by=company.ann)
    return company
