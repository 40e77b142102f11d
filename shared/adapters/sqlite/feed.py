"""The feed of changed snippets, by a number that rises with every write, and what is kept about it."""

from collections.abc import Mapping, Sequence
from typing import Never

from shared.adapters.sqlite.documents import decoded
from shared.adapters.sqlite.table import Tables
from shared.domain.feed import Changed, Changes, FeedPlace
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet
from shared.domain.tallies import Tally
from shared.errors import Refused
from shared.ports import Stored

_PLACE = "feed"


class FeedTables(Tables):
    """See `shared.ports.Feed` for what each method promises."""

    async def snippet_changes(self, after: str, *, limit: int) -> Changes:
        # Writes take their number under the file's lock: none appears below one that was read.
        query = "SELECT changed, document FROM snippets WHERE changed > ? ORDER BY changed LIMIT ?"
        found = self.rows(query, int(after or 0), limit)
        with self.failures:
            snippets = [decoded(Snippet, document) for _, document in found]
        return Changes(
            changed=[Changed(audience_id=s.audience_id, snippet_id=s.id, revision=s.revision) for s in snippets],
            after=str(found[-1][0]) if found else after,
            more=len(found) == limit,
        )

    def changed_in(self, documents: Sequence[Mapping[str, object]]) -> Never:  # noqa: ARG002 - the port's
        raise Refused("a SQLite file triggers nothing by itself", code="no_trigger")

    async def feed_place(self) -> Stored[FeedPlace] | None:
        return self.one(FeedPlace, "SELECT document, etag FROM notes WHERE id = ?", _PLACE)

    async def put_feed_place(self, place: FeedPlace, *, etag: str | None) -> str:
        return self.put("notes", {"id": _PLACE}, place, etag)

    def audiences_changed(self, audiences: frozenset[AudienceId]) -> None:
        """Nothing: each search asks what was written since."""

    async def tally(self, audience_id: AudienceId, month: str) -> Stored[Tally] | None:
        query = "SELECT document, etag FROM tallies WHERE audience_id = ? AND month = ?"
        return self.one(Tally, query, audience_id, month)

    async def put_tally(self, tally: Tally, *, etag: str | None) -> str:
        return self.put("tallies", {"audience_id": tally.audience_id, "month": tally.month}, tally, etag)

    async def tallies(self, audience_id: AudienceId) -> Sequence[Tally]:
        return self.many(Tally, "SELECT document FROM tallies WHERE audience_id = ? ORDER BY month", audience_id)

    async def all_tallies(self) -> Sequence[Tally]:
        return self.many(Tally, "SELECT document FROM tallies ORDER BY audience_id, month")
