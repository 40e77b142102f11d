"""Import questions and answers from a file, as proposed snippets of one space's audience."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.audiences import audience_of_space
from shared.domain.faq import Entry, Known, Row, brought_in, entries_of
from shared.domain.identity import AudienceId, SnippetId
from shared.domain.postings import PostingKind, posting_id_of
from shared.domain.redaction import without_marks
from shared.domain.snippets import Snippet, Trust
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics
from shared.judgement.topics import topics_of
from shared.usecases.context import Context
from shared.usecases.draft import after_change, ask_for_review
from shared.usecases.topics import every_snippet, topics_kept_in
from shared.usecases.writing import change

_MOST_HOPS = 8


class Outcome(StrEnum):
    """What a question of the file did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(slots=True)
class FaqReport:
    """What an import did."""

    questions: Counter[Outcome] = field(default_factory=Counter)
    joined: int = 0
    """Rows that were about a question of another row."""
    reviews: int = 0
    """Answers that curators were asked to check."""
    waiting: int = 0
    """Answers from files that nobody has checked, and nobody was asked to."""


async def import_faq(
    rows: Sequence[Row],
    space: Space,
    context: Context,
    *,
    reviews: int,
    on_entry: Callable[[int, int], None] = lambda _done, _of: None,
) -> FaqReport:
    """Make proposed snippets of a file's rows, in the audience of a space; again, it changes nothing.

    At most `reviews` of them are put before the space's curators now, each once: the next ones come when it is called
    again, and any as soon as it was shown to somebody. `on_entry` is told how many of all questions are done.
    """
    audience_id = audience_of_space(space.id)
    known, kept = await _known(audience_id, context), await topics_kept_in(audience_id, context)
    entries = entries_of(rows)
    report = FaqReport(joined=len(rows) - len(entries))
    for number, entry in enumerate(entries, 1):
        snippet, outcome = await _bring_in(entry, known, space, kept, context)
        known.note(snippet)
        report.questions[outcome] += 1
        if snippet.from_file and snippet.usable and snippet.trust is Trust.PROPOSED:
            await _have_reviewed(snippet, space, context, report, most=reviews)
        on_entry(number, len(entries))
    return report


async def _known(audience_id: AudienceId, context: Context) -> Known:
    """What files have brought into this audience before, in whatever state it is."""
    known = Known()
    async for snippet in every_snippet(audience_id, context):
        known.note(snippet)
    return known


async def _bring_in(
    entry: Entry, known: Known, space: Space, kept: KeptTopics, context: Context
) -> tuple[Snippet, Outcome]:
    audience_id = kept.audience_id
    origin = known.id_of(entry, audience_id)
    snippet_id = await _home(origin, audience_id, context)
    topics = topics_of(without_marks(entry.rows[0].question), kept=kept)
    before: Snippet | None = None

    def decide(stored: Snippet | None) -> Snippet:
        nonlocal before
        before = stored
        return brought_in(
            stored, entry, origin, audience_id=audience_id, space_id=space.id, topics=topics, now=context.now
        )

    stored = await context.store.snippet(audience_id, snippet_id)
    if stored is not None and decide(stored.value) == stored.value:
        return stored.value, Outcome.SAME
    await context.queue_follow_up(audience_id, snippet_id)
    after = await change(
        lambda: context.store.snippet(audience_id, snippet_id),
        decide,
        lambda value, etag: context.store.put_snippet(value, etag=etag),
    )
    snippet = after or decide(before)
    await after_change(before, snippet, space, context)
    return snippet, Outcome.CHANGED if before else Outcome.NEW


async def _home(snippet_id: SnippetId, audience_id: AudienceId, context: Context) -> SnippetId:
    """Where the approaches of a snippet live now: it may have been merged into another."""
    for _ in range(_MOST_HOPS):
        stored = await context.store.snippet(audience_id, snippet_id)
        if stored is None or stored.value.merged_into is None:
            break
        snippet_id = stored.value.merged_into
    return snippet_id


async def _have_reviewed(snippet: Snippet, space: Space, context: Context, report: FaqReport, *, most: int) -> None:
    asked = [
        posting_id_of(PostingKind.REVIEW, space.id, recipient=curator.key, about=snippet.id)
        for curator in space.curators
    ]
    if asked and all([await context.store.posting(posting_id) for posting_id in asked]):
        return
    if asked and report.reviews < most:
        await ask_for_review(snippet, space, context)
        report.reviews += 1
    else:
        report.waiting += 1
