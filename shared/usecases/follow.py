"""Follow what has changed: copies in wider audiences, what this process remembers of an audience, and counts.

A change is only a hint. What it names is read as it stands now and everything is made from that, so that a change
may come twice, late or out of order, and a step may be cut off anywhere: the next one ends in the same state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.copies import copy_for
from shared.domain.feed import Changed, FeedPlace
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet
from shared.domain.tallies import Tally, month_of
from shared.errors import CairnError, Conflict, TryLater
from shared.usecases.context import Context
from shared.usecases.draft import cards_follow
from shared.usecases.writing import ATTEMPTS, change

BATCH = 200
_SOON = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How much was gone through, for the log line."""

    snippets: int = 0
    copies: int = 0
    """Written anew; those that were right already are not among them."""


async def follow_feed(context: Context) -> Followed:
    """Go on where the feed was left, up to its end: for a timer, where the database triggers nothing.

    The place is written down after what lies before it was seen to. Should two do this at once, both do the same,
    and the slower one stops. Raises what `follow` raises; then the place stays where it was.
    """
    snippets = copies = 0
    while True:
        stored = await context.store.feed_place()
        after = stored.value.after if stored else ""
        piece = await context.store.snippet_changes(after, limit=BATCH)
        followed = await follow(piece.changed, context)
        snippets, copies = snippets + followed.snippets, copies + followed.copies
        if piece.after != after:
            try:
                await context.store.put_feed_place(FeedPlace(after=piece.after), etag=stored.etag if stored else None)
            except Conflict:
                return Followed(snippets=snippets, copies=copies)
        if not piece.more:
            return Followed(snippets=snippets, copies=copies)


async def follow(changes: Sequence[Changed], context: Context) -> Followed:
    """See to everything that follows from these changes.

    One that fails keeps none of the others waiting; the first error is raised in the end. Raises `TryLater` where
    this process was not told yet of what it is to follow.
    """
    # Of several changes of one document, one look at it is enough.
    newest = {(c.audience_id, c.snippet_id): c for c in sorted(changes, key=lambda c: c.revision)}
    context.store.audiences_changed(frozenset(audience for audience, _ in newest))
    copies, failures = 0, list[CairnError]()
    for changed in newest.values():
        try:
            copies += await _follow(changed, context)
        except CairnError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return Followed(snippets=len(newest), copies=copies)


async def _follow(changed: Changed, context: Context) -> int:
    stored = await context.store.snippet(changed.audience_id, changed.snippet_id)
    if stored is None or stored.value.revision < changed.revision:
        raise TryLater("the database has not told this process of a change yet", after=_SOON)
    await _count(stored.value, context)
    return await keep_copies(stored.value, context)


async def keep_copies(home: Snippet, context: Context) -> int:
    """Make the copies of a snippet what its home says, and have the cards that show them follow.

    Returns how many were written; 0 for a snippet that was never widened.
    """
    written = 0
    for audience_id in sorted({widening.audience_id for widening in home.widened}):
        written += await _keep_copy(home, audience_id, context)
    return written


async def _keep_copy(home: Snippet, audience_id: AudienceId, context: Context) -> bool:
    """Write the copy unless it is right, or of a newer home.

    The copy is read before the home: whoever writes in between makes this write fail, and it is decided again.
    """
    for _ in range(ATTEMPTS):
        copy = await context.store.snippet(audience_id, home.id)
        now_home = await context.store.snippet(home.audience_id, home.id)
        known = max(home.revision, copy.value.revision if copy else 0)
        if now_home is None or now_home.value.revision < known:
            raise TryLater("the database has not told this process of a change yet", after=_SOON)
        space = await context.store.space(now_home.value.space_id)
        wanted = copy_for(audience_id, now_home.value, space.value.kind if space else None)
        if copy is None or copy.value != wanted:
            try:
                await context.store.put_snippet(wanted, etag=copy.etag if copy else None)
            except Conflict:
                continue
        # Also when nothing was written: the one who wrote it may not have come this far.
        await cards_follow(wanted, context)
        return copy is None or copy.value != wanted
    raise TryLater("others are writing the same copy", after=_SOON)


async def _count(snippet: Snippet, context: Context) -> None:
    month = month_of(snippet.created_at)
    await change(
        lambda: context.store.tally(snippet.audience_id, month),
        lambda known: (known or Tally(audience_id=snippet.audience_id, month=month)).with_snippet(snippet),
        lambda value, etag: context.store.put_tally(value, etag=etag),
    )
