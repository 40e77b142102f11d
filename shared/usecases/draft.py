"""Draft a snippet from an answered exchange, and keep what follows from it true: expertise, cards, reviews."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain.audiences import audience_of_space
from shared.domain.events import EventKind, event
from shared.domain.identity import AudienceId, MessageId, Person, SnippetId, ThreadId, derived_id
from shared.domain.messages import Message
from shared.domain.people import Evidence, Expertise
from shared.domain.postings import Posting, PostingKind, PostingState, posting_id_of
from shared.domain.redaction import redact, without_marks
from shared.domain.snippets import (
    Approach,
    Decision,
    Snippet,
    Source,
    Trust,
    Verb,
    approach_id_of,
    redrafted,
    snippet_id_of,
    with_approaches_of,
)
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics
from shared.judgement.answers import claim_of
from shared.judgement.topics import topics_of
from shared.judgement.verdicts import Assessment, FoundApproach, ReplyVerdict
from shared.usecases.context import Context
from shared.usecases.embed import put_embedded
from shared.usecases.look_up import question_text
from shared.usecases.suggest import want
from shared.usecases.topics import topics_kept_in
from shared.usecases.writing import change, change_snippet


async def draft(
    question: Sequence[Message],
    replies: Sequence[Message],
    assessment: Assessment,
    thread_id: ThreadId,
    space: Space,
    context: Context,
) -> Snippet:
    """Draft, or draft anew, the snippet of a thread whose question has an answer.

    Returns the snippet as stored: with what curators and readers have done to it since (see
    `redrafted`). Secrets and personal details are taken out before anything is stored.
    """
    kept = await topics_kept_in(audience_of_space(space.id), context)
    drafted = _drafted(question, replies, assessment, thread_id, space, kept, context)
    return await _store(drafted, space, context)


async def withdraw(question: Sequence[Message], thread_id: ThreadId, space: Space, context: Context) -> Snippet | None:
    """Take the approaches of a thread back: its answers are gone, and its question too when `question` is empty.

    Returns the snippet as stored, without the words that were taken back; None when the thread has none.
    """
    stored = await context.store.snippet(audience_of_space(space.id), snippet_id_of(space.id, thread_id))
    if stored is None:
        return None
    text = redact(question_text(question)).text
    emptied = replace(
        stored.value,
        approaches=(),
        question=text,
        topics=topics_of(without_marks(text), kept=await topics_kept_in(audience_of_space(space.id), context)),
        question_hash=_hash_of(question),
        updated_at=context.now,
    )
    return await _store(emptied, space, context)


async def _store(drafted: Snippet, space: Space, context: Context) -> Snippet:
    before: Snippet | None = None

    def decide(known: Snippet | None) -> Snippet:
        nonlocal before
        before = known
        return redrafted(known, drafted)

    stored = await change_snippet(
        drafted.audience_id,
        drafted.id,
        decide,
        context.store,
        put=lambda value, etag: put_embedded(value, etag, context),
    )
    snippet = stored or drafted
    if snippet.merged_into is not None:
        await _pass_on(drafted, snippet, space, context)
    await after_change(before, snippet, space, context)
    return snippet


async def _pass_on(drafted: Snippet, merged_away: Snippet, space: Space, context: Context) -> None:
    """A merged snippet's approaches live on in another one; they follow their sources there."""
    target = merged_away.merged_into
    if target is None:
        return
    before: Snippet | None = None

    def decide(known: Snippet | None) -> Snippet | None:
        nonlocal before
        before = known
        return with_approaches_of(known, drafted) if known else None

    stored = await change_snippet(
        drafted.audience_id, target, decide, context.store, put=lambda value, etag: put_embedded(value, etag, context)
    )
    if stored is not None:
        await after_change(before, stored, space, context)


def _drafted(
    question: Sequence[Message],
    replies: Sequence[Message],
    assessment: Assessment,
    thread_id: ThreadId,
    space: Space,
    kept: KeptTopics,
    context: Context,
) -> Snippet:
    asker = question[0].author
    if asker is None:
        raise ValueError("a question has an asker")
    said = {message.id: message for message in (*question, *replies)}
    disputes: dict[MessageId, list[Person]] = {}
    for dispute in assessment.disputes:
        by = said[dispute.by].author
        if by is not None:
            disputes.setdefault(dispute.disputed, []).append(by)
    text = redact(question_text(question))
    verdicts = {verdict.message_id: verdict for verdict in assessment.replies}
    approaches, taken_out = [], len(text.found)
    for found in assessment.approaches:
        approach, redactions = _approach(found, said, verdicts, disputes, thread_id, space)
        approaches.append(approach)
        taken_out += redactions
    return Snippet(
        id=snippet_id_of(space.id, thread_id),
        audience_id=audience_of_space(space.id),
        space_id=space.id,
        thread_id=thread_id,
        question=text.text,
        question_hash=_hash_of(question),
        asker=asker,
        asked_at=question[0].created_at,
        approaches=tuple(approaches),
        topics=topics_of(without_marks(text.text), kept=kept),
        redactions=taken_out,
        history=(Decision(at=context.now, verb=Verb.DRAFTED),),
        created_at=context.now,
        updated_at=context.now,
    )


def _hash_of(question: Sequence[Message]) -> str:
    return derived_id(*(message.body_hash for message in question)) if question else ""


def _approach(
    found: FoundApproach,
    said: Mapping[MessageId, Message],
    verdicts: Mapping[MessageId, ReplyVerdict],
    disputes: Mapping[MessageId, Sequence[Person]],
    thread_id: ThreadId,
    space: Space,
) -> tuple[Approach, int]:
    messages = [said[message_id] for message_id in found.message_ids]
    redacted = redact(found.text)
    sources = tuple(
        Source(
            space_id=space.id,
            thread_id=thread_id,
            message_id=message.id,
            author=message.author,
            said_at=message.created_at,
            web_url=message.web_url,
            body_hash=message.body_hash,
        )
        for message in messages
        if message.author is not None
    )
    against = {p.key: p for m in messages for p in disputes.get(m.id, ()) if p.key != sources[0].author.key}
    approach = Approach(
        id=approach_id_of(space.id, messages[0].id),
        text=redacted.text,
        sources=sources,
        disputed_by=tuple(against.values()),
        claim=claim_of([verdicts[message.id] for message in messages]),
    )
    return approach, len(redacted.found)


async def follow_up(audience_id: AudienceId, snippet_id: SnippetId, context: Context) -> bool:
    """See to everything that follows from a snippet as it stands; False when there is no such snippet."""
    stored = await context.store.snippet(audience_id, snippet_id)
    home = await context.store.space(stored.value.space_id) if stored else None
    if stored is None or home is None:
        return False
    await after_change(None, stored.value, home.value, context)
    return True


async def after_change(before: Snippet | None, snippet: Snippet, space: Space, context: Context) -> None:
    """Whatever changed a snippet: expertise follows, its cards are brought in line, a review is asked for.

    Can be run again after a crash: each part does nothing when it has been done.
    """
    await _keep_expertise(before, snippet, context)
    shown = await cards_follow(snippet, context)
    # A file brings hundreds at once: those are put before curators as they ask for them, or once they are of use.
    if shown or not snippet.from_file:
        await ask_for_review(snippet, space, context)
    await context.store.append(event(EventKind.DRAFTED, space.id, snippet.created_at, subject=snippet.id))


async def cards_follow(snippet: Snippet, context: Context) -> bool:
    """Have the cards that show this document, home or copy, brought in line, and recalls sent.

    A wider audience's cards follow their copy, once that has followed the home (`follow.py`). Returns whether there
    are cards that show the snippet, to whomever.
    """
    showing = await context.store.showing(snippet.id)
    for posting in showing:
        if posting.snippet_audience in (None, snippet.audience_id):
            await context.queue_delivery(posting.id)
            await _recall(posting, snippet, context)
    return bool(showing)


async def _recall(posting: Posting, snippet: Snippet, context: Context) -> None:
    """Tell who received a piece of advice, privately and once, that it no longer holds."""
    received = posting.kind is PostingKind.ANSWERED_BEFORE and posting.state is PostingState.POSTED
    if not received or posting.asker is None or snippet.usable or snippet.merged_into is not None:
        return
    recall = Posting(
        id=posting_id_of(PostingKind.RECALL, posting.space_id, recipient=posting.asker.key, about=snippet.id),
        kind=PostingKind.RECALL,
        space_id=posting.space_id,
        recipient=posting.asker,
        snippet_id=snippet.id,
        snippet_audience=snippet.audience_id,
        text=snippet.trust_reason,
        created_at=context.now,
    )
    await want(recall, context)


async def _keep_expertise(before: Snippet | None, snippet: Snippet, context: Context) -> None:
    shown = {a.key: a for approach in snippet.visible_approaches for a in approach.authors} if snippet.usable else {}
    earlier = {s.author.key: s.author for s in before.sources} if before else {}
    for person in ({**earlier, **{s.author.key: s.author for s in snippet.sources}}).values():
        if not person.key:
            continue  # an approach that stayed when its author was erased
        evidence = _evidence(snippet, person) if person.key in shown else None
        await _put_evidence(person, snippet, evidence, context)


def _evidence(snippet: Snippet, person: Person) -> Evidence | None:
    """What the snippet shows of a person; None when all they said was disputed or did not help."""
    theirs = [a for a in snippet.visible_approaches if any(p.key == person.key for p in a.authors)]
    good = [a for a in theirs if len(a.disputed_by) + len(a.not_helped) <= len(a.helped)]
    if not good:
        return None
    source = next(s for a in good for s in a.sources if s.author.key == person.key)
    helped = any(a.helped for a in good)
    weight = 1.0 + 0.5 * (snippet.trust is Trust.VERIFIED) + 0.5 * helped
    return Evidence(
        snippet_id=snippet.id,
        question=snippet.question,
        topics=snippet.topics,
        at=source.said_at,
        web_url=source.web_url,
        weight=weight,
        helped=helped,
    )


async def _put_evidence(person: Person, snippet: Snippet, evidence: Evidence | None, context: Context) -> None:
    profile = await context.store.profile(person.key)
    opted_out = profile is not None and profile.value.opted_out
    if evidence is not None and opted_out:
        evidence = None

    def decide(known: Expertise | None) -> Expertise | None:
        if evidence is None:
            return known.without_evidence(snippet.id) if known else None
        start = known or Expertise(audience_id=snippet.audience_id, person=person)
        return start.with_evidence(evidence)

    await change(
        lambda: context.store.expertise(snippet.audience_id, person.key),
        decide,
        lambda value, etag: context.store.put_expertise(value, etag=etag),
    )


async def ask_for_review(snippet: Snippet, space: Space, context: Context) -> None:
    """Put a proposed snippet before the space's curators, once each; the card then follows the snippet."""
    if not snippet.usable or snippet.trust is not Trust.PROPOSED:
        return
    for curator in space.curators:
        posting = Posting(
            id=posting_id_of(PostingKind.REVIEW, space.id, recipient=curator.key, about=snippet.id),
            kind=PostingKind.REVIEW,
            space_id=space.id,
            thread_id=snippet.thread_id or None,
            recipient=curator,
            snippet_id=snippet.id,
            snippet_audience=snippet.audience_id,
            created_at=context.now,
        )
        await want(posting, context)
