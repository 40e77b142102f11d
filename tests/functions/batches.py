"""Batches as Graph sends them."""

import json
from typing import Any

from shared.domain.notifications import client_state
from tests.functions.conftest import SECRET

STATE = client_state(SECRET, "0" * 32, "1" * 24)
CONTENT = {
    "data": "ZGF0YQ==",
    "dataKey": "a2V5",
    "dataSignature": "c2ln",
    "encryptionCertificateId": "c",
    "encryptionCertificateThumbprint": "A1",
}


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One item, of a message with that number."""
    return {
        "subscriptionId": "s",
        "clientState": STATE,
        "changeType": "created",
        "resource": f"chats('c')/messages('{number}')",
        "tenantId": "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64",
    } | changes


def batch(*items: Any, **more: Any) -> bytes:
    """The body of a POST, or of an event."""
    return json.dumps({"value": items} | more).encode()
