"""Keeps the page to this machine and to itself: hosts, origins, and what a browser may load."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The cards' renderer sets styles on elements; scripts come from here alone, and none is inline."""
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """Refuses a foreign Host (DNS rebinding) and, for whatever changes something, a foreign or missing Origin."""

    def __init__(self, app: ASGIApp, address: Callable[[], str]) -> None:
        """`address` gives `127.0.0.1:port` once the page is served."""
        self._app = app
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer 403; either way with the headers that bind the browser."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        refused = JSONResponse({"error": "This page is for this machine alone."}, status_code=403)
        await (self._app if self._allows(scope) else refused)(scope, receive, guarded)

    def _allows(self, scope: Scope) -> bool:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        own = self._address()
        allowed = {own, own.replace("127.0.0.1", "localhost")}
        origin = headers.get("origin")
        if headers.get("host") not in allowed:
            return False
        if origin is None:
            return scope["method"] in ("GET", "HEAD")
        return origin in {f"http://{host}" for host in allowed}
