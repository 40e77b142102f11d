"""The steps of a story that was played: what is worth seeing, where, and through whose eyes."""

from local.demo.player import Player
from local.page.views import Spot, Step
from local.scenarios.company import PERSONAL, EventId
from local.scenarios.events import Delete, Edit, Event, Post, Press, React, Reply, Restore
from shared.domain.identity import user_key
from shared.domain.postings import Posting, PostingKind, PostingState


async def story_of(player: Player) -> tuple[Step, ...]:
    """A step for every event of the scenario that says why it is there."""
    told = [event for event in player.scenario.events if event.why]
    return tuple([await _step(event, player) for event in told])


async def _step(event: Event, player: Player) -> Step:
    who = player.cast.people[event.who]
    return Step(at=event.at, why=event.why, who=who, spot=await _spot(event, who, player))


async def _spot(event: Event, who: str, player: Player) -> Spot:
    match event:
        case Press():
            posting = await player.posting_of(event)
            return _card(posting) if posting is not None else _message(event.card.about, player)
        case Post():
            private = await _brought_back_in_private(event, who, player)
            return _card(private) if private is not None else _message(event.id, player)
        case Reply():
            return _message(event.id, player)
        case Edit() | Delete() | Restore() | React():
            return _message(event.to, player)
    if event.space == PERSONAL:
        return Spot(place=player.stage.tenant.conversation_with(who).id)
    return Spot(place=player.cast.spaces[event.space])


def _message(event_id: EventId, player: Player) -> Spot:
    space, message = player.cast.messages[event_id]
    return Spot(place=space, message=message)


def _card(posting: Posting) -> Spot:
    return Spot(place=posting.conversation_id.partition(";")[0], message=posting.activity_id)


async def _brought_back_in_private(event: Post, who: str, player: Player) -> Posting | None:
    """The earlier answer that only the asker was shown, if that is what became of a post."""
    me = user_key(player.stage.tenant.id, who)
    for posting in await player.postings_about(event.id):
        to_me = posting.recipient is not None and posting.recipient.key == me
        if posting.kind is PostingKind.ANSWERED_BEFORE and posting.state is PostingState.POSTED and to_me:
            return posting
    return None
