"""Messages and threads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.erasing import forget
from shared.adapters.sqlite.scanning import Scans
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import MessageId, SpaceId, ThreadId, UserKey
from shared.domain.messages import Message
from shared.ports import Stored

_PURGE = (
    "DELETE FROM messages WHERE rowid IN (SELECT rowid FROM messages WHERE kept_from < ?1 "
    "ORDER BY kept_from LIMIT ?2) RETURNING space_id, thread_id"
)
_PURGE_HERE = (
    "DELETE FROM messages WHERE rowid IN (SELECT rowid FROM messages WHERE space_id = ?3 AND kept_from < ?1 "
    "ORDER BY kept_from LIMIT ?2) RETURNING space_id, thread_id"
)


class ConversationTables(Scans):
    """See `shared.ports.Conversations` for what each method promises."""

    async def message(self, space_id: SpaceId, message_id: MessageId) -> Stored[Message] | None:
        query = "SELECT document, etag FROM messages WHERE space_id = ? AND id = ?"
        return self.one(Message, query, space_id, message_id)

    async def put_message(self, message: Message, *, etag: str | None) -> str:
        return self.put(
            "messages",
            {"space_id": message.space_id, "id": message.id},
            message,
            etag,
            thread_id=message.thread_id,
            author=message.author.key if message.author else None,
            created_at=stamp(message.created_at),
            kept_from=stamp(message.kept_from),
        )

    async def thread_messages(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Stored[Message]]:
        query = "SELECT document, etag FROM messages WHERE space_id = ? AND thread_id = ? ORDER BY created_at, id"
        return self.many_stored(Message, query, space_id, thread_id)

    async def before(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        query = (
            "SELECT document, etag FROM messages WHERE space_id = ? AND (created_at, id) < (?, ?) "
            "ORDER BY created_at DESC, id DESC LIMIT ?"
        )
        return self.many_stored(Message, query, space_id, stamp(created_at), message_id, limit)[::-1]

    async def after(
        self, space_id: SpaceId, created_at: datetime, message_id: MessageId, *, limit: int
    ) -> Sequence[Stored[Message]]:
        query = (
            "SELECT document, etag FROM messages WHERE space_id = ? AND (created_at, id) > (?, ?) "
            "ORDER BY created_at, id LIMIT ?"
        )
        return self.many_stored(Message, query, space_id, stamp(created_at), message_id, limit)

    async def thread(self, space_id: SpaceId, thread_id: ThreadId) -> Stored[Thread] | None:
        query = "SELECT document, etag FROM threads WHERE space_id = ? AND id = ?"
        return self.one(Thread, query, space_id, thread_id)

    async def put_thread(self, thread: Thread, *, etag: str | None) -> str:
        return self.put(
            "threads",
            {"space_id": thread.space_id, "id": thread.id},
            thread,
            etag,
            state=thread.state,
            due_at=stamp(thread.due_at) if thread.due_at else None,
        )

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Thread]:
        query = "SELECT document FROM threads WHERE due_at <= ? ORDER BY due_at, space_id, id LIMIT ?"
        return self.many(Thread, query, stamp(now), limit)

    async def purge(self, before: datetime, *, limit: int, space_id: SpaceId | None = None) -> int:
        with self.transaction():
            gone = self.rows(_PURGE if space_id is None else _PURGE_HERE, stamp(before), limit, *_given(space_id))
            for space_id, thread_id in {(space, thread) for space, thread in gone if thread is not None}:
                self.rows(
                    "DELETE FROM threads WHERE space_id = ?1 AND id = ?2 "
                    "AND NOT EXISTS (SELECT 1 FROM messages WHERE space_id = ?1 AND thread_id = ?2)",
                    space_id,
                    thread_id,
                )
            done = len(gone) < limit
            if done:
                # Threads whose messages went with their author, once they have been judged without them.
                self.rows(
                    "DELETE FROM threads WHERE due_at IS NULL AND NOT EXISTS "
                    "(SELECT 1 FROM messages m WHERE m.space_id = threads.space_id AND m.thread_id = threads.id)"
                )
        if done:
            with self.failures:
                forget(self.connection)
        return len(gone)

    async def drop_author(self, space_id: SpaceId | None, user: UserKey) -> Sequence[tuple[SpaceId, ThreadId]]:
        statement = "DELETE FROM messages WHERE author = ?1 AND (?2 IS NULL OR space_id = ?2)"
        gone = self.rows(f"{statement} RETURNING space_id, thread_id", user, space_id)
        with self.failures:
            forget(self.connection)
        return sorted({(SpaceId(space), ThreadId(thread)) for space, thread in gone if thread is not None})

    async def count_messages(self) -> int:
        ((count,),) = self.rows("SELECT count(*) FROM messages")
        return int(count)

    async def count_exchanges(self) -> Mapping[ExchangeState, int]:
        found = self.rows("SELECT state, count(*) FROM threads GROUP BY state")
        return {ExchangeState(state): count for state, count in found}

    async def messages_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Message]]:
        return await self.naming(Message, "messages", texts)

    async def threads_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Thread]]:
        return await self.naming(Thread, "threads", texts)


def _given(space_id: SpaceId | None) -> tuple[SpaceId, ...]:
    return () if space_id is None else (space_id,)
