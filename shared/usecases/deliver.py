"""Deliver a posting: make Teams show what the store says should stand there, and nothing twice.

wanted → reserved → (posted in Teams) → posted. A crash leaves a reservation; whoever finds it looks
into the conversation before posting again. Once posted, running again updates the card if it has
changed, and withdraws it when it is no longer wanted.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.audiences import audience_of_space
from shared.domain.cards import AnsweredBefore, Ask, Card, Helpers, Notice, Recall, Review
from shared.domain.identity import PostingId
from shared.domain.postings import Posting, PostingKind, PostingState, posted, reserved
from shared.domain.snippets import Snippet
from shared.domain.spaces import Space, SpaceKind
from shared.errors import Conflict, Gone, TryLater
from shared.ports import Stored
from shared.usecases.context import Context
from shared.usecases.suggest import all_readers_may_see, as_it_stands, same_topic

SIMILAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What stands now, for the log line; `state` None when there is no such posting."""

    posting_id: PostingId
    state: PostingState | None


async def deliver(posting_id: PostingId, context: Context) -> Delivered:
    """Bring Teams in line with a posting.

    Raises `TryLater` when Teams is busy, or when somebody else is delivering the same posting.
    """
    stored = await context.store.posting(posting_id)
    space = await context.store.space(stored.value.space_id) if stored else None
    if stored is None or space is None:
        return Delivered(posting_id=posting_id, state=None)
    if context.paused:
        return Delivered(posting_id=posting_id, state=stored.value.state)
    try:
        state = await _deliver(stored, space.value, context)
    except Conflict as conflict:
        raise TryLater("somebody else is delivering this card", after=timedelta(seconds=5)) from conflict
    if state is PostingState.WITHDRAWN and stored.value.forget:
        await context.store.drop_posting(posting_id)
    return Delivered(posting_id=posting_id, state=state)


async def _deliver(stored: Stored[Posting], space: Space, context: Context) -> PostingState:
    posting = stored.value
    if posting.state is PostingState.WITHDRAWN:
        return posting.state
    card = await card_for(posting, space, context) if posting.wanted else None
    if posting.state is PostingState.POSTED:
        return await _bring_up_to_date(stored, card, space, context)
    if card is None:
        await _take_away_orphan(posting, space, context)
        await context.store.put_posting(replace(posting, state=PostingState.WITHDRAWN), etag=stored.etag)
        return PostingState.WITHDRAWN
    return await _post(stored, card, space, context)


async def _take_away_orphan(posting: Posting, space: Space, context: Context) -> None:
    """A card that a crash may have left standing just as it was posted, and that is no longer wanted."""
    if posting.state is not PostingState.RESERVED:
        return
    where = posting.conversation_id
    activity = await context.graph.find_posting(where, posting.id, team_id=space.team_id)
    if activity is not None:
        await context.teams.withdraw(where, activity, service_url=space.service_url)


async def _post(stored: Stored[Posting], card: Card, space: Space, context: Context) -> PostingState:
    posting, etag = stored.value, stored.etag
    orphaned = posting.state is PostingState.RESERVED
    try:
        conversation = posting.conversation_id or await _conversation(posting, space, context)
    except Gone:
        # The app isn't installed for this person: there is no private place to tell them.
        await context.store.put_posting(replace(posting, state=PostingState.WITHDRAWN), etag=etag)
        return PostingState.WITHDRAWN
    activity: str | None = None
    if orphaned:
        activity = await context.graph.find_posting(conversation, posting.id, team_id=space.team_id)
    else:
        posting = replace(reserved(posting), conversation_id=conversation)
        etag = await context.store.put_posting(posting, etag=etag)
    card_hash = context.teams.fingerprint(card)
    if activity is not None:
        card_hash = ""
    else:
        try:
            activity = await context.teams.post(conversation, card, service_url=space.service_url)
        except Gone:
            # The thread, or our place in it, is no longer there.
            await context.store.put_posting(replace(posting, state=PostingState.WITHDRAWN), etag=etag)
            return PostingState.WITHDRAWN
    done = posted(posting, conversation_id=conversation, activity_id=activity, card_hash=card_hash, now=context.now)
    etag = await context.store.put_posting(done, etag=etag)
    if card_hash:
        return PostingState.POSTED
    return await _bring_up_to_date(Stored(done, etag), card, space, context)


async def _bring_up_to_date(stored: Stored[Posting], card: Card | None, space: Space, context: Context) -> PostingState:
    posting = stored.value
    if card is None:
        await context.teams.withdraw(posting.conversation_id, posting.activity_id, service_url=space.service_url)
        await context.store.put_posting(replace(posting, state=PostingState.WITHDRAWN), etag=stored.etag)
        return PostingState.WITHDRAWN
    card_hash = context.teams.fingerprint(card)
    if card_hash == posting.card_hash:
        return PostingState.POSTED
    try:
        await context.teams.update(posting.conversation_id, posting.activity_id, card, service_url=space.service_url)
    except Gone:
        # Somebody deleted the card: it is not put up again.
        await context.store.put_posting(replace(posting, state=PostingState.WITHDRAWN), etag=stored.etag)
        return PostingState.WITHDRAWN
    await context.store.put_posting(replace(posting, card_hash=card_hash), etag=stored.etag)
    return PostingState.POSTED


async def _conversation(posting: Posting, space: Space, context: Context) -> str:
    """Where it is said: to one person alone, in the thread it belongs to, or in the space."""
    if posting.recipient is not None and posting.kind is not PostingKind.ASK:
        return await context.teams.personal_conversation(posting.recipient.key, service_url=space.service_url)
    if posting.thread_id is None or space.kind is SpaceKind.CHAT:
        return space.id
    return f"{space.id};messageid={posting.thread_id}"


async def card_for(posting: Posting, space: Space, context: Context) -> Card | None:
    """What the posting says at this moment; None when it should not stand (any more).

    A card that shows a snippet turns into a recall, in place, once the snippet may not be used; it stands no longer
    once one of its readers may not see the snippet.
    """
    if posting.kind is PostingKind.NOTICE:
        return Notice(posting_id=posting.id, text=posting.text)
    if posting.kind in (PostingKind.HELPERS, PostingKind.ASK):
        return await _card_about_people(posting, space, context)
    snippet = await _snippet(posting, context)
    if snippet is None:
        return None
    if posting.kind is PostingKind.RECALL:
        return await _recalled(posting, snippet, space, context)
    if posting.kind is PostingKind.REVIEW:
        return await _review(posting, snippet, space, context)
    return await _answered_before(posting, snippet, space, context)


async def _may_be_read(posting: Posting, snippet: Snippet, space: Space, context: Context) -> bool:
    """Whether who reads the card may see the snippet now: somebody may have left, or joined, since it was wanted."""
    if posting.recipient is not None:
        return snippet.audience_id in await context.store.audiences_of(posting.recipient.key)
    at_home = snippet.audience_id == audience_of_space(space.id)
    return at_home or await all_readers_may_see(snippet, space, context)


async def _card_about_people(posting: Posting, space: Space, context: Context) -> Card | None:
    if posting.asker is None or not posting.suggested:
        return None
    suggested = await as_it_stands(posting.suggested, posting.asker, space, context)
    if posting.kind is PostingKind.HELPERS:
        return Helpers(
            posting_id=posting.id,
            asker=posting.asker,
            question=posting.text,
            suggested=tuple(suggested),
            asked=frozenset(posting.asked),
        )
    mentor = suggested[0]
    return Ask(
        posting_id=posting.id,
        mentor=mentor.person,
        asker=posting.asker,
        question=posting.text,
        reasons=mentor.reasons,
    )


async def _snippet(posting: Posting, context: Context) -> Snippet | None:
    """The snippet that the posting is about, or the one that it was merged into."""
    snippet_id = posting.snippet_id
    for _ in range(5):
        if snippet_id is None or posting.snippet_audience is None:
            return None
        stored = await context.store.snippet(posting.snippet_audience, snippet_id)
        if stored is None or stored.value.merged_into is None or posting.kind is PostingKind.REVIEW:
            return stored.value if stored else None
        snippet_id = stored.value.merged_into
    return None


async def _recalled(posting: Posting, snippet: Snippet, space: Space, context: Context) -> Card | None:
    """What somebody was told of advice that ended; should it hold again, the same card says so to who may know."""
    if snippet.usable:
        if not await _may_be_read(posting, snippet, space, context):
            return None
        return Notice(posting_id=posting.id, text=f"This answer holds again: “{snippet.question}”.")
    return Recall(posting_id=posting.id, question=snippet.question, reason=posting.text, at=posting.created_at)


async def _answered_before(posting: Posting, snippet: Snippet, space: Space, context: Context) -> Card | None:
    if not await _may_be_read(posting, snippet, space, context):
        return None
    if not snippet.usable:
        return Recall(
            posting_id=posting.id,
            question=snippet.question,
            reason=snippet.trust_reason,
            at=snippet.updated_at,
        )
    home = await context.store.space(snippet.space_id)
    return AnsweredBefore(
        posting_id=posting.id,
        snippet=snippet,
        space_label=home.value.label if home else "",
        private=posting.recipient is not None,
    )


async def _review(posting: Posting, snippet: Snippet, space: Space, context: Context) -> Card | None:
    recipient = posting.recipient
    if recipient is None or not space.may_curate(recipient.key):
        return None
    if not await _may_be_read(posting, snippet, space, context):
        return None
    nearby = await context.store.search(
        frozenset({audience_of_space(snippet.space_id)}),
        snippet.question,
        limit=4 * SIMILAR,
        embedding=snippet.meant,
    )
    nearby = [other for other in nearby if other.copied_from is None]  # only what is at home here can be merged
    similar = (await same_topic(snippet, nearby, context))[:SIMILAR] if snippet.usable else ()
    return Review(
        posting_id=posting.id,
        snippet=snippet,
        space_label=space.label,
        similar=similar,
        may_share=space.kind is SpaceKind.STANDARD,
    )
