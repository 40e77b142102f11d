"""Serves the page on 127.0.0.1: view models as JSON, and what a visitor does as the person they chose to be."""

import asyncio
import html
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.page.actions import ActionRefused, Actions, Post, Press, Reply, Wait
from local.page.conversations import conversation
from local.page.guard import Guard
from local.page.knowledge import knowledge
from local.page.places import people, places
from local.page.progress import Progress
from local.page.views import Overview, Telling, View
from local.stage import Stage
from local.tenant.server import HttpServer
from shared import wiring
from shared.domain.identity import SpaceId, user_key

HERE = Path(__file__).parent
MAX_BODY = 64_000
"""Bytes of a request."""
_LOOK_AGAIN = 0.25
"""Seconds after which the page is told of what has changed."""
_LIBRARIES = {
    "adaptivecards.js": "adaptivecards/dist/adaptivecards.min.js",
    "markdown-it.js": "markdown-it/dist/browser/markdown-it.umd.min.js",
    "dompurify.js": "dompurify/dist/purify.min.js",
}
"""What is served of node_modules, and nothing else of it."""


class Page:
    """The page of one stage; `progress` is written by whoever plays the story."""

    def __init__(self, stage: Stage, *, progress: Progress | None = None, port: int = 0) -> None:
        self.stage = stage
        self.progress = progress or Progress()
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self._port = port
        self._stopping = asyncio.Event()
        app = build_page(stage, progress=self.progress, token=self.token, stopping=self._stopping)
        self._server = HttpServer(app)

    async def start(self) -> None:
        """Serve; raises OSError when the port is taken."""
        port = await self._server.start(self._port)
        self.url = f"http://127.0.0.1:{port}/"

    async def stop(self) -> None:
        """Stop serving."""
        self._stopping.set()
        await self._server.stop()


def build_page(stage: Stage, *, progress: Progress, token: str, stopping: asyncio.Event | None = None) -> Starlette:
    """The page as an ASGI app. What changes something must bear `token`; `stopping` ends open event streams."""
    reads = _Reads(stage, progress, token, stopping or asyncio.Event())
    actions = Actions(stage)
    return Starlette(
        routes=[
            Route("/", reads.page),
            Route("/api/overview", reads.overview),
            Route("/api/story", reads.story),
            Route("/api/spaces/{place}/messages", reads.messages),
            Route("/api/knowledge", reads.knowledge),
            Route("/api/events", reads.events),
            Route("/api/press", _acting(actions.press, Press, progress), methods=["POST"]),
            Route("/api/post", _acting(actions.post, Post, progress), methods=["POST"]),
            Route("/api/reply", _acting(actions.reply, Reply, progress), methods=["POST"]),
            Route("/api/wait", _acting(actions.wait, Wait, progress), methods=["POST"]),
            Route("/lib/{name}", reads.library),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={Exception: _failed},
    )


class _Reads:
    def __init__(self, stage: Stage, progress: Progress, token: str, stopping: asyncio.Event) -> None:
        self._stage = stage
        self._progress = progress
        self._token = token
        self._stopping = stopping

    async def page(self, _: Request) -> Response:
        text = (HERE / "static" / "page.html").read_text(encoding="utf8")
        return HTMLResponse(text.replace("{{token}}", html.escape(self._token)))

    async def library(self, request: Request) -> Response:
        path = _LIBRARIES.get(request.path_params["name"])
        return FileResponse(HERE / "node_modules" / path) if path else _error("There is no such file.", 404)

    async def overview(self, request: Request) -> Response:
        tenant = self._stage.tenant
        return _json(
            Overview(
                people=people(tenant),
                places=places(tenant, request.query_params.get("as", "")),
                now=self._stage.clock.now(),
                telling=self._telling(),
                steps=len(self._progress.story),
            )
        )

    async def story(self, _: Request) -> Response:
        return _json(self._progress.story)

    async def messages(self, request: Request) -> Response:
        place, viewer = request.path_params["place"], request.query_params.get("as", "")
        stored = await (await wiring.services()).store.space(SpaceId(place))
        try:
            seen = conversation(self._stage.tenant, place, viewer, reading=stored is not None and stored.value.capture)
        except LookupError:
            return _error("There is no such place for this person.", 404)
        return _json(seen)

    async def knowledge(self, request: Request) -> Response:
        tenant, viewer = self._stage.tenant, request.query_params.get("as", "")
        everybody = {user_key(tenant.id, person.key): person for person in people(tenant)}
        key = user_key(tenant.id, viewer) if viewer else None
        store = (await wiring.services()).store
        return _json(await knowledge(store, key, everybody, self._stage.clock.now()))

    async def events(self, _: Request) -> Response:
        """Server-sent events (WHATWG HTML, "Server-sent events"): how far the story is told, whenever that changes."""
        return StreamingResponse(self._changes(), media_type="text/event-stream")

    async def _changes(self) -> AsyncIterator[bytes]:
        last = b""
        while not self._stopping.is_set():
            now = msgspec.json.encode(self._telling())
            if now != last:
                last = now
                yield b"data: " + now + b"\n\n"
            try:
                await asyncio.wait_for(self._stopping.wait(), _LOOK_AGAIN)
            except TimeoutError:
                continue

    def _telling(self) -> Telling:
        progress = self._progress
        return Telling(
            done=progress.done,
            total=progress.total,
            moment=progress.moment,
            why=progress.why,
            told=progress.told,
            version=progress.version,
        )


def _acting[T](
    act: Callable[[T], Awaitable[str | None]], kind: type[T], progress: Progress
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that does something once the story is told, and answers in words."""

    async def endpoint(request: Request) -> Response:
        if not progress.told:
            return _error("The story is still being told. Wait a moment.", 409)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _error("That is too long.", 413)
        try:
            notice = await act(msgspec.json.decode(body, type=kind))
        except msgspec.MsgspecError:
            return _error("The page sent something that makes no sense here. Reload it.", 400)
        except ActionRefused as refused:
            return _error(str(refused), 400)
        progress.version += 1
        return _json({"notice": notice or ""})

    return endpoint


async def _body(request: Request) -> bytes | None:
    """The request's body; None when there is too much of it, which is then not read."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BODY:
            return None
    return read


def _json(value: View | tuple[View, ...] | dict[str, str], status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _error(sentence: str, status: int) -> Response:
    return _json({"error": sentence}, status)


async def _failed(_: Request, __: Exception) -> Response:
    """What nobody foresaw: said in words here, with its traceback in the terminal."""
    return _error("Something went wrong; the terminal says what.", 500)
