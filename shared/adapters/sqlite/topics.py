"""The topics that curators keep."""

from collections.abc import Sequence

from shared.adapters.sqlite.scanning import Scans
from shared.domain.identity import AudienceId
from shared.domain.topics import KeptTopics
from shared.ports import Stored


class TopicTables(Scans):
    """See `shared.ports.Topics` for what each method promises."""

    async def kept_topics(self, audience_id: AudienceId) -> Stored[KeptTopics] | None:
        return self.one(KeptTopics, "SELECT document, etag FROM topics WHERE audience_id = ?", audience_id)

    async def put_kept_topics(self, kept: KeptTopics, *, etag: str | None) -> str:
        return self.put("topics", {"audience_id": kept.audience_id}, kept, etag)

    async def topics_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[KeptTopics]]:
        return await self.naming(KeptTopics, "topics", texts)
