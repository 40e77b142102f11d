"""What was, or is to be, put into Teams."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.erasing import forget
from shared.adapters.sqlite.scanning import Scans
from shared.domain.identity import PostingId, SnippetId, SpaceId, ThreadId
from shared.domain.postings import Posting
from shared.ports import Stored


class OutboxTables(Scans):
    """See `shared.ports.Outbox` for what each method promises."""

    async def posting(self, posting_id: PostingId) -> Stored[Posting] | None:
        return self.one(Posting, "SELECT document, etag FROM postings WHERE id = ?", posting_id)

    async def put_posting(self, posting: Posting, *, etag: str | None) -> str:
        return self.put(
            "postings",
            {"id": posting.id},
            posting,
            etag,
            space_id=posting.space_id,
            thread_id=posting.thread_id,
            snippet_id=posting.snippet_id,
            unfinished=int(posting.unfinished),
            created_at=stamp(posting.created_at),
        )

    async def showing(self, snippet_id: SnippetId) -> Sequence[Posting]:
        query = "SELECT document FROM postings WHERE snippet_id = ? ORDER BY created_at, id"
        return self.many(Posting, query, snippet_id)

    async def of_thread(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Posting]:
        query = "SELECT document FROM postings WHERE space_id = ? AND thread_id = ? ORDER BY created_at, id"
        return self.many(Posting, query, space_id, thread_id)

    async def unfinished(self, created_before: datetime, *, limit: int) -> Sequence[Posting]:
        query = "SELECT document FROM postings WHERE unfinished = 1 AND created_at < ? ORDER BY created_at, id LIMIT ?"
        return self.many(Posting, query, stamp(created_before), limit)

    async def all_postings(self) -> Sequence[Posting]:
        return self.many(Posting, "SELECT document FROM postings ORDER BY created_at, id")

    async def postings_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Posting]]:
        return await self.naming(Posting, "postings", texts)

    async def drop_posting(self, posting_id: PostingId) -> None:
        self.rows("DELETE FROM postings WHERE id = ?", posting_id)
        with self.failures:
            forget(self.connection)
