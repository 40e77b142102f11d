"""Append-only facts, in the partition of their space."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.adapters.cosmos.containers import EVENTS
from shared.adapters.cosmos.documents import Json, Wrapped, value_of
from shared.adapters.cosmos.ids import document_id, newest_first
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import COUNT_EVENTS, EVENTS_BY, LATEST_EVENTS, OLD_EVENTS
from shared.adapters.sqlite.documents import stamp
from shared.domain.events import Event, EventKind
from shared.domain.identity import UserKey


class EventParts(Parts):
    """See `shared.ports.Events` for what each method promises."""

    async def append(self, event: Event) -> bool:
        columns = {
            "spaceId": event.space_id,
            "kind": event.kind,
            "at": stamp(event.at),
            "newest": newest_first(event.at, event.id),
            "doneBy": event.by,
        }
        wrapped = Wrapped(document_id("event", event.id), "event", event, columns)
        return await self.of(EVENTS).create(wrapped.as_json(None))

    async def counts(self) -> Mapping[EventKind, int]:
        async def count(kind: EventKind) -> int:
            return sum(await self.of(EVENTS).ask(COUNT_EVENTS, {"kind": kind}))

        counted = zip(EventKind, await each(count, EventKind), strict=True)
        return {kind: count for kind, count in counted if count}

    async def latest(self, *, limit: int) -> Sequence[Event]:
        return [value_of(Event, content) for content in await self.of(EVENTS).ask(LATEST_EVENTS, limit=limit)]

    async def drop_events(self, user: UserKey) -> int:
        gone = await each(self._drop_event, await self.of(EVENTS).ask(EVENTS_BY, {"user": user}))
        return sum(gone)

    async def purge_events(self, before: datetime, *, limit: int) -> int:
        old = await self.of(EVENTS).ask(OLD_EVENTS, {"before": stamp(before)}, limit=limit)
        await each(self._drop_event, old)
        return len(old)

    async def _drop_event(self, found: Json) -> bool:
        return await self.of(EVENTS).remove(found["id"], found["spaceId"])
