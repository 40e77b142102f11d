"""The tenant's HTTP server on 127.0.0.1: one app with the doors of Entra, Graph and the Bot Connector."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.tenant.connector_access import ConnectorDoor
from local.tenant.connector_api import Connector
from local.tenant.core import Core
from local.tenant.entra import Entra
from local.tenant.graph_access import GraphCall, GraphDoor, bad_request
from local.tenant.graph_delta_api import delta_routes
from local.tenant.graph_directory_api import directory_routes
from local.tenant.graph_messages_api import message_routes
from local.tenant.subscriptions_api import subscription_routes
from local.tenant.tokens import Tokens

_FUNCTION_KEY = re.compile(r"\('([^']*)'\)")


def build_app(core: Core, tokens: Tokens) -> ASGIApp:
    """The tenant's app: `/login`, `/graph/v1.0` (the same under `/graph/beta`) and `/connector`."""
    door = GraphDoor(core, tokens)
    graph = [
        *subscription_routes(door),
        *delta_routes(door),
        *message_routes(door),
        *directory_routes(door),
        *_unserved(door),
    ]
    connector = Connector(ConnectorDoor(core, tokens))
    app = Starlette(
        routes=[
            Mount("/login", routes=Entra(core, tokens).routes()),
            Mount("/graph/v1.0", routes=graph),
            Mount("/graph/beta", routes=graph),
            Mount("/connector", routes=connector.routes()),
        ]
    )
    return _with_keys_as_segments(app)


def _unserved(door: GraphDoor) -> list[Route]:
    async def refuse(call: GraphCall) -> Response:
        raise bad_request(f"Resource not found for the segment '{call.path('path')}'.")

    return [door.route("/{path:path}", refuse, method) for method in ("GET", "POST", "PATCH", "DELETE")]


def _with_keys_as_segments(app: ASGIApp) -> ASGIApp:
    """Take `teams('id')` for `teams/id`, as OData does; notifications name resources that way."""

    async def rewritten(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/graph/"):
            scope = {**scope, "path": _FUNCTION_KEY.sub(r"/\1", scope["path"])}
        await app(scope, receive, send)

    return rewritten


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked_to_stop = asyncio.Event()

    def stop(self) -> None:
        """Make `serve` finish what is being answered and return."""
        self.should_exit = True
        self._asked_to_stop.set()

    async def main_loop(self) -> None:
        """Wait until asked to stop, with a tick a second for the Date header."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked_to_stop.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone: they belong to whoever runs the tenant."""
        yield


class HttpServer:
    """Runs an app with uvicorn in the running event loop."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            timeout_keep_alive=60,
        )
        self._server = _Uvicorn(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self, port: int) -> int:
        """Serve on a port of 127.0.0.1, any free one for 0; returns it. Raises OSError if it is taken."""
        # With its protocol named, asyncio switches off the delay of small packets (40 ms an answer) for it.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.close()
            raise
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="tenant-http")
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.001)
        bound: int = listener.getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Finish what is being answered and stop."""
        self._server.stop()
        if self._task is not None:
            await self._task
            self._task = None
