"""Read, decide, write, and again when somebody else was faster: the one way in which documents change."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet
from shared.errors import Conflict
from shared.ports import Snippets, Stored

ATTEMPTS = 12


async def change[T](
    read: Callable[[], Awaitable[Stored[T] | None]],
    decide: Callable[[T | None], T | None],
    write: Callable[[T, str | None], Awaitable[str]],
) -> T | None:
    """Change one document under optimistic concurrency.

    `decide` is given what is stored (None for nothing) and returns what should be, or None to leave
    it; it may run several times and must have no effect of its own. Returns what is stored in the
    end. Raises `Conflict` when `ATTEMPTS` writers in a row were faster.
    """
    for attempt in range(ATTEMPTS):
        stored = await read()
        known = stored.value if stored else None
        wanted = decide(known)
        if wanted is None or wanted == known:
            return known
        try:
            await write(wanted, stored.etag if stored else None)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return wanted
    return None


async def change_snippet(
    audience_id: AudienceId,
    snippet_id: SnippetId,
    decide: Callable[[Snippet | None], Snippet | None],
    store: Snippets,
    *,
    put: Callable[[Snippet, str | None], Awaitable[str]] | None = None,
) -> Snippet | None:
    """As `change`, for a snippet at home: each change is numbered, so that of two versions the newer one is known.

    `put` writes it where the store's own way is not enough.
    """

    def numbered(known: Snippet | None) -> Snippet | None:
        wanted = decide(known)
        if wanted is None or wanted == known:
            return None
        return replace(wanted, revision=(known.revision if known else 0) + 1)

    return await change(
        lambda: store.snippet(audience_id, snippet_id),
        numbered,
        put or (lambda value, etag: store.put_snippet(value, etag=etag)),
    )
