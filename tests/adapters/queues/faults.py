"""A transport that stands before the real server, and lets some requests go wrong in the ways that networks do."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport._aiohttp import AioHttpTransport


class Broken(Enum):
    """A request without an answer."""

    AWAY = "never sent"
    SILENT = "sent nowhere, and no answer within the time that a call has"
    LOST = "carried out, and the answer is lost"


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that is answered by a server which does nothing else."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


type Fault = Broken | Answer | None


class FaultyTransport(AioHttpTransport):
    """Gives each request the next of `faults` (None lets it pass), and lets every request pass after them."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: deque[Fault] = deque()
        self.sent: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    async def send(self, request: Any, **options: Any) -> Any:
        """Send a request, or don't."""
        self.sent.append(f"{request.method} {urlsplit(request.url).path}")
        self.headers.append(dict(request.headers))
        match self.faults.popleft() if self.faults else None:
            case Broken.AWAY:
                raise ServiceRequestError("connection refused")
            case Broken.SILENT:
                raise ServiceResponseTimeoutError("timed out")
            case Broken.LOST:
                await super().send(request, **options)
                raise ServiceResponseError("connection reset")
            case Answer() as answer:
                async with _answering(answer) as url:
                    request.url = url
                    return await super().send(request, **options)
        return await super().send(request, **options)


@asynccontextmanager
async def _answering(answer: Answer) -> AsyncIterator[str]:
    """A server that has one answer to everything."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", "Content-Length: 0", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
