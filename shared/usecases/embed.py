"""Embed: keep with each snippet what its question means, so that it is found by questions in other words."""

from dataclasses import replace

from shared.domain.snippets import Snippet
from shared.errors import Conflict
from shared.usecases.context import Context

BATCH = 64
AN_HOUR = 512
"""Snippets that are embedded in one run of the timer: some ten seconds of one core."""


async def put_embedded(snippet: Snippet, etag: str | None, context: Context) -> str:
    """Write a snippet with what its question means by today's model; without, where there is no model."""
    return await context.store.put_snippet(await _embedded(snippet, context), etag=etag)


async def embed_missing(context: Context, *, limit: int | None = None) -> int:
    """Embed up to `limit` (None: `BATCH`) snippets that have no embedding yet, or one of another model.

    Returns how many were written: 0 when nothing is left, when the sentence model can't be used, or when the rest
    have no words. Those that somebody else wrote meanwhile are left to the next run.
    """
    if not context.model:
        return 0
    missing = await context.store.without_embedding(context.model, limit=limit or BATCH)
    await context.meanings([stored.value.question for stored in missing])  # all at once is quicker than one by one
    written = 0
    for stored in missing:
        embedded = await _embedded(stored.value, context)
        if embedded == stored.value:
            continue
        try:
            await context.store.put_snippet(embedded, etag=stored.etag)
        except Conflict:
            continue
        written += 1
    return written


async def embed_some(context: Context) -> int:
    """Embed what is missing, up to `AN_HOUR` snippets; returns how many."""
    written = 0
    while written < AN_HOUR and (done := await embed_missing(context)):
        written += done
    return written


async def _embedded(snippet: Snippet, context: Context) -> Snippet:
    known = snippet.meant
    if known is not None and known.model == context.model:
        return snippet
    embedding = await context.embedding(snippet.question)
    return snippet if embedding is None else replace(snippet, embedding=embedding)
