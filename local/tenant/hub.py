"""An event hub and its blob store, as far as Graph uses them: what was sent waits until somebody takes it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from local.tenant.model import Blob, HubEvent
from local.tenant.state import State

type HubSink = Callable[[bytes], Awaitable[None]]
"""Takes the body of one event; raises ConnectionError while the hub can't be reached."""


class EventHub:
    """Keeps events and blobs; with a `sink`, events go there instead. `limit` is in bytes of an event's body."""

    def __init__(self, state: State) -> None:
        self.limit = 1_048_576
        self.sink: HubSink | None = None
        self._state = state

    async def send(self, url: str, body: bytes) -> bool:
        """Put an event into the hub; False while it can't be reached."""
        if self.sink is not None:
            try:
                await self.sink(body)
            except ConnectionError:
                return False
            return True
        number = self._state.register.hub_event + 1
        self._state.set_register(replace(self._state.register, hub_event=number))
        self._state.hub.put(HubEvent(number=number, url=url, body=body.decode()))
        return True

    def take(self) -> list[bytes]:
        """Every event since the last time, oldest first."""
        events = list(self._state.hub)
        for event in events:
            self._state.hub.drop(str(event.number))
        return [event.body.encode() for event in events]

    def store_blob(self, blob_id: str, body: bytes) -> None:
        """Keep what is too large for an event."""
        self._state.blobs.put(Blob(id=blob_id, body=body.decode()))

    def blob(self, blob_id: str) -> bytes:
        """What a blob holds; raises LookupError."""
        found = self._state.blobs.get(blob_id)
        if found is None:
            raise LookupError(f"there is no blob {blob_id}")
        return found.body.encode()
