"""Act on a button that somebody pressed: check who they are and may do, change what it is about, show it anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.domain.cards import Card
from shared.domain.events import EventKind, event
from shared.domain.identity import Person, PostingId
from shared.domain.people import Profile
from shared.domain.postings import Posting, PostingKind, posting_id_of
from shared.domain.snippets import Snippet, with_outcome
from shared.domain.spaces import Space
from shared.errors import NotAllowed
from shared.usecases import curate, learn
from shared.usecases.context import Context
from shared.usecases.deliver import card_for
from shared.usecases.draft import after_change
from shared.usecases.settle import mark_due
from shared.usecases.suggest import want
from shared.usecases.writing import change, change_snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button pressed: by whom (as Teams vouches), on which of our cards, and what they entered.

    Everything but `by` comes from the client and is believed only as far as the store confirms it.
    """

    verb: str
    posting_id: PostingId
    by: Person
    approach_id: str = ""
    person: str = ""
    """A user key: whom to ask."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The sentence that the person sees, and the card as they now see it (None leaves it as it is)."""

    message: str
    card: Card | None = None


async def act(action: Action, context: Context) -> Outcome:
    """Carry out a card's action.

    An action from somebody who may not do it, on a card that is gone, or with senseless values changes
    nothing and says so kindly. Pressing twice has the effect of pressing once.
    """
    stored = await context.store.posting(action.posting_id)
    space = await context.store.space(stored.value.space_id) if stored else None
    if stored is None or space is None:
        return Outcome(message="This card is out of date, so nothing was changed.")
    posting = stored.value
    try:
        _check_reader(posting, space.value, action.by)
        await _check_sight(posting, action.by, context)
        message = await _carry_out(action, posting, space.value, context)
    except NotAllowed as refusal:
        return Outcome(message=str(refusal))
    now_stands = await context.store.posting(posting.id)
    card = await card_for(now_stands.value, space.value, context) if now_stands else None
    return Outcome(message=message, card=card)


def _check_reader(posting: Posting, space: Space, by: Person) -> None:
    if space.member(by.key) is None:
        raise NotAllowed("You are not a member here any more, so nothing was changed.")
    private = posting.recipient is not None and posting.kind is not PostingKind.ASK
    if private and posting.recipient is not None and posting.recipient.key != by.key:
        raise NotAllowed("This card was meant for somebody else, so nothing was changed.")


async def _check_sight(posting: Posting, by: Person, context: Context) -> None:
    """A card outlives what it was shown for: who left the audience of its answer presses in vain, and sees no more."""
    if posting.snippet_audience is None:
        return
    if posting.snippet_audience not in await context.store.audiences_of(by.key):
        raise NotAllowed("You may not see this answer any more, so nothing was changed.")


async def _carry_out(action: Action, posting: Posting, space: Space, context: Context) -> str:
    if action.verb in ("helped", "not_helped"):
        return await _say_outcome(action, posting, context, helped=action.verb == "helped")
    if action.verb == "ask":
        return await _ask(action, posting, space, context)
    if action.verb == "pass":
        return await _pass(action, posting, context)
    if posting.kind is not PostingKind.REVIEW or posting.snippet_id is None or posting.snippet_audience is None:
        raise NotAllowed("This card has no such button, so nothing was changed.")
    return await curate.carry_out(
        action.verb, posting.snippet_audience, posting.snippet_id, action.by, action.values, context
    )


async def _say_outcome(action: Action, posting: Posting, context: Context, *, helped: bool) -> str:
    """Count a person's word on an approach, once each; the latest counts."""
    if posting.kind is not PostingKind.ANSWERED_BEFORE or posting.snippet_id is None or not posting.snippet_audience:
        raise NotAllowed("This card has no such button, so nothing was changed.")
    snippet_id, audience = posting.snippet_id, posting.snippet_audience
    before = await context.store.snippet(audience, snippet_id)
    if before is not None and before.value.copied_from is not None:
        audience = before.value.copied_from
        before = await context.store.snippet(audience, snippet_id)
    askers = [posting.asker, *(before.value.askers if before else ())]
    while before is not None and before.value.merged_into is not None:
        snippet_id = before.value.merged_into
        before = await context.store.snippet(audience, snippet_id)
        askers += before.value.askers if before else ()
    approach = before.value.approach(action.approach_id) if before else None
    if before is None or not before.value.usable or approach is None:
        raise NotAllowed("This answer is no longer in use, so nothing was changed.")
    approach_id = approach.id

    def said(known: Snippet | None) -> Snippet | None:
        return with_outcome(known, approach_id, action.by.key, helped=helped) if known else None

    await context.queue_follow_up(audience, snippet_id)
    after = await change_snippet(audience, snippet_id, said, context.store)
    home = await context.store.space(before.value.space_id)
    if after is not None and home is not None:
        await after_change(before.value, after, home.value, context)
    if posting.thread_id is not None and posting.asker == action.by:
        await mark_due(posting.space_id, posting.thread_id, context)
    kind = EventKind.HELPED if helped else EventKind.NOT_HELPED
    await context.store.append(
        event(kind, posting.space_id, context.now, subject=snippet_id, by=action.by.key, once=approach_id)
    )
    await learn.from_outcome(posting, before.value, approach, askers, action.by, context, helped=helped)
    return "Thanks, that is noted." if helped else "Thanks. We will be more careful with this answer."


async def _ask(action: Action, posting: Posting, space: Space, context: Context) -> str:
    """Ask a mentor by name, in the thread, on the asker's wish."""
    if posting.kind is not PostingKind.HELPERS or posting.asker is None:
        raise NotAllowed("This card has no such button, so nothing was changed.")
    if posting.asker.key != action.by.key:
        raise NotAllowed(f"Only {posting.asker.name} can ask from this card, because it is their question.")
    chosen = next((s for s in posting.suggested if s.person.key == action.person), None)
    if chosen is None or posting.thread_id is None:
        raise NotAllowed("That person is not on this card, so nobody was asked.")
    mentor, thread_id = chosen.person, posting.thread_id
    profile = await context.store.profile(mentor.key)
    if space.member(mentor.key) is None or (profile is not None and profile.value.opted_out):
        raise NotAllowed(f"{mentor.name} can no longer be asked here.")
    await change(
        lambda: context.store.posting(posting.id),
        lambda known: replace(known, asked=tuple(sorted({*known.asked, mentor.key}))) if known else None,
        lambda value, etag: context.store.put_posting(value, etag=etag),
    )
    await change(
        lambda: context.store.profile(mentor.key),
        lambda known: (
            (known or Profile(person=mentor))
            .named(space.id, thread_id, context.now)
            .asked(space.id, thread_id, context.now)
        ),
        lambda value, etag: context.store.put_profile(value, etag=etag),
    )
    ask = Posting(
        id=posting_id_of(PostingKind.ASK, space.id, thread_id=thread_id, recipient=mentor.key),
        kind=PostingKind.ASK,
        space_id=space.id,
        thread_id=thread_id,
        recipient=mentor,
        asker=posting.asker,
        suggested=(chosen,),
        text=posting.text,
        created_at=context.now,
    )
    await want(ask, context)
    await context.queue_delivery(posting.id)
    await context.store.append(
        event(EventKind.HELPER_ASKED, space.id, context.now, subject=thread_id, by=action.by.key, once=mentor.key)
    )
    return f"{mentor.name} has been asked."


async def _pass(action: Action, posting: Posting, context: Context) -> str:
    """A mentor says that they can't right now: the request is taken away, without a word about why."""
    if posting.kind is not PostingKind.ASK or posting.recipient is None:
        raise NotAllowed("This card has no such button, so nothing was changed.")
    if posting.recipient.key != action.by.key:
        raise NotAllowed(f"Only {posting.recipient.name} can answer this request.")
    await change(
        lambda: context.store.posting(posting.id),
        lambda known: replace(known, wanted=False) if known else None,
        lambda value, etag: context.store.put_posting(value, etag=etag),
    )
    await context.queue_delivery(posting.id)
    return "No problem. The request has been taken away."
