"""The feed of changed snippets, and what is kept about it.

On an account the database's own change feed triggers the function that follows it. Where nothing triggers, the same
is asked for by the time of the last write, which Cosmos DB keeps in `_ts`, in whole seconds of the server's clock.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime

from shared.adapters.cosmos.containers import LEARNING, SNIPPETS, SPACES
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id
from shared.adapters.cosmos.parts import Parts
from shared.adapters.cosmos.queries import ALL_TALLIES, CHANGED_SINCE, TALLIES_OF
from shared.domain.feed import Changed, Changes, FeedPlace
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet
from shared.domain.tallies import Tally
from shared.ports import Stored

_PLACE = "@feed"
"""A partition's key: no space's id looks like it."""
_OVERLAP = timedelta(seconds=10)
"""So much of what was read before is read again: partitions answer one after the other, each by its own clock."""


class FeedParts(Parts):
    """See `shared.ports.Feed` for what each method promises."""

    async def snippet_changes(self, after: str, *, limit: int) -> Changes:
        since, most = int(after or 0), limit
        while True:
            found, answered_at = await self._written_since(since, limit=most)
            last = int(found[-1]["_ts"]) if found else since
            if len(found) < most:
                # Everything up to now was read; the next time begins a little before.
                caught_up = max(since, answered_at - int(_OVERLAP.total_seconds()))
                return Changes(changed=[_changed(one) for one in found], after=str(caught_up), more=False)
            if last > since:
                return Changes(changed=[_changed(one) for one in found], after=str(last), more=True)
            most *= 4  # all of these were written within one second

    async def _written_since(self, since: int, *, limit: int) -> tuple[list[Json], int]:
        answered_at: list[int] = []

        def note(headers: Mapping[str, str]) -> None:
            if "Date" in headers:
                answered_at.append(int(parsedate_to_datetime(headers["Date"]).timestamp()))

        found = await self.of(SNIPPETS).ask(CHANGED_SINCE, {"since": since}, limit=limit, on_answer=note)
        return found, min(answered_at, default=since)

    def changed_in(self, documents: Sequence[Mapping[str, object]]) -> Sequence[Changed]:
        return [_changed(dict(document)) for document in documents if document.get("type") == "snippet"]

    async def feed_place(self) -> Stored[FeedPlace] | None:
        return await self.one(FeedPlace, SPACES, "feedplace", _PLACE)

    async def put_feed_place(self, place: FeedPlace, *, etag: str | None) -> str:
        return await self.put(SPACES, "feedplace", "feedplace", place, etag, spaceId=_PLACE)

    def audiences_changed(self, audiences: frozenset[AudienceId]) -> None:
        """Nothing: a search asks for what was written since its index was read."""

    async def tally(self, audience_id: AudienceId, month: str) -> Stored[Tally] | None:
        return await self.one(Tally, LEARNING, document_id("tally", month), audience_id)

    async def put_tally(self, tally: Tally, *, etag: str | None) -> str:
        place = document_id("tally", tally.month)
        columns = {"audienceId": tally.audience_id, "place": f"{tally.audience_id} {tally.month}"}
        return await self.put(LEARNING, place, "tally", tally, etag, **columns)

    async def tallies(self, audience_id: AudienceId) -> Sequence[Tally]:
        return [value_of(Tally, content) for content in await self.of(LEARNING).ask(TALLIES_OF, key=audience_id)]

    async def all_tallies(self) -> Sequence[Tally]:
        found = [value_of(Tally, content) for content in await self.of(LEARNING).ask(ALL_TALLIES)]
        return sorted(found, key=lambda tally: (tally.audience_id, tally.month))


def _changed(content: Json) -> Changed:
    snippet = value_of(Snippet, content)
    return Changed(audience_id=snippet.audience_id, snippet_id=snippet.id, revision=snippet.revision)
