"""Forget a person: go through everything that Cairn keeps, and take out what is theirs or names them.

Used for erasing and for opting out. Each step can be cut off anywhere and run again: what marks or queues
comes before the write that it is about, and a document that is clean is found no more.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from shared.domain.erasure import (
    Forgetting,
    Trace,
    expertise_without,
    message_of_others,
    posting_without,
    quotes_of,
    space_without,
    thread_without,
)
from shared.domain.forgotten_authors import loses_its_question, snippet_without
from shared.domain.identity import AudienceId, SnippetId, SpaceId, ThreadId
from shared.domain.postings import Posting, PostingState
from shared.domain.snippets import Snippet
from shared.domain.topics import without_person
from shared.usecases.context import Context
from shared.usecases.draft import after_change
from shared.usecases.follow import keep_copies
from shared.usecases.settle import mark_due
from shared.usecases.writing import change, change_snippet

type OnStep = Callable[[Trace], None]


def _silently(_: Trace) -> None:
    return


async def forget(who: Forgetting, context: Context, on_step: OnStep = _silently) -> Counter[Trace]:
    """Take a person out of everything; returns how much was found, by kind, empty when nothing was left.

    Before the snippets come the spaces and cards, so that nothing that follows from a snippet is addressed to them.
    """
    removed: Counter[Trace] = Counter()
    if who.whole:
        on_step(Trace.SPACES)
        removed[Trace.SPACES] = await _spaces(who, context)
    on_step(Trace.MESSAGES)
    removed += await _messages(who, context)
    on_step(Trace.CARDS_CHANGED)
    removed += await _postings(who, context)
    on_step(Trace.APPROACHES)
    removed += await _snippets(who, context)
    on_step(Trace.THREADS)
    removed[Trace.THREADS] = await _threads(who, context)
    on_step(Trace.EXPERTISE)
    removed[Trace.EXPERTISE] = await _expertise(who, context)
    on_step(Trace.LABELS)
    removed[Trace.LABELS] = await context.store.drop_labels(who.user)
    if who.whole:
        on_step(Trace.TOPICS)
        removed[Trace.TOPICS] = await _topics(who, context)
        on_step(Trace.EVENTS)
        removed[Trace.EVENTS] = await context.store.drop_events(who.user)
    return +removed


async def _spaces(who: Forgetting, context: Context) -> int:
    changed = 0
    for space in await context.store.all_spaces():
        if space_without(space, who) == space:
            continue
        changed += 1
        await change(
            lambda space=space: context.store.space(space.id),  # type: ignore[misc]
            lambda known: space_without(known, who) if known else None,
            lambda value, etag: context.store.put_space(value, etag=etag),
        )
    return changed


async def _messages(who: Forgetting, context: Context) -> Counter[Trace]:
    found = [stored.value for stored in await context.store.messages_naming(who.searched)]
    theirs = [message for message in found if who.is_them(message.author)]
    removed: Counter[Trace] = Counter({Trace.MESSAGES: len(theirs)})
    for message in found:
        if who.is_them(message.author) or message_of_others(message, who) == message:
            continue
        removed[Trace.MENTIONS] += 1
        await change(
            lambda message=message: context.store.message(message.space_id, message.id),  # type: ignore[misc]
            lambda known: message_of_others(known, who) if known else None,
            lambda value, etag: context.store.put_message(value, etag=etag),
        )
    marked = {(message.space_id, message.thread_id) for message in theirs if message.thread_id is not None}
    for space_id, thread_id in sorted(marked):
        await _judge_again(space_id, thread_id, who, context)
    for space_id, thread_id in await context.store.drop_author(None, who.user):
        if (space_id, thread_id) not in marked:
            await _judge_again(space_id, thread_id, who, context)
    return removed


async def _judge_again(space_id: SpaceId, thread_id: ThreadId, who: Forgetting, context: Context) -> None:
    """Have a thread judged without their messages; one whose answer stays nameless has nothing new to say."""
    if who.nameless:
        thread = await context.store.thread(space_id, thread_id)
        if thread is not None and thread.value.snippet_id is not None:
            return
    await mark_due(space_id, thread_id, context)


async def _postings(who: Forgetting, context: Context) -> Counter[Trace]:
    removed: Counter[Trace] = Counter()
    for stored in await context.store.postings_naming((*who.searched, *who.quotes)):
        posting = stored.value
        left = posting_without(posting, who)
        if left == posting:
            continue
        removed[Trace.CARDS_WITHDRAWN if left.forget else Trace.CARDS_CHANGED] += 1
        await _change_posting(posting, who, context)
    return removed


async def _change_posting(posting: Posting, who: Forgetting, context: Context) -> None:
    """Write what stays of a card and have Teams follow; what never stood, or no longer stands, is forgotten at once."""
    left = await change(
        lambda: context.store.posting(posting.id),
        lambda known: posting_without(known, who) if known else None,
        lambda value, etag: context.store.put_posting(value, etag=etag),
    )
    if left is None:
        return
    nowhere = left.state in (PostingState.WANTED, PostingState.WITHDRAWN)
    if left.forget and (nowhere or await context.store.space(left.space_id) is None):
        await context.store.drop_posting(left.id)
    else:
        await context.queue_delivery(left.id)


async def _snippets(who: Forgetting, context: Context) -> Counter[Trace]:
    """Snippets; and first of all what quotes a question that goes, since nobody finds it once the question is gone."""
    found = await context.store.snippets_naming(who.searched)
    gone = [s.value.question for s in found if loses_its_question(s.value, snippet_without(s.value, who, context.now))]
    quotes = tuple(quote for question in gone for quote in quotes_of(question))
    removed: Counter[Trace] = Counter()
    if quotes:
        who = replace(who, quotes=quotes)
        removed += await _postings(who, context)
        keys = {(s.value.audience_id, s.value.id) for s in found}
        quoting = await context.store.snippets_naming(tuple(f"“{quote}" for quote in quotes))
        found = [*found, *(s for s in quoting if (s.value.audience_id, s.value.id) not in keys)]
    changed: set[SnippetId] = set()
    # Those that quote a question come first; the one that loses it is what a second run finds them by. Copies come
    # last, since they are made from their homes.
    for stored in sorted(found, key=lambda s: (s.value.copied_from is not None, s.value.question in gone)):
        left = snippet_without(stored.value, who, context.now)
        if stored.value.copied_from is not None:
            await _renew_copy(stored.value, context)
            continue
        if left == stored.value:
            continue
        removed += _counted(stored.value, left, who)
        changed.add(left.id)
        await _change_snippet(stored.value.audience_id, stored.value.id, who, context)
    await _update_cards_of_merged(changed, context)
    return removed


async def _change_snippet(audience_id: AudienceId, snippet_id: SnippetId, who: Forgetting, context: Context) -> None:
    before: Snippet | None = None

    def decide(known: Snippet | None) -> Snippet | None:
        nonlocal before
        before = known
        return snippet_without(known, who, context.now) if known else None

    await context.queue_follow_up(audience_id, snippet_id)
    after = await change_snippet(audience_id, snippet_id, decide, context.store)
    home = await context.store.space(after.space_id) if after else None
    if after is not None and home is not None:
        await after_change(before, after, home.value, context)
    if after is not None:
        await keep_copies(after, context)


async def _renew_copy(copy: Snippet, context: Context) -> None:
    """A copy that still names them: its home is clean, and whoever was to follow it has not come to that yet."""
    home = await context.store.snippet(copy.copied_from, copy.id) if copy.copied_from else None
    if home is not None:
        await keep_copies(home.value, context)


def _counted(before: Snippet, after: Snippet, who: Forgetting) -> Counter[Trace]:
    authored = sum(any(who.is_them(author) for author in approach.authors) for approach in before.approaches)
    asked = int(who.is_them(before.asker))
    otherwise = int(not authored and not asked and before != after)
    return +Counter({Trace.APPROACHES: authored, Trace.QUESTIONS: asked, Trace.ANSWERS: otherwise})


async def _update_cards_of_merged(changed: set[SnippetId], context: Context) -> None:
    """A card of a snippet that was merged away shows the one that it was merged into."""
    for stored in await context.store.snippets_naming(tuple(sorted(changed))):
        if stored.value.merged_into in changed:
            for posting in await context.store.showing(stored.value.id):
                await context.queue_delivery(posting.id)


async def _threads(who: Forgetting, context: Context) -> int:
    changed = 0
    for stored in await context.store.threads_naming((who.user,)):
        thread = stored.value
        if thread_without(thread, who) == thread:
            continue
        changed += 1
        await change(
            lambda thread=thread: context.store.thread(thread.space_id, thread.id),  # type: ignore[misc]
            lambda known: thread_without(known, who) if known else None,
            lambda value, etag: context.store.put_thread(value, etag=etag),
        )
    return changed


async def _expertise(who: Forgetting, context: Context) -> int:
    """What they have shown goes; what others have shown may quote a question with their name."""
    found = [stored.value for stored in await context.store.expertise_naming(who.searched)]
    await context.store.drop_expertise(who.user)
    for expertise in found:
        if not who.is_them(expertise.person) and expertise_without(expertise, who) != expertise:
            await change(
                lambda e=expertise: context.store.expertise(e.audience_id, e.person.key),  # type: ignore[misc]
                lambda known: expertise_without(known, who) if known else None,
                lambda value, etag: context.store.put_expertise(value, etag=etag),
            )
    return sum(who.is_them(expertise.person) for expertise in found)


async def _topics(who: Forgetting, context: Context) -> int:
    changed = 0
    for stored in await context.store.topics_naming(who.searched):
        if without_person(stored.value, who) == stored.value:
            continue
        changed += 1
        await change(
            lambda stored=stored: context.store.kept_topics(stored.value.audience_id),  # type: ignore[misc]
            lambda known: without_person(known, who) if known else None,
            lambda value, etag: context.store.put_kept_topics(value, etag=etag),
        )
    return changed
