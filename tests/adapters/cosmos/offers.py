"""What the test server does not know: throughput, as an account answers about it (Offers of Cosmos DB's REST API)."""

import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport, HttpRequest

from tests.adapters.cosmos.faults import Answer

AUTOSCALE = "x-ms-cosmos-offer-autopilot-settings"


@dataclass(slots=True)
class Account(AsyncHttpTransport[Any, Any]):
    """Passes everything to the server but what concerns throughput, which it keeps itself."""

    offer: dict[str, Any] | None = None
    """The database's or a container's `content`: `offerThroughput`, and `offerAutopilotSettings` where it scales."""
    of_containers: bool = False
    """Whether that is what a provisioned account gives each container, rather than the database's."""
    replaced: int = 0
    inner: AioHttpTransport = field(default_factory=AioHttpTransport)

    async def send(self, request: HttpRequest, **options: Any) -> Any:
        """Answer about throughput, or let the server answer."""
        if "/offers" in request.url:
            return self._answer(request)
        wanted = request.headers.get(AUTOSCALE)
        if wanted is not None and request.method == "POST" and request.url.rstrip("/").endswith("/dbs"):
            self.offer = {"offerThroughput": 100, "offerAutopilotSettings": json.loads(wanted)}
        return await self.inner.send(request, **options)

    def _answer(self, request: HttpRequest) -> Answer:
        if request.method == "PUT":
            self.replaced += 1
            self.offer = _content(request)["content"]
            return self._said(request, self._resource())
        link = _content(request)["parameters"][0]["value"]
        about_container = "/colls/" in link
        there = self.offer is not None and about_container == self.of_containers
        return self._said(request, {"Offers": [self._resource()] if there else [], "_count": int(there)})

    def _resource(self) -> dict[str, Any]:
        return {"id": "offer", "_rid": "o1aB", "_self": "offers/o1aB/", "content": self.offer}

    def _said(self, request: HttpRequest, content: dict[str, Any]) -> Answer:
        return Answer(request, 200, {"Content-Type": "application/json"}, "OK", raw=json.dumps(content).encode())

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


def _content(request: HttpRequest) -> Any:
    assert isinstance(request.body, str | bytes)
    return json.loads(request.body)
