"""Look again at a thread that is due: is there a question, is it answered, and what follows?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.audiences import audience_of_space
from shared.domain.events import EventKind, event
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import MessageId, Person, SpaceId, ThreadId
from shared.domain.messages import Message
from shared.domain.postings import PostingKind, posting_id_of
from shared.domain.redaction import redact
from shared.domain.snippets import Snippet, snippet_id_of
from shared.domain.spaces import Space
from shared.domain.tuning import UNTUNED
from shared.errors import Conflict, TryLater
from shared.judgement import openers
from shared.judgement.answers import assess, texts_to_embed
from shared.judgement.verdicts import Assessment, Role, Verdict
from shared.meter import Part, metered
from shared.usecases.context import Context
from shared.usecases.draft import draft, withdraw
from shared.usecases.look_up import look_up, question_of, question_text
from shared.usecases.suggest import suggest_helpers


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was made of a thread, for the log line; `state` None when it was not due yet or does not exist."""

    space_id: SpaceId
    thread_id: ThreadId
    state: ExchangeState | None


async def judge(space_id: SpaceId, thread_id: ThreadId, context: Context) -> Judged:
    """Judge a thread as a whole, if it is due.

    Coming too early, it sends itself on; coming twice, it ends in the same state. Raises `TryLater`
    when the thread changed while it was being judged.
    """
    stored = await context.store.thread(space_id, thread_id)
    space = await context.store.space(space_id)
    undecided = Judged(space_id=space_id, thread_id=thread_id, state=None)
    if stored is None or space is None or stored.value.due_at is None or context.paused:
        return undecided
    if stored.value.due_at > context.now:
        await context.queue_thread(space_id, thread_id, stored.value.due_at)
        return undecided
    messages = await context.store.thread_messages(space_id, thread_id)
    living = [m.value for m in messages if m.value.said_by_a_person]
    decided = await _judged(stored.value, living, space.value, context)
    try:
        await context.store.put_thread(decided, etag=stored.etag)
    except Conflict as conflict:
        raise TryLater("the thread changed while it was judged", after=context.rhythm.quiet) from conflict
    if decided.due_at is not None:
        await context.queue_thread(space_id, thread_id, decided.due_at)
    return Judged(space_id=space_id, thread_id=thread_id, state=decided.state)


async def _judged(thread: Thread, living: Sequence[Message], space: Space, context: Context) -> Thread:
    question = question_of(thread.id, living)
    replies = living[len(question) :]
    opening = await _opening(question, replies, context) if question else Verdict.NO
    assessment = await _assessed(thread, question, replies, context) if opening is not Verdict.NO else Assessment()
    # Where the words alone leave it open whether something was asked, an answer shows that it was.
    asked = opening is Verdict.YES or (opening is Verdict.UNSURE and bool(assessment.approaches))
    if not asked:
        if not await _has_outlived_its_words(thread.id, space, context):
            await withdraw(question, thread.id, space, context)
        return replace(thread, state=ExchangeState.TALK, due_at=None, question_ids=(), answer_ids=(), snippet_id=None)
    opened = replace(
        thread,
        asker=question[0].author,
        opened_at=question[0].created_at,
        question_ids=tuple(m.id for m in question),
    )
    if assessment.approaches:
        return await _answered(opened, question, replies, assessment, space, context)
    await withdraw(question, thread.id, space, context)
    return await _open(opened, question, replies, assessment, space, context)


async def _opening(question: Sequence[Message], replies: Sequence[Message], context: Context) -> Verdict:
    """Whether the thread opens with a request; its meaning is asked for where words and replies leave it open."""
    meanings = await context.meanings(openers.texts_to_embed(question, later=replies))
    return openers.opens_request(question, later=replies, meanings=meanings).verdict


async def _assessed(
    thread: Thread, question: Sequence[Message], replies: Sequence[Message], context: Context
) -> Assessment:
    """What the replies amount to. Where an answer was drafted before, a threshold raised since does not take it back:
    people may have checked it meanwhile."""
    meanings = await context.meanings(texts_to_embed(question, replies))
    tuning = UNTUNED if thread.snippet_id is not None or not replies else await context.tuning()
    return assess(question, replies, meanings, tuning)


async def _has_outlived_its_words(thread_id: ThreadId, space: Space, context: Context) -> bool:
    """Whether the question was purged because of its age, so that its snippet stands without it.

    A question that its author took back is still there, without words; of who opted out nothing is there.
    """
    if await context.store.message(space.id, MessageId(thread_id)) is not None:
        return False
    snippet = await context.store.snippet(audience_of_space(space.id), snippet_id_of(space.id, thread_id))
    if snippet is None:
        return False
    profile = await context.store.profile(snippet.value.asker.key)
    return profile is None or not profile.value.opted_out


async def _answered(
    thread: Thread,
    question: Sequence[Message],
    replies: Sequence[Message],
    assessment: Assessment,
    space: Space,
    context: Context,
) -> Thread:
    snippet = await draft(question, replies, assessment, thread.id, space, context)
    state = ExchangeState.RESOLVED if assessment.resolved else ExchangeState.ANSWERED
    answers = tuple(r.message_id for r in assessment.replies if r.role is Role.ANSWER)
    first = next((m.created_at for m in replies if m.id in answers), context.now)
    await context.store.append(event(EventKind.ANSWERED, space.id, first, subject=thread.id))
    if assessment.resolved:
        await context.store.append(event(EventKind.RESOLVED, space.id, replies[-1].created_at, subject=thread.id))
    return replace(thread, state=state, due_at=None, answer_ids=answers, snippet_id=snippet.id)


async def _open(
    thread: Thread,
    question: Sequence[Message],
    replies: Sequence[Message],
    assessment: Assessment,
    space: Space,
    context: Context,
) -> Thread:
    """Still without an answer: look it up unless that was done at once, later name helpers, in the end give up."""
    asker, opened_at = question[0].author, question[0].created_at
    thread = replace(thread, answer_ids=(), snippet_id=None)
    earlier = await _shown_before(thread.id, space, context)
    if asker is not None and earlier is not None and (assessment.resolved or _said(earlier, asker, helped=True)):
        await context.store.append(event(EventKind.RESOLVED, space.id, context.now, subject=thread.id))
        return replace(thread, state=ExchangeState.RESOLVED, due_at=None)
    if asker is None or context.now >= opened_at + context.rhythm.abandon:
        return replace(thread, state=ExchangeState.ABANDONED, due_at=None)
    if not replies:
        thread = await look_up(thread, question, space, context, asked=True)
    due_at = opened_at + context.rhythm.patience
    if context.now >= due_at:
        # Who was shown an earlier answer and did not say that it is no help is left in peace.
        wanted = earlier is None or _said(earlier, asker, helped=False)
        if wanted and thread.helpers_named_at is None and context.now - opened_at <= context.rhythm.fresh:
            present = frozenset(m.author.key for m in replies if m.author is not None)
            text = redact(question_text(question)).text
            with metered(Part.SUGGESTION):
                await suggest_helpers(text, thread.id, asker, present, space, context)
            thread = replace(thread, helpers_named_at=context.now)
        due_at = opened_at + context.rhythm.abandon
    return replace(thread, state=ExchangeState.OPEN, due_at=due_at)


async def _shown_before(thread_id: ThreadId, space: Space, context: Context) -> Snippet | None:
    """The earlier answer that was suggested in this thread, as it stands now; None when there was none."""
    posting_id = posting_id_of(PostingKind.ANSWERED_BEFORE, space.id, thread_id=thread_id)
    stored = await context.store.posting(posting_id)
    if stored is None or stored.value.snippet_id is None or stored.value.snippet_audience is None:
        return None
    snippet = await context.store.snippet(stored.value.snippet_audience, stored.value.snippet_id)
    if snippet is not None and snippet.value.copied_from is not None:  # who was helped is kept at home
        snippet = await context.store.snippet(snippet.value.copied_from, snippet.value.id)
    return snippet.value if snippet is not None and snippet.value.usable else None


def _said(snippet: Snippet, asker: Person, *, helped: bool) -> bool:
    """Whether the asker has pressed the button that says so, on any of its approaches."""
    return any(asker.key in (a.helped if helped else a.not_helped) for a in snippet.approaches)
