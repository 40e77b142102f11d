"""Widen: a curator lets more people see a snippet, or takes it back; an author agrees to that, or no longer does."""

from collections.abc import Callable

from shared.domain.audiences import ORGANISATION, space_of_audience
from shared.domain.copies import agreed, disagreed, narrowed, widened
from shared.domain.events import EventKind, event
from shared.domain.identity import AudienceId, Person, SnippetId
from shared.domain.snippets import Snippet
from shared.errors import NotAllowed
from shared.usecases.context import Context
from shared.usecases.follow import keep_copies
from shared.usecases.writing import change_snippet


async def widen(audience_id: AudienceId, snippet_id: SnippetId, to: AudienceId, by: Person, context: Context) -> str:
    """Let another audience see a snippet, whose home is `audience_id`; returns the sentence to show.

    Raises `NotAllowed` for whoever does not curate the snippet's space or is not of the other audience, and for a
    snippet that is not in use.
    """
    snippet = await _curated(audience_id, snippet_id, by, context)
    if not snippet.usable:
        raise NotAllowed("This answer is not in use any more, so nobody else can be shown it.")
    if to == snippet.audience_id or to not in await context.store.audiences_of(by.key):
        raise NotAllowed("You can show this answer only to others whom you belong to; nothing was changed.")
    home = await _change(snippet, lambda known: widened(known, to, by, context.now), context)
    await _note(EventKind.WIDENED, snippet, to, by, context)
    copy = await context.store.snippet(to, snippet_id)
    if home is not None and (copy is None or not copy.value.usable):
        return f"Noted. It is shown {await _whom(to, context)} as soon as those who gave the answer agree."
    return f"Done. It is shown {await _whom(to, context)} now."


async def narrow(audience_id: AudienceId, snippet_id: SnippetId, to: AudienceId, by: Person, context: Context) -> str:
    """Take a snippet back from an audience; returns the sentence to show. Raises `NotAllowed` for who may not."""
    snippet = await _curated(audience_id, snippet_id, by, context)
    await _change(snippet, lambda known: narrowed(known, to, by, context.now), context)
    await _note(EventKind.NARROWED, snippet, to, by, context)
    return f"Done. It is no longer shown {await _whom(to, context)}."


async def agree(
    audience_id: AudienceId, snippet_id: SnippetId, to: AudienceId, by: Person, context: Context, *, yes: bool
) -> str:
    """An author agrees that an audience sees what they said, or takes that back; returns the sentence to show.

    Raises `NotAllowed` for whoever stands behind none of the snippet's approaches.
    """
    stored = await context.store.snippet(audience_id, snippet_id)
    if stored is None or not any(source.author.key == by.key for source in stored.value.sources):
        raise NotAllowed("Nothing in this answer was said by you, so nothing was changed.")
    said = (
        (lambda known: agreed(known, to, by.key, context.now)) if yes else (lambda known: disagreed(known, to, by.key))
    )
    await _change(stored.value, said, context)
    return "Thanks, that is noted." if yes else "That is noted. What you said is shown only where you said it."


async def _curated(audience_id: AudienceId, snippet_id: SnippetId, by: Person, context: Context) -> Snippet:
    stored = await context.store.snippet(audience_id, snippet_id)
    home = await context.store.space(stored.value.space_id) if stored else None
    if stored is None or home is None or stored.value.copied_from is not None:
        raise NotAllowed("This answer is no longer there, so nothing was changed.")
    if not home.value.may_curate(by.key):
        raise NotAllowed(f"Only the owners of {home.value.label} can decide that.")
    return stored.value


async def _change(snippet: Snippet, decide: Callable[[Snippet], Snippet], context: Context) -> Snippet | None:
    """The home document first: should this be cut off after it, whoever follows the changes makes the copies."""
    home = await change_snippet(
        snippet.audience_id, snippet.id, lambda known: decide(known) if known else None, context.store
    )
    if home is not None:
        await keep_copies(home, context)
    return home


async def _note(kind: EventKind, snippet: Snippet, to: AudienceId, by: Person, context: Context) -> None:
    once = f"{to} {context.now.isoformat()}"
    await context.store.append(event(kind, snippet.space_id, context.now, subject=snippet.id, by=by.key, once=once))


async def _whom(audience_id: AudienceId, context: Context) -> str:
    if audience_id == ORGANISATION:
        return "to everybody in the organisation"
    space_id = space_of_audience(audience_id)
    space = await context.store.space(space_id) if space_id else None
    return f"in {space.value.label}" if space else "to them"
