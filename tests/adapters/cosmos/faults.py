"""A transport in front of the real server, in which calls fail as they do in the cloud."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from azure.core.exceptions import ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport, HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one call fails: with an answer of the service, or without any; before the call is carried out, or after."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    lost: bool = False
    """Whether the server does as it was asked, and the answer never comes back."""
    timeout: bool = False


@dataclass(slots=True)
class Answer:
    """What azure-core needs of an answer that no server gave."""

    request: HttpRequest
    status_code: int
    headers: dict[str, str]
    reason: str = "fault"
    content_type: str = "application/json"
    block_size: int = 4096
    internal_response: Any = None
    is_closed: bool = True
    context: Any = None
    raw: bytes = b'{"code":"fault","message":"on purpose"}'

    def body(self) -> bytes:
        """The answer's content."""
        return self.raw

    def text(self, encoding: str | None = None) -> str:
        """The answer's content."""
        return self.raw.decode(encoding or "utf-8")


type Chooser = Callable[[HttpRequest], Fault | None]


@dataclass(slots=True)
class FaultyTransport(AsyncHttpTransport[Any, Any]):
    """Fails the calls on documents that `choose` names a fault for; passes on all others."""

    choose: Chooser = lambda _: None
    meanwhile: Callable[[HttpRequest], Awaitable[None]] | None = None
    """What others do just before a call on documents is carried out."""
    inner: AioHttpTransport = field(default_factory=AioHttpTransport)
    unreachable: int = 0
    """How many calls about the account itself fail first."""
    seen: list[str] = field(default_factory=list)
    """The methods of the calls on documents, failed ones included."""

    async def send(self, request: HttpRequest, **options: Any) -> Any:
        """Carry out a call, or let it fail."""
        if self.unreachable and "/dbs" not in request.url:
            self.unreachable -= 1
            raise ServiceRequestError("no connection")
        if "/docs" not in request.url:
            return await self.inner.send(request, **options)
        self.seen.append(request.method)
        await asyncio.sleep(0)  # let others have their turn, as a network would
        if self.meanwhile is not None:
            await self.meanwhile(request)
        fault = self.choose(request)
        if fault is None:
            return await self.inner.send(request, **options)
        if fault.lost:
            await self.inner.send(request, **options)
        if fault.status is not None:
            return Answer(request, fault.status, dict(fault.headers))
        if fault.timeout:
            raise ServiceResponseTimeoutError("no answer in time")
        raise ServiceResponseError("the connection broke") if fault.lost else ServiceRequestError("no connection")

    async def open(self) -> None:
        """See azure-core."""
        await self.inner.open()

    async def close(self) -> None:
        """See azure-core."""
        await self.inner.close()

    async def sleep(self, duration: float) -> None:
        """Nothing here waits for time to pass."""

    async def __aenter__(self) -> Self:
        await self.inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.inner.__aexit__(kind, error, trace)


def in_turn(faults: Iterable[Fault | None]) -> Chooser:
    """These faults for the next calls, one each; then none."""
    waiting = deque(faults)
    return lambda _: waiting.popleft() if waiting else None


def for_method(method: str, fault: Fault, *, times: int = 1) -> Chooser:
    """The fault for the next calls of a method, so many times."""
    left = [times]

    def choose(request: HttpRequest) -> Fault | None:
        if request.method != method or not left[0]:
            return None
        left[0] -= 1
        return fault

    return choose


def after(calls: int, fault: Fault) -> Chooser:
    """So many calls go through; then every one fails, as if the process had died there."""
    left = [calls]

    def choose(_: HttpRequest) -> Fault | None:
        left[0] -= 1
        return fault if left[0] < 0 else None

    return choose
