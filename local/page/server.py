"""Serves the page on 127.0.0.1: view models as JSON, and what a visitor does as the person they chose to be."""

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from local.page import conversations, knowledge
from local.page.progress import Progress
from local.stage import Stage
from local.tenant.activities import BotUnreachableError
from local.tenant.server import HttpServer
from shared import wiring
from shared.domain.identity import user_key

HERE = Path(__file__).parent
MAX_BODY = 64_000
MAX_TEXT = 8_000
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The cards' renderer sets styles on elements; scripts come from here alone, and none is inline."""


class Page:
    """The page of one stage; `progress` is written by whoever plays the story."""

    def __init__(self, stage: Stage, *, progress: Progress | None = None, port: int = 0) -> None:
        self.stage = stage
        self.progress = progress or Progress()
        self.token = secrets.token_urlsafe(24)
        self._port = port
        self._acting = asyncio.Lock()
        self._server = HttpServer(self._app())
        self.url = ""

    async def start(self) -> None:
        """Serve; raises OSError when the port is taken."""
        port = await self._server.start(self._port)
        self.url = f"http://127.0.0.1:{port}/"

    async def stop(self) -> None:
        """Stop serving."""
        await self._server.stop()

    def _app(self) -> Starlette:
        reading = [
            Route("/", self._page),
            Route("/api/overview", self._overview),
            Route("/api/conversation", self._conversation),
            Route("/api/knowledge", self._knowledge),
        ]
        acting = [
            Route("/api/press", self._acts(self._press), methods=["POST"]),
            Route("/api/say", self._acts(self._say), methods=["POST"]),
            Route("/api/wait", self._acts(self._wait), methods=["POST"]),
        ]
        modules = HERE / "node_modules"
        files = [
            Mount("/lib/adaptivecards", StaticFiles(directory=modules / "adaptivecards/dist", check_dir=False)),
            Mount("/lib/markdown-it", StaticFiles(directory=modules / "markdown-it/dist", check_dir=False)),
            Mount("/lib/dompurify", StaticFiles(directory=modules / "dompurify/dist", check_dir=False)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        return Starlette(routes=[*reading, *acting, *files], middleware=[Middleware(_Guard, page=self)])

    async def _page(self, _: Request) -> Response:
        text = (HERE / "static" / "page.html").read_text(encoding="utf8")
        return HTMLResponse(text.replace("{{token}}", html.escape(self.token)))

    async def _overview(self, request: Request) -> Response:
        tenant, viewer = self.stage.tenant, request.query_params.get("as", "")
        people = conversations.people(tenant)
        known = any(person["key"] == viewer for person in people)
        progress = self.progress
        return JSONResponse(
            {
                "people": people,
                "places": conversations.places(tenant, viewer) if known else [],
                "now": self.stage.clock.now().isoformat(),
                "progress": {
                    "done": progress.done,
                    "total": progress.total,
                    "moment": progress.moment,
                    "why": progress.why,
                    "told": progress.told,
                    "version": progress.version,
                },
            }
        )

    async def _conversation(self, request: Request) -> Response:
        place, viewer = request.query_params.get("place", ""), request.query_params.get("as", "")
        try:
            return JSONResponse(conversations.conversation(self.stage.tenant, place, viewer))
        except LookupError:
            return JSONResponse({"error": "There is no such place for this person."}, status_code=404)

    async def _knowledge(self, request: Request) -> Response:
        viewer = request.query_params.get("as", "")
        key = user_key(self.stage.tenant.id, viewer) if viewer else None
        store = (await wiring.services()).store
        return JSONResponse(await knowledge.knowledge(store, key, self.stage.clock.now()))

    def _acts(self, act: Callable[[dict[str, Any]], Awaitable[str]]) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that changes something: token checked, one at a time, everything worked off before it answers."""

        async def endpoint(request: Request) -> Response:
            if not secrets.compare_digest(request.headers.get("X-Page-Token", ""), self.token):
                return JSONResponse({"error": "Reload the page and try again."}, status_code=403)
            body = await request.body()
            if len(body) > MAX_BODY:
                return JSONResponse({"error": "That is too long."}, status_code=413)
            if not self.progress.told:
                return JSONResponse({"error": "The story is still being told; wait a moment."}, status_code=409)
            try:
                wanted = await request.json()
                async with self._acting:
                    said = await act(wanted)
                    await self.stage.settle()
            except (LookupError, ValueError, TypeError, AttributeError):
                return JSONResponse({"error": "That can't be done here."}, status_code=400)
            except BotUnreachableError:
                return JSONResponse({"error": "Cairn did not answer in time."}, status_code=502)
            self.progress.version += 1
            return JSONResponse({"notice": said})

        return endpoint

    async def _press(self, wanted: dict[str, Any]) -> str:
        """Press a card's button; returns what Cairn says to this person, empty when the card says it."""
        data = wanted.get("data")
        answer = await self.stage.tenant.press(
            str(wanted["as"]),
            str(wanted["place"]),
            str(wanted["message"]),
            str(wanted["verb"]),
            data if isinstance(data, dict) else None,
        )
        value = answer.body.get("value")
        return value if isinstance(value, str) else ""

    async def _say(self, wanted: dict[str, Any]) -> str:
        """Write something: in a channel, a thread, a chat, or to Cairn alone."""
        text, who, place = str(wanted["text"]).strip(), str(wanted["as"]), str(wanted["place"])
        if not text or len(text) > MAX_TEXT:
            raise ValueError("nothing to say, or too much")
        tenant = self.stage.tenant
        if place == tenant.conversation_with(who).id:
            await tenant.say(who, None, text)
        else:
            content = "<p>" + html.escape(text).replace("\n", "<br>") + "</p>"
            reply_to = wanted.get("replyTo")
            await tenant.post(place, who, content, reply_to=str(reply_to) if reply_to else None)
        return ""

    async def _wait(self, wanted: dict[str, Any]) -> str:
        """Let time pass."""
        await self.stage.advance_to(self.stage.clock.now() + knowledge.STEPS[wanted["step"]])
        return ""


class _Guard:
    """Only this machine's own page: the Host header is ours, and what changes something comes from our origin."""

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        own = self._page.url.removeprefix("http://").rstrip("/")
        allowed = {own, own.replace("127.0.0.1", "localhost")}
        origin = headers.get("origin", "").removeprefix("http://")
        if headers.get("host") not in allowed or (origin and origin not in allowed):
            await JSONResponse({"error": "This page is for this machine alone."}, status_code=403)(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [
                    (b"content-security-policy", _POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self._app(scope, receive, guarded)
