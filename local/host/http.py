"""The HTTP side: hands a request to its function as Azure's host does, and gives its response back."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.host.errors import HostError, InvocationFailed
from local.host.functions import Function, HttpTrigger
from local.host.invocation import Invoker
from local.host.protocol import RpcHttp, RpcHttpCookie, TypedData
from local.host.routes import routes


class FunctionDoor:
    """Where requests for one function come in."""

    def __init__(self, function: Function, invoker: Invoker, key: str | None) -> None:
        assert isinstance(function.trigger, HttpTrigger)
        if function.trigger.needs_key and key is None:
            raise HostError(f"The function {function.name} asks callers for a key, and the host was given none.")
        self._function = function
        self._key = key if function.trigger.needs_key else None
        self._invoker = invoker
        self._activity = invoker.activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect):
            response = await self._answer(request)
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self._admits(request):
            return Response(status_code=401)
        body = await request.body()
        self._activity.begin()
        try:
            returned = await self._invoker.run(self._function, TypedData(http=_rpc_request(request, body)))
        except InvocationFailed:
            return Response(status_code=500)
        finally:
            self._activity.end()
        return _response(returned)

    def _admits(self, request: Request) -> bool:
        if self._key is None:
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        return hmac.compare_digest(given.encode(), self._key.encode())


def build_app(
    functions: Sequence[Function],
    invoker: Invoker,
    *,
    key: str | None,
    body_limit: int,
) -> ASGIApp:
    """The app with every HTTP function's route. What has none is answered 404, also a wrong method's;
    a body larger than `body_limit` bytes is answered 413 as soon as that is known.
    """
    doors = [
        (function, FunctionDoor(function, invoker, key))
        for function in functions
        if isinstance(function.trigger, HttpTrigger)
    ]
    app = Starlette(routes=routes(doors, body_limit), exception_handlers={404: _not_found, 405: _not_found})
    app.router.redirect_slashes = False
    return app


async def _not_found(_request: Request, _error: Exception) -> Response:
    return Response(status_code=404)


def _rpc_request(request: Request, body: bytes) -> RpcHttp:
    """A request as Azure's host describes it to the worker: repeated values joined, empty query ones left out."""
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers.keys()}  # noqa: SIM118
    query = {name: ",".join(request.query_params.getlist(name)) for name in request.query_params}
    return RpcHttp(
        method=request.method,
        url=str(request.url),
        headers=headers,
        query={name: value for name, value in query.items() if value},
        params={name: str(value) for name, value in request.path_params.items() if value != ""},
        body=TypedData(bytes=body),
    )


def _response(returned: TypedData | None) -> Response:
    if returned is None:
        return Response(status_code=204)
    if returned.kind != "http":
        return Response(returned.value, media_type="text/plain")
    http: RpcHttp = returned.value
    headers = {name: value for name, value in http.headers.items() if name.lower() != "content-length"}
    body = http.body.value if http.body is not None else b""
    response = Response(body, status_code=int(http.status_code), headers=headers)
    for cookie in http.cookies or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: Response, cookie: RpcHttpCookie) -> None:
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=int(cookie.max_age.value) if cookie.max_age else None,
        expires=_moment(cookie),
        path=cookie.path.value if cookie.path else None,
        domain=cookie.domain.value or None if cookie.domain else None,
        secure=bool(cookie.secure and cookie.secure.value),
        httponly=bool(cookie.http_only and cookie.http_only.value),
        samesite=cookie.same_site,  # type: ignore[arg-type]  # one of three words
    )


def _moment(cookie: RpcHttpCookie) -> datetime | None:
    return datetime.fromtimestamp(cookie.expires.value.seconds, UTC) if cookie.expires else None


class HttpServer:
    """Serves an app with uvicorn, in the running event loop, on 127.0.0.1."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", http="h11", server_header=False
        )
        self._server = _Uvicorn(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self, port: int) -> int:
        """Serve on a port, any free one for 0; returns it. Raises `HostError` when it is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            listener.close()
            raise HostError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from error
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="host-http")
        while not self._server.started:
            if self._serving.done():
                await self._serving
            await asyncio.sleep(0.001)
        bound: int = listener.getsockname()[1]
        return bound

    def close(self) -> asyncio.Task[None] | None:
        """Take no more requests; returns the task that ends when those being answered are (None: never served)."""
        self._server.should_exit = True
        return self._serving

    def abort(self) -> None:
        """Wait no longer for requests that are still being answered."""
        self._server.force_exit = True
        for task in self._server.server_state.tasks:
            task.cancel()


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone: they belong to whoever runs the host."""
        yield
