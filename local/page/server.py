"""Serves the page on 127.0.0.1: view models as JSON, and a door for what a visitor does."""

import hashlib
import html
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.page import conversations, knowledge
from local.page.actions import Actions
from local.page.guard import Guard
from local.page.progress import Progress
from local.stage import Stage
from local.tenant.activities import BotUnreachableError
from local.tenant.server import HttpServer
from shared import wiring
from shared.domain.identity import user_key

HERE = Path(__file__).parent
MAX_BODY = 64_000
LIBRARIES = ("adaptivecards", "markdown-it", "dompurify")

type Act = Callable[[Mapping[str, Any]], Awaitable[str]]


class Page:
    """The page of one stage; `progress` is written by whoever plays the story, None when nobody does."""

    def __init__(self, stage: Stage, *, progress: Progress | None = None, port: int = 0) -> None:
        self.stage = stage
        self.progress = progress or Progress()
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self._port = port
        self._actions = Actions(stage)
        self._server = HttpServer(self._app())

    async def start(self) -> None:
        """Serve at `url`; raises OSError when the port is taken."""
        self.url = f"http://127.0.0.1:{await self._server.start(self._port)}/"

    async def stop(self) -> None:
        """Stop serving."""
        await self._server.stop()

    def _app(self) -> Starlette:
        actions = self._actions
        routes = [
            Route("/", self._page),
            Route("/api/overview", self._overview),
            Route("/api/conversation", self._conversation),
            Route("/api/knowledge", self._knowledge),
            Route("/api/press", self._acts(actions.press), methods=["POST"]),
            Route("/api/say", self._acts(actions.say), methods=["POST"]),
            Route("/api/wait", self._acts(actions.wait), methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        for name in LIBRARIES:
            built = StaticFiles(directory=HERE / "node_modules" / name / "dist", check_dir=False)
            routes.append(Mount(f"/lib/{name}", built))
        return Starlette(routes=routes, middleware=[Middleware(Guard, address=self._address)])

    def _address(self) -> str:
        return self.url.removeprefix("http://").rstrip("/")

    async def _page(self, _: Request) -> Response:
        text = (HERE / "static" / "page.html").read_text(encoding="utf8")
        return HTMLResponse(text.replace("{{token}}", html.escape(self.token)))

    async def _overview(self, request: Request) -> Response:
        """Who there is, where they are and how far the story is; 304 while that is as the page knows it."""
        tenant, viewer, progress = self.stage.tenant, request.query_params.get("as", ""), self.progress
        people = conversations.people(tenant)
        known = any(person["key"] == viewer for person in people)
        found = {
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
        etag = f'"{hashlib.sha256(json.dumps(found).encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return JSONResponse(found, headers={"ETag": etag})

    async def _conversation(self, request: Request) -> Response:
        place, viewer = request.query_params.get("place", ""), request.query_params.get("as", "")
        try:
            return JSONResponse(conversations.conversation(self.stage.tenant, place, viewer))
        except LookupError:
            return _refusal("There is no such place for this person.", 404)

    async def _knowledge(self, request: Request) -> Response:
        viewer = request.query_params.get("as", "")
        key = user_key(self.stage.tenant.id, viewer) if viewer else None
        store = (await wiring.services()).store
        return JSONResponse(await knowledge.knowledge(store, key, self.stage.clock.now()))

    def _acts(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that changes something: for whoever holds the page's token, once the story is told."""

        async def endpoint(request: Request) -> Response:
            if not secrets.compare_digest(request.headers.get("X-Page-Token", "").encode(), self.token.encode()):
                return _refusal("Reload the page and try again.", 403)
            if not self.progress.told:
                return _refusal("Please wait until the story has been played.", 409)
            wanted = await _body(request)
            if wanted is None:
                return _refusal("That can't be done here.", 400)
            try:
                said = await act(wanted)
            except (LookupError, ValueError):
                return _refusal("That can't be done here.", 400)
            except BotUnreachableError:
                return _refusal("Cairn did not answer in time. Please try again.", 502)
            self.progress.version += 1
            return JSONResponse({"notice": said})

        return endpoint


async def _body(request: Request) -> Mapping[str, Any] | None:
    """The request's JSON object; None when it is too large or none."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BODY:
            return None
    try:
        wanted = json.loads(read)
    except ValueError:
        return None
    return wanted if isinstance(wanted, dict) else None


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)
