"""Look up a question as soon as it is asked: has it been answered before?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.events import EventKind, event
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import ThreadId, derived_id
from shared.domain.messages import Message
from shared.domain.spaces import Space
from shared.errors import Conflict
from shared.judgement.openers import opens_request
from shared.judgement.thresholds import SAME_SHOWS_A_QUESTION
from shared.judgement.verdicts import Verdict
from shared.meter import Part, metered
from shared.usecases.context import Context
from shared.usecases.suggest import suggest_answered_before

PAUSE = timedelta(minutes=5)
"""A longer silence ends the question: what the asker says after it is about how it went on."""


def question_of(thread_id: ThreadId, messages: Sequence[Message]) -> tuple[Message, ...]:
    """What the asker said in one go before anybody else spoke: the messages that state the question, oldest first.

    `messages` are the thread's living messages by people, oldest first. Empty when the root is not
    among them: a question that was taken back is no question.
    """
    if not messages or str(messages[0].id) != thread_id:
        return ()
    said = [messages[0]]
    for message in messages[1:]:
        if message.author != said[0].author or message.created_at - said[-1].created_at > PAUSE:
            break
        said.append(message)
    return tuple(said)


def question_text(question: Sequence[Message]) -> str:
    """The question as one text: the subject, where there is one, then what was said, a line each."""
    return "\n".join(part for message in question for part in (message.subject, message.text) if part)


async def look_up_opener(message: Message, space: Space, context: Context) -> None:
    """Judge at once whether a new message opens a request, from the past alone, and look the request up.

    Does nothing once somebody has replied: then the whole thread is judged when it has been quiet.
    """
    if message.thread_id is None:
        return
    messages = await context.store.thread_messages(space.id, message.thread_id)
    living = [m.value for m in messages if m.value.said_by_a_person]
    question = question_of(message.thread_id, living)
    verdict = opens_request(question).verdict if question and len(question) == len(living) else Verdict.NO
    if verdict is Verdict.NO:
        return
    stored = await context.store.thread(space.id, message.thread_id)
    known = stored.value if stored else Thread(space_id=space.id, id=message.thread_id)
    looked_up = await look_up(known, question, space, context, asked=verdict is Verdict.YES)
    if looked_up == known:
        return
    try:
        await context.store.put_thread(looked_up, etag=stored.etag if stored else None)
    except Conflict:
        # Somebody marked the thread meanwhile. The suggestion stands under its own id, and the thread's
        # state is settled when it is due.
        return


async def look_up(
    thread: Thread, question: Sequence[Message], space: Space, context: Context, *, asked: bool
) -> Thread:
    """Look a question up, once for each wording, and suggest what answered it before.

    Where the words leave it open whether something was asked (`asked` False), only a known question that
    is beyond doubt the same shows that it was.
    Returns the thread with the lookup noted, which the caller writes; unchanged when there was nothing to do.
    """
    asker, asked_at = question[0].author, question[0].created_at
    text = question_text(question)
    wording = derived_id(text)
    if asker is None or thread.looked_up == wording or context.now - asked_at > context.rhythm.fresh:
        return thread
    least = 0.0 if asked else SAME_SHOWS_A_QUESTION
    with metered(Part.SUGGESTION):
        suggested = await suggest_answered_before(text, thread.id, asker, space, context, least=least)
    if not asked and suggested is None:
        return thread
    await context.store.append(event(EventKind.ASKED, space.id, asked_at, subject=thread.id))
    return replace(
        thread,
        looked_up=wording,
        state=ExchangeState.OPEN if thread.state is ExchangeState.TALK else thread.state,
        asker=asker,
        opened_at=asked_at,
        question_ids=tuple(m.id for m in question),
    )
