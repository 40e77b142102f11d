"""What one piece of work is given: the outside world, the moment, and the tenant's rules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.embeddings import Embedding, hash_of
from shared.domain.exchanges import Rhythm
from shared.domain.identity import AudienceId, PostingId, SnippetId, SpaceId, TenantId, ThreadId
from shared.domain.spaces import Space
from shared.domain.subscriptions import SubscriptionPlan
from shared.domain.tuning import UNTUNED, Tuning
from shared.ports import Embedder, Graph, Queue, QueueName, Store, Teams


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The ports that a use case may call, `now` as it began, and the rules that the administrator set.

    Passed whole, because nearly every step ends in the next one: it stores, queues and posts.
    """

    store: Store
    queue: Queue
    graph: Graph
    teams: Teams
    now: datetime
    tenant_id: TenantId
    client_state_secret: str
    rhythm: Rhythm = field(default_factory=Rhythm)
    keep: timedelta = timedelta(days=30)
    plan: SubscriptionPlan = field(default_factory=SubscriptionPlan)
    erased_stay_nameless: bool = False
    """Whether an erased person's approaches are kept without their name, rather than withdrawn."""
    paused: bool = False
    """The switch that stops all capture and all posting."""
    embedder: Embedder | None = None
    """What tells the meaning of texts; without it they are compared by their words alone."""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """What these texts mean; empty for no texts and without a sentence model."""
        return await self.embedder.meanings(texts) if self.embedder is not None and texts else {}

    @property
    def model(self) -> str:
        """Which sentence model that is; empty for none."""
        return self.embedder.model if self.embedder is not None else ""

    async def embedding(self, text: str) -> Embedding | None:
        """What a text means, to be kept or searched by; None without a sentence model, and for a text without words.

        Rounded to five decimals: a store that writes numbers as text needs a third less room, and no cosine changes
        by more than 0.0001.
        """
        vector = (await self.meanings([text])).get(text)
        if vector is None:
            return None
        numbers = np.round(vector, 5).astype("<f4").tobytes()
        return Embedding(model=self.model, text_hash=hash_of(text), numbers=numbers)

    async def tuning(self) -> Tuning:
        """The tenant's own thresholds, as they stand now."""
        state = await self.store.tenant_state()
        return state.value.tuning if state else UNTUNED

    def keep_of(self, space: Space) -> timedelta:
        """How long a space's messages are kept: as the organisation says, or shorter if its owner wants it."""
        return self.keep if space.keep_days is None else min(self.keep, timedelta(days=space.keep_days))

    async def queue_reading(self, space_id: SpaceId) -> None:
        """Have a space read from Graph, or go on with that."""
        await self.queue.send(QueueName.RECONCILIATIONS, json.dumps({"space": space_id}))

    async def queue_thread(self, space_id: SpaceId, thread_id: ThreadId, due_at: datetime) -> None:
        """Have a thread looked at again at that moment."""
        body = json.dumps({"space": space_id, "thread": thread_id})
        delay = min(max(due_at - self.now, timedelta(0)), timedelta(days=7))
        await self.queue.send(QueueName.THREADS, body, delay=delay)

    async def queue_follow_up(self, audience_id: AudienceId, snippet_id: SnippetId) -> None:
        """Have everything that follows from a snippet seen to, a little later.

        Sent before a snippet is changed outside of any queued step: should the process die after the
        change, nobody would repeat what follows from it.
        """
        body = json.dumps({"audience": audience_id, "snippet": snippet_id})
        await self.queue.send(QueueName.THREADS, body, delay=timedelta(seconds=30))

    async def queue_delivery(self, posting_id: PostingId, delay: timedelta = timedelta(0)) -> None:
        """Have Teams brought in line with a posting."""
        await self.queue.send(QueueName.DELIVERIES, json.dumps({"posting": posting_id}), delay=delay)
