"""What people's acts say about what Cairn claimed: numbers and ids, in one partition."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.cosmos.containers import LEARNING
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id, newest_first
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import LABELS_ABOUT, LABELS_OF, OLD_LABELS
from shared.adapters.sqlite.documents import stamp
from shared.domain.identity import UserKey
from shared.domain.labels import Label, Task
from shared.ports import Stored

_LABELS = "@labels"
"""The partition's key: no audience's name looks like it. A label has 500 bytes; a partition takes 20 GB."""


class LabelParts(Parts):
    """See `shared.ports.Labels` for what each method promises."""

    async def label(self, label_id: str) -> Stored[Label] | None:
        return await self.one(Label, LEARNING, document_id("label", label_id), _LABELS)

    async def put_label(self, label: Label, *, etag: str | None) -> str:
        return await self.put(
            LEARNING,
            document_id("label", label.id),
            "label",
            label,
            etag,
            audienceId=_LABELS,
            task=label.task,
            at=stamp(label.at),
            newest=newest_first(label.at, label.id),
            doneBy=label.by,
            about=label.about,
        )

    async def drop_label(self, label_id: str) -> None:
        await self.of(LEARNING).remove(document_id("label", label_id), _LABELS)

    async def labels(self, task: Task, *, limit: int) -> Sequence[Label]:
        found = await self.of(LEARNING).ask(LABELS_OF, {"task": task}, key=_LABELS, limit=limit)
        return [value_of(Label, content) for content in found]

    async def drop_labels(self, user: UserKey) -> int:
        return sum(await each(self._drop_label, await self.of(LEARNING).ask(LABELS_ABOUT, {"user": user}, key=_LABELS)))

    async def purge_labels(self, before: datetime, *, limit: int) -> int:
        old = await self.of(LEARNING).ask(OLD_LABELS, {"before": stamp(before)}, key=_LABELS, limit=limit)
        await each(self._drop_label, old)
        return len(old)

    async def _drop_label(self, found: Json) -> bool:
        return await self.of(LEARNING).remove(found["id"], _LABELS)
