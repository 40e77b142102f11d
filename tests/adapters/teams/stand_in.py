"""A small Bot Connector on this machine: it keeps what it was told, and can be told to misbehave."""

import itertools
import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True)
class Misbehaviour:
    """The next call's fate: an answer instead of the right one, perhaps after having done what was asked."""

    status: int
    retry_after: str | None = None
    done: bool = False
    hang_up: bool = False
    code: str = "SomeError"


@dataclass
class StandIn:
    """Conversations by id, each with its activities by id; and every call that came in."""

    conversations: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    not_installed: set[str] = field(default_factory=set)
    faults: deque[Misbehaviour] = field(default_factory=deque)
    calls: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    bearer: str = "token-1"
    url: str = ""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1, in a thread of its own."""
        one = "/v3/conversations/{conversation}/activities"
        routes = [
            Route("/v3/conversations", self._create, methods=["POST"]),
            Route(one, self._post, methods=["POST"]),
            Route(f"{one}/{{activity}}", self._change, methods=["PUT", "DELETE"]),
        ]
        # asyncio sends small answers at once only on sockets that name their protocol.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)

    def begin_anew(self, *conversations: str) -> None:
        """Forget everything; only these conversations exist."""
        self.conversations = {conversation: {} for conversation in conversations}
        self.not_installed.clear()
        self.faults.clear()
        self.calls.clear()
        self.bodies.clear()
        self.bearer = "token-1"

    async def _create(self, request: Request) -> Response:
        async def made(body: dict[str, Any]) -> Response:
            member = body["members"][0]["id"]
            if member in self.not_installed:
                return _error(403, "ForbiddenOperationException")
            self.conversations.setdefault(f"a:{member}", {})
            return JSONResponse({"id": f"a:{member}"}, status_code=201)

        return await self._answer(request, made)

    async def _post(self, request: Request) -> Response:
        async def posted(body: dict[str, Any]) -> Response:
            number = str(next(self._numbers))
            self.conversations[request.path_params["conversation"]][number] = body
            return JSONResponse({"id": number}, status_code=201)

        return await self._answer(request, posted)

    async def _change(self, request: Request) -> Response:
        async def changed(body: dict[str, Any]) -> Response:
            standing = self.conversations[request.path_params["conversation"]]
            activity = request.path_params["activity"]
            if activity not in standing:
                return _error(404, "ActivityNotFoundInConversation")
            if request.method == "DELETE":
                del standing[activity]
                return Response()
            standing[activity] = body
            return JSONResponse({"id": activity})

        return await self._answer(request, changed)

    async def _answer(self, request: Request, act: Any) -> Response:
        raw = await request.body()
        body = json.loads(raw) if raw else {}
        self.calls.append((request.method, request.url.path))
        self.bodies.append(body)
        if request.headers.get("authorization") != f"Bearer {self.bearer}":
            return _error(401, "Unauthorized")
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and not fault.done:
            return _misbehave(fault)
        conversation = request.path_params.get("conversation")
        known = conversation is None or conversation in self.conversations
        answer: Response = await act(body) if known else _error(404, "ConversationNotFound")
        return answer if fault is None else _misbehave(fault)


def _misbehave(fault: Misbehaviour) -> Response:
    if fault.hang_up:
        return _HangUp()
    answer = _error(fault.status, fault.code)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def _error(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "no"}}, status_code=status)


class _HangUp(Response):
    """Promises more than it sends, so that the connection breaks."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"{"})
