"""Learn from what people do: a button pressed or a curator's decision says whether a claim of Cairn's was right.

Nothing is kept of who has opted out or was erased, neither as the one who said it nor as the one it is about, and
nobody's praise of their own words counts. A label that a crash or a busy store loses is missed by nobody, so the act
itself comes first.
"""

from collections.abc import Sequence

from shared.domain.identity import Person, UserKey
from shared.domain.labels import Feedback, Label, Task, label_id_of
from shared.domain.postings import Posting
from shared.domain.snippets import Approach, Snippet
from shared.judgement.similar import claim_of, rank, texts_to_embed
from shared.usecases.consent import unwilling
from shared.usecases.context import Context
from shared.usecases.suggest import candidate_of
from shared.usecases.writing import change

_NOBODY = UserKey("")
"""Stands where somebody was erased: they can't be asked whether they are willing."""


async def from_outcome(
    posting: Posting,
    snippet: Snippet,
    approach: Approach,
    askers: Sequence[Person | None],
    by: Person,
    context: Context,
    *,
    helped: bool,
) -> None:
    """Somebody said of an earlier answer that was shown to them "this solved it", or "not this".

    The former says that the question was the same, and that the approach answers it. The latter is held against the
    sameness alone, as the words may well answer what they were said to; it takes back what the same person's
    earlier press said of the approach. `askers` asked what was compared: the new question and the known ones.
    """
    authors = [author.key for author in approach.authors]
    about = (*(asker.key if asker else _NOBODY for asker in askers), *authors)
    feedback = Feedback.SOLVED if helped else Feedback.NOT_THIS
    if posting.claim is not None:
        label = Label(
            id=label_id_of(Task.SEEN_BEFORE, posting.id, by.key, part=approach.id),
            task=Task.SEEN_BEFORE,
            subject=posting.id,
            claim=posting.claim,
            right=helped,
            feedback=feedback,
            at=context.now,
            space_id=posting.space_id,
            audience_id=snippet.audience_id,
            by=by.key,
            about=_each_once(about),
        )
        await _keep(label, authors, context)
    if helped:
        await _of_answer(feedback, snippet, approach, by, context)
    else:
        stored = await context.store.label(label_id_of(Task.ANSWER, approach.id, by.key))
        if stored is not None and stored.value.feedback is Feedback.SOLVED:
            await context.store.drop_label(stored.value.id)


async def from_decision(
    feedback: Feedback, snippet: Snippet, approaches: Sequence[Approach], by: Person, context: Context
) -> None:
    """A curator verified, rejected or struck these approaches of a snippet."""
    for approach in approaches:
        await _of_answer(feedback, snippet, approach, by, context)


async def from_merge(snippet: Snippet, into: Snippet, by: Person, context: Context) -> None:
    """A curator merged two snippets: their questions are the same. What Cairn would have claimed is asked now."""
    candidate = candidate_of(into)
    meanings = await context.meanings(texts_to_embed(snippet.question, [candidate]))
    (match,) = rank(snippet.question, [candidate], meanings)
    authors = [author.key for approach in into.visible_approaches for author in approach.authors]
    pair = "/".join(sorted((snippet.id, into.id)))
    label = Label(
        id=label_id_of(Task.SEEN_BEFORE, pair, by.key),
        task=Task.SEEN_BEFORE,
        subject=pair,
        claim=claim_of(snippet.question, candidate, match, meanings),
        right=True,
        feedback=Feedback.MERGED,
        at=context.now,
        space_id=snippet.space_id,
        audience_id=snippet.audience_id,
        by=by.key,
        about=_each_once((*(person.key for person in (*snippet.askers, *into.askers)), *authors)),
    )
    await _keep(label, [], context)


async def _of_answer(feedback: Feedback, snippet: Snippet, approach: Approach, by: Person, context: Context) -> None:
    if approach.claim is None:
        return  # drafted before claims were kept
    authors = [author.key for author in approach.authors]
    label = Label(
        id=label_id_of(Task.ANSWER, approach.id, by.key),
        task=Task.ANSWER,
        subject=approach.id,
        claim=approach.claim,
        right=feedback in (Feedback.SOLVED, Feedback.VERIFIED),
        feedback=feedback,
        at=context.now,
        space_id=snippet.space_id,
        audience_id=snippet.audience_id,
        by=by.key,
        about=_each_once((snippet.asker.key, *authors)),
    )
    await _keep(label, authors, context)


async def _keep(label: Label, authors: Sequence[UserKey], context: Context) -> None:
    """Write a label, over what the same person said before, if everybody whom it involves is willing."""
    own_praise = label.right and label.by in authors
    if own_praise or _NOBODY in label.involved or await unwilling(label.involved, context):
        return
    await change(
        lambda: context.store.label(label.id),
        lambda _: label,
        lambda value, etag: context.store.put_label(value, etag=etag),
    )


def _each_once(keys: Sequence[UserKey]) -> tuple[UserKey, ...]:
    return tuple(dict.fromkeys(keys))
