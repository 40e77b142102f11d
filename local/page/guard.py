"""Who may talk to the page at all: a browser on this machine, from the page itself."""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "X-Page-Token"  # noqa: S105 - the name of a header
_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Scripts and styles come from here alone and none is inline: the cards' renderer sets styles through the DOM."""
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets only requests through that name this server as their host, and changes only with the page's token.

    The Host header keeps out names that were rebound to 127.0.0.1; the token, which only the page's own
    address reveals, keeps out every other page, whatever its origin.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse in words with 403, or hand on; every answer bears the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if reason := self._why_not(scope):
            await JSONResponse({"error": reason}, status_code=403)(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    def _why_not(self, scope: Scope) -> str:
        """Why this request is refused; empty when it is not."""
        headers, port = Headers(scope=scope), (scope.get("server") or ("", 0))[1]
        own = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = headers.get("origin")
        if headers.get("host") not in own or (origin is not None and origin.removeprefix("http://") not in own):
            return "This page is for this machine alone."
        if scope["method"] in ("GET", "HEAD"):
            return ""
        token = headers.get(TOKEN_HEADER, "").encode()
        return "" if secrets.compare_digest(token, self._token) else "Reload the page and try again."
