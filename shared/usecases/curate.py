"""Curate: a curator verifies, edits, rejects, merges or widens a snippet."""

from collections.abc import Callable, Mapping

from shared.domain.audiences import ORGANISATION
from shared.domain.events import EventKind, event
from shared.domain.identity import AudienceId, Person, SnippetId
from shared.domain.labels import Feedback
from shared.domain.redaction import redact
from shared.domain.snippets import Snippet, Trust, Verb, edited, merged, retired, struck, verified
from shared.domain.spaces import Space
from shared.errors import NotAllowed
from shared.usecases import learn
from shared.usecases.context import Context
from shared.usecases.draft import after_change
from shared.usecases.embed import put_embedded
from shared.usecases.widen import narrow, widen
from shared.usecases.writing import change_snippet

MAX_TEXT = 8_000
"""Characters of a question or an approach that a curator may write."""


async def carry_out(
    verb: str,
    audience_id: AudienceId,
    snippet_id: SnippetId,
    by: Person,
    values: Mapping[str, str],
    context: Context,
) -> str:
    """Carry out a curator's decision; returns the sentence to show.

    Raises `NotAllowed` when `by` doesn't curate the snippet's space, when it is gone, or when the values make no sense.
    """
    stored = await context.store.snippet(audience_id, snippet_id)
    home = await context.store.space(stored.value.space_id) if stored else None
    if stored is None or home is None or stored.value.copied_from is not None:
        raise NotAllowed("This answer is no longer there, so nothing was changed.")
    if not home.value.may_curate(by.key):
        raise NotAllowed(f"Only the owners of {home.value.label} can decide that.")
    known = {"verify": _verify, "edit": _edit, "reject": _reject, "merge": _merge, "widen": _widen, "narrow": _narrow}
    decide = known.get(verb)
    if decide is None:
        raise NotAllowed("This card has no such button, so nothing was changed.")
    return await decide(stored.value, home.value, by, values, context)


async def _verify(snippet: Snippet, space: Space, by: Person, _: Mapping[str, str], context: Context) -> str:
    if not snippet.usable:
        raise NotAllowed("This answer is not in use any more, so it can't be verified.")
    await _write(snippet, lambda known: verified(known, by, context.now) if known.usable else None, space, context)
    await _note(EventKind.VERIFIED, snippet, by, context)
    await learn.from_decision(Feedback.VERIFIED, snippet, snippet.visible_approaches, by, context)
    return "Verified. Colleagues will see that you checked it."


async def _edit(snippet: Snippet, space: Space, by: Person, values: Mapping[str, str], context: Context) -> str:
    """Replace the question, texts and conditions by what the curator wrote, redacted as everything is."""
    if not snippet.usable:
        raise NotAllowed("This answer is not in use any more, so it can't be edited.")
    question = _written(values.get("question"))
    texts = {a.id: text for a in snippet.approaches if (text := _written(values.get(f"text:{a.id}"))) is not None}
    conditions = {
        a.id: redact(values[f"conditions:{a.id}"].strip()).text
        for a in snippet.approaches
        if f"conditions:{a.id}" in values
    }
    if question == "" or "" in texts.values():
        raise NotAllowed("A question and each answer need some text, so nothing was changed.")
    written = (question or "", *texts.values(), *conditions.values())
    if any(len(text) > MAX_TEXT for text in written):
        raise NotAllowed(f"That is longer than {MAX_TEXT:,} characters, so nothing was changed.")
    await _write(
        snippet,
        lambda known: edited(known, by, context.now, question=question, texts=texts, conditions=conditions),
        space,
        context,
    )
    await _note(EventKind.EDITED, snippet, by, context)
    return "Saved, and marked as checked by you."


def _written(value: str | None) -> str | None:
    return None if value is None else redact(value.strip()).text


async def _reject(snippet: Snippet, space: Space, by: Person, values: Mapping[str, str], context: Context) -> str:
    """Take the whole answer out of use, or with `approach` in the values one way of several."""
    reason = redact(values.get("reason", "").strip()[:300]).text or f"rejected by {by.name}"
    approach = snippet.approach(values.get("approach", ""))
    if approach is not None and len(snippet.visible_approaches) > 1:
        await _write(snippet, lambda known: struck(known, approach.id, by, context.now, reason), space, context)
        await _note(EventKind.REJECTED, snippet, by, context)
        await learn.from_decision(Feedback.STRUCK, snippet, [approach], by, context)
        return "That way is taken out; the rest stays."

    def decide(known: Snippet) -> Snippet | None:
        if known.trust is Trust.RETIRED and known.history[-1].verb is Verb.REJECTED:
            return None
        return retired(known, context.now, verb=Verb.REJECTED, reason=reason, by=by)

    await _write(snippet, decide, space, context)
    await _note(EventKind.REJECTED, snippet, by, context)
    await learn.from_decision(Feedback.REJECTED, snippet, snippet.visible_approaches, by, context)
    return "Rejected. It will not be suggested, and who received it is told."


async def _merge(snippet: Snippet, space: Space, by: Person, values: Mapping[str, str], context: Context) -> str:
    """Put this snippet's approaches beside another's, which stays and is written first, so that nothing is lost."""
    target = await context.store.snippet(snippet.audience_id, SnippetId(values.get("into", "")))
    copied = target is not None and target.value.copied_from is not None
    if target is None or copied or target.value.id == snippet.id or not target.value.usable or not snippet.usable:
        raise NotAllowed("Choose another answer that is still in use; nothing was changed.")
    await _write(target.value, lambda known: merged(known, snippet, by, context.now)[0], space, context)
    await _write(snippet, lambda known: merged(target.value, known, by, context.now)[1], space, context)
    await _note(EventKind.MERGED, snippet, by, context)
    await learn.from_merge(snippet, target.value, by, context)
    return f"Merged into “{target.value.question}”."


async def _widen(snippet: Snippet, _: Space, by: Person, values: Mapping[str, str], context: Context) -> str:
    return await widen(snippet.audience_id, snippet.id, AudienceId(values.get("to", ORGANISATION)), by, context)


async def _narrow(snippet: Snippet, _: Space, by: Person, values: Mapping[str, str], context: Context) -> str:
    return await narrow(snippet.audience_id, snippet.id, AudienceId(values.get("to", ORGANISATION)), by, context)


async def _write(snippet: Snippet, decide: Callable[[Snippet], Snippet | None], space: Space, context: Context) -> None:
    await context.queue_follow_up(snippet.audience_id, snippet.id)
    after = await change_snippet(
        snippet.audience_id,
        snippet.id,
        lambda known: decide(known) if known else None,
        context.store,
        put=lambda value, etag: put_embedded(value, etag, context),
    )
    if after is not None:
        await after_change(snippet, after, space, context)


async def _note(kind: EventKind, snippet: Snippet, by: Person, context: Context) -> None:
    moment = context.now.isoformat()
    await context.store.append(event(kind, snippet.space_id, context.now, subject=snippet.id, by=by.key, once=moment))
