"""What a replay has done, counted where it is kept, so that the counts survive a kill."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from local.replay.conversation import Conversation
from local.stage import Stage
from shared import wiring
from shared.domain.events import EventKind
from shared.domain.identity import MessageId, SpaceId
from shared.domain.messages import MessageKind
from shared.domain.postings import PostingKind, PostingState
from shared.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a replay; `sent` = `stored` + `refused`, always."""

    sent: int
    accepted: int
    stored: int
    refused: int
    exchanges: dict[str, int] = field(default_factory=dict)
    snippets: int
    suggestions: int
    cards: int
    retries: int
    poison: int
    seconds: float
    messages_per_second: float

    @property
    def adds_up(self) -> bool:
        """Whether nothing was lost."""
        return self.sent == self.stored + self.refused

    def as_dict(self) -> dict[str, object]:
        """The report as one JSON object."""
        return asdict(self)


async def report(
    stage: Stage, chats: dict[str, str], played: tuple[Conversation, ...], *, fresh: int, seconds: float
) -> Report:
    """Count what there is. `chats` gives the tenant's chat of each conversation.

    `fresh` is how many messages this run has sent, in `seconds` of wall time.
    """
    store = (await wiring.services()).store
    sent = sum([_sent(stage, chats[c.id], _ids(c)) for c in played])
    stored = sum([await _stored(store, SpaceId(chats[c.id]), _ids(c)) for c in played])
    counts = await store.counts()
    postings = await store.all_postings()
    totals = stage.queues.totals()
    states = await store.count_exchanges()
    return Report(
        sent=sent,
        accepted=stage.tenant.counters.accepted,
        stored=stored,
        refused=counts.get(EventKind.REFUSED, 0),
        exchanges={state.value: count for state, count in sorted(states.items())},
        snippets=await store.count(),
        suggestions=sum(1 for p in postings if p.kind in (PostingKind.ANSWERED_BEFORE, PostingKind.HELPERS)),
        cards=sum(1 for p in postings if p.state is PostingState.POSTED),
        retries=sum(total.retried for total in totals.values()),
        poison=sum(total.poisoned for total in totals.values()),
        seconds=round(seconds, 2),
        messages_per_second=round(fresh / seconds, 1) if seconds else 0.0,
    )


def _ids(conversation: Conversation) -> set[str]:
    return {message_id_of(line.at) for line in conversation.lines}


def _sent(stage: Stage, chat: str, wanted: set[str]) -> int:
    return sum(1 for message in stage.tenant.messages(chat) if message.id in wanted)


def message_id_of(at: datetime) -> str:
    """Teams' own way to name a message: the millisecond at which it was written.

    Lines stand at tenths of a second; 77 ms later nothing else happens, so no card of the bot's takes their place.
    """
    return str(round(at.timestamp() * 1000) + 77)


async def _stored(store: Store, space_id: SpaceId, wanted: set[str]) -> int:
    """How many of the wanted messages are kept (the chat also holds the bot's own)."""
    found = [await store.message(space_id, MessageId(message_id)) for message_id in sorted(wanted)]
    return sum(1 for message in found if message is not None and message.value.kind is not MessageKind.BOT)
