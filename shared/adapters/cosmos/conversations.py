"""Messages and threads: both in the partition of their space."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.adapters.cosmos.containers import CONVERSATIONS
from shared.adapters.cosmos.documents import Json, Wrapped, stored_in, value_of, version_of_document
from shared.adapters.cosmos.ids import document_id, just_after, ordered
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import (
    AFTER,
    BEFORE,
    COUNT_MESSAGES,
    COUNT_THREADS,
    IDS_OF_THREAD,
    OF_AUTHOR,
    OF_AUTHOR_HERE,
    OLD_MESSAGES,
    OLD_MESSAGES_HERE,
    THREAD_MESSAGES,
)
from shared.adapters.sqlite.documents import stamp
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import MessageId, SpaceId, ThreadId, UserKey
from shared.domain.messages import Message
from shared.ports import Stored

_DUE, _EMPTIED = "threads due", "threads emptied"


class ConversationParts(Parts):
    """See `shared.ports.Conversations` for what each method promises."""

    async def message(self, space_id: SpaceId, message_id: MessageId) -> Stored[Message] | None:
        return await self.one(Message, CONVERSATIONS, document_id("message", message_id), space_id)

    async def put_message(self, message: Message, *, etag: str | None) -> str:
        return await self.put(
            CONVERSATIONS,
            document_id("message", message.id),
            "message",
            message,
            etag,
            spaceId=message.space_id,
            threadId=message.thread_id,
            author=message.author.key if message.author else None,
            said=ordered(message.created_at, message.id),
            keptFrom=stamp(message.kept_from),
        )

    async def thread_messages(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Stored[Message]]:
        found = await self.of(CONVERSATIONS).ask(THREAD_MESSAGES, {"thread": thread_id}, key=space_id)
        return [stored_in(Message, content) for content in found]

    async def before(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        said = ordered(created_at, message_id)
        found = await self.of(CONVERSATIONS).ask(BEFORE, {"said": said}, key=space_id, limit=limit)
        return [stored_in(Message, content) for content in found[::-1]]

    async def after(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        said = ordered(created_at, message_id)
        found = await self.of(CONVERSATIONS).ask(AFTER, {"said": said}, key=space_id, limit=limit)
        return [stored_in(Message, content) for content in found]

    async def thread(self, space_id: SpaceId, thread_id: ThreadId) -> Stored[Thread] | None:
        return await self.one(Thread, CONVERSATIONS, document_id("thread", thread_id), space_id)

    async def put_thread(self, thread: Thread, *, etag: str | None) -> str:
        columns = {"spaceId": thread.space_id, "state": thread.state}
        due = {_DUE: ordered(thread.due_at, thread.space_id, thread.id)} if thread.due_at else {}
        return await self.lists.put(
            self.of(CONVERSATIONS),
            lambda entries: Wrapped(document_id("thread", thread.id), "thread", thread, columns, entries),
            etag,
            places=due,
            points_to=(thread.space_id, thread.id),
        )

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Thread]:
        found = await self.lists.first(_DUE, self._thread, until=just_after(now), limit=limit)
        return [value_of(Thread, content) for content in found]

    async def _thread(self, points_to: list[str]) -> Json | None:
        space_id, thread_id = points_to
        return await self.of(CONVERSATIONS).read(document_id("thread", thread_id), space_id)

    async def purge(self, before: datetime, *, limit: int, space_id: SpaceId | None = None) -> int:
        query = OLD_MESSAGES if space_id is None else OLD_MESSAGES_HERE
        old = await self.of(CONVERSATIONS).ask(query, {"before": stamp(before)}, key=space_id, limit=limit)
        # Threads first: should this end half-way, the messages are still there to be found by the next purge.
        await each(lambda thread: self._drop_thread_with(*thread, old), _threads_of(old))
        await each(self._drop_message, old)
        if len(old) < limit:
            await each(self._drop_if_judged, await self.lists.marks(_EMPTIED))
        return len(old)

    async def _drop_message(self, found: Json) -> None:
        await self.of(CONVERSATIONS).remove(found["id"], found["spaceId"])

    async def _drop_thread_with(self, space_id: SpaceId, thread_id: ThreadId, going: list[Any]) -> None:
        """Remove a thread whose messages are all among those that go."""
        ids = {found["id"] for found in going if found["spaceId"] == space_id}
        if {found["id"] for found in await self._ids_of(space_id, thread_id)} <= ids:
            await self._drop_thread(await self._thread([space_id, thread_id]))

    async def _drop_if_judged(self, mark: Json) -> None:
        """Remove a thread whose messages went with their author, once it has been judged without them."""
        thread = await self._thread(mark["ref"])
        if thread is not None and not await self._ids_of(*mark["ref"]):
            if value_of(Thread, thread).due_at is not None:
                return
            await self._drop_thread(thread)
        await self.lists.unmark(mark)

    async def _ids_of(self, space_id: SpaceId, thread_id: ThreadId) -> list[Json]:
        return await self.of(CONVERSATIONS).ask(IDS_OF_THREAD, {"thread": thread_id}, key=space_id)

    async def _drop_thread(self, thread: Json | None) -> None:
        if thread is not None and await self.of(CONVERSATIONS).remove(
            thread["id"], thread["spaceId"], etag=thread["_etag"]
        ):
            await self.lists.let_go(version_of_document(thread).entries)

    async def drop_author(self, space_id: SpaceId | None, user: UserKey) -> Sequence[tuple[SpaceId, ThreadId]]:
        query = OF_AUTHOR if space_id is None else OF_AUTHOR_HERE
        found = await self.of(CONVERSATIONS).ask(query, {"author": user}, key=space_id)
        threads = _threads_of(found)
        await each(lambda thread: self.lists.mark(_EMPTIED, document_id("thread", *thread), thread), threads)
        await each(self._drop_message, found)
        return threads

    async def count_messages(self) -> int:
        return sum(await self.of(CONVERSATIONS).ask(COUNT_MESSAGES))

    async def count_exchanges(self) -> Mapping[ExchangeState, int]:
        counted = {
            state: sum(await self.of(CONVERSATIONS).ask(COUNT_THREADS, {"state": state})) for state in ExchangeState
        }
        return {state: count for state, count in counted.items() if count}

    async def messages_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Message]]:
        return await self.naming(Message, CONVERSATIONS, "message", texts)

    async def threads_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Thread]]:
        return await self.naming(Thread, CONVERSATIONS, "thread", texts)


def _threads_of(found: list[Any]) -> list[tuple[SpaceId, ThreadId]]:
    placed = {(found["spaceId"], found["threadId"]) for found in found if found["threadId"] is not None}
    return sorted((SpaceId(space), ThreadId(thread)) for space, thread in placed)
