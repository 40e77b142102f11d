"""What was, or is to be, put into Teams; found by its id, and in lists by thread, by snippet and while it is undone."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.cosmos.containers import OUTBOX
from shared.adapters.cosmos.documents import Json, Wrapped, value_of, version_of_document
from shared.adapters.cosmos.ids import document_id, ordered
from shared.adapters.cosmos.parts import Parts
from shared.adapters.cosmos.queries import ALL_POSTINGS
from shared.adapters.sqlite.documents import stamp
from shared.domain.identity import PostingId, SnippetId, SpaceId, ThreadId
from shared.domain.postings import Posting
from shared.ports import Stored

_UNFINISHED = "postings unfinished"
_POSTING = "posting"


class OutboxParts(Parts):
    """See `shared.ports.Outbox` for what each method promises."""

    async def posting(self, posting_id: PostingId) -> Stored[Posting] | None:
        return await self.one(Posting, OUTBOX, document_id(_POSTING, posting_id), posting_id)

    async def put_posting(self, posting: Posting, *, etag: str | None) -> str:
        order = ordered(posting.created_at, posting.id)
        columns = {"postingId": posting.id, "place": order}
        return await self.lists.put(
            self.of(OUTBOX),
            lambda entries: Wrapped(document_id(_POSTING, posting.id), _POSTING, posting, columns, entries),
            etag,
            places=dict.fromkeys(_lists_of(posting), order),
            points_to=(posting.id,),
        )

    async def showing(self, snippet_id: SnippetId) -> Sequence[Posting]:
        found = await self.lists.all(_of_snippet(snippet_id), self._posting)
        return [value_of(Posting, content) for content in found]

    async def of_thread(self, space_id: SpaceId, thread_id: ThreadId) -> Sequence[Posting]:
        found = await self.lists.all(_of_thread(space_id, thread_id), self._posting)
        return [value_of(Posting, content) for content in found]

    async def unfinished(self, created_before: datetime, *, limit: int) -> Sequence[Posting]:
        found = await self.lists.first(_UNFINISHED, self._posting, until=stamp(created_before), limit=limit)
        return [value_of(Posting, content) for content in found]

    async def _posting(self, points_to: list[str]) -> Json | None:
        (posting_id,) = points_to
        return await self.of(OUTBOX).read(document_id(_POSTING, posting_id), posting_id)

    async def all_postings(self) -> Sequence[Posting]:
        return [value_of(Posting, content) for content in await self.of(OUTBOX).ask(ALL_POSTINGS)]

    async def postings_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Posting]]:
        return await self.naming(Posting, OUTBOX, _POSTING, texts)

    async def drop_posting(self, posting_id: PostingId) -> None:
        known = await self._posting([posting_id])
        if known is not None:
            await self.of(OUTBOX).remove(known["id"], posting_id)
            await self.lists.let_go(version_of_document(known).entries)


def _lists_of(posting: Posting) -> list[str]:
    names = [_UNFINISHED] if posting.unfinished else []
    if posting.thread_id is not None:
        names.append(_of_thread(posting.space_id, posting.thread_id))
    if posting.snippet_id is not None:
        names.append(_of_snippet(posting.snippet_id))
    return names


def _of_thread(space_id: SpaceId, thread_id: ThreadId) -> str:
    return document_id("postings of thread", space_id, thread_id)


def _of_snippet(snippet_id: SnippetId) -> str:
    return document_id("postings of snippet", snippet_id)
