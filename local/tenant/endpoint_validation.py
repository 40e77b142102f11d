"""Graph's handshake with the endpoints of a subscription."""

import uuid
from collections.abc import Iterable
from urllib.parse import quote_plus

import httpx

from local.tenant.changes import EVENT_HUB
from local.tenant.core import Core
from local.tenant.graph_access import GraphError, bad_request
from local.tenant.notifications import hub_validation
from local.tenant.outgoing import outgoing_client

VALIDATION_SECONDS = 10.0


async def validate_endpoints(core: Core, urls: Iterable[str | None]) -> None:
    """Ask each webhook to echo a token, and tell each event hub of the new subscription; raises GraphError."""
    for url in filter(None, urls):
        if url.startswith(EVENT_HUB):
            if not await core.hub.send(url, hub_validation(str(uuid.uuid4()))):
                raise _failed("The event hub could not be reached.")
        elif core.faults.webhook_down:
            raise _failed("The notification endpoint could not be reached in time.")
        else:
            await _shake_hands(url)


async def _shake_hands(url: str) -> None:
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
    address = f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}"
    try:
        async with outgoing_client(VALIDATION_SECONDS) as client:
            answer = await client.post(address, headers={"Content-Type": "text/plain; charset=utf-8"})
    except httpx.HTTPError as error:
        raise _failed("The notification endpoint could not be reached in time.") from error
    if answer.status_code != 200:
        raise _failed("Notification endpoint must respond with 200 OK to validation request.")
    if not answer.headers.get("content-type", "").startswith("text/plain") or answer.text != token:
        raise _failed("Response must exactly match validationToken query parameter.")


def _failed(reason: str) -> GraphError:
    return bad_request(f"Subscription validation request failed. {reason}", "ValidationError")
