"""The topics that curators keep: one document an audience."""

from collections.abc import Sequence

from shared.adapters.cosmos.containers import LEARNING
from shared.adapters.cosmos.parts import Parts
from shared.domain.identity import AudienceId
from shared.domain.topics import KeptTopics
from shared.ports import Stored

_TOPICS = "topics"
"""An audience has one list of topics, so that its document needs no name but this."""


class TopicParts(Parts):
    """See `shared.ports.Topics` for what each method promises."""

    async def kept_topics(self, audience_id: AudienceId) -> Stored[KeptTopics] | None:
        return await self.one(KeptTopics, LEARNING, _TOPICS, audience_id)

    async def put_kept_topics(self, kept: KeptTopics, *, etag: str | None) -> str:
        return await self.put(LEARNING, _TOPICS, "topics", kept, etag, audienceId=kept.audience_id)

    async def topics_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[KeptTopics]]:
        return await self.naming(KeptTopics, LEARNING, "topics", texts)
