"""Take out: everything of a store, or what an audience may see of it, in one order that can be gone on with."""

from collections.abc import AsyncIterator, Sequence
from itertools import dropwhile, product

from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId, SpaceId
from shared.domain.moving import OF_AN_AUDIENCE, TALK, Key, Kind, Moved, as_seen_by, settings_that_move
from shared.domain.tenant import TenantState
from shared.ports import Store
from shared.usecases.patience import Wait, give_up, patiently

PAGE = 500
"""Things that are in memory at the same time."""


def kinds_of(audiences: Sequence[AudienceId], *, talk: bool) -> tuple[Kind, ...]:
    """What is taken out, in order; messages and threads only with `talk`."""
    every: Sequence[Kind] = OF_AN_AUDIENCE if audiences else tuple(Kind)
    return tuple(kind for kind in every if talk or kind not in TALK)


async def take_out(
    store: Store,
    kinds: Sequence[Kind],
    audiences: Sequence[AudienceId] = (),
    *,
    after: Moved | None = None,
    page: int = PAGE,
    wait: Wait = give_up,
) -> AsyncIterator[Sequence[Moved]]:
    """Page after page of these kinds; with audiences, one after the other, what its members may see, and nothing else.

    `after` is the last thing that an earlier run got. What is written meanwhile may be in it or not; no thing comes
    half, and none twice. Raises what `wait` raises when the store is busy.
    """
    sections = product(audiences or (None,), kinds)
    if after is not None:
        sections = dropwhile(lambda section: not _holds(*section, after), sections)  # type: ignore[assignment]
    for audience_id, kind in sections:
        key = after.key if after is not None and _holds(audience_id, kind, after) else None
        while found := await _page(store, kind, key, page, audience_id, wait):
            key = found[-1].key
            yield [_as_shown(moved, audience_id) for moved in found]
            if len(found) < page:
                break


async def _page(
    store: Store, kind: Kind, after: Key | None, limit: int, audience_id: AudienceId | None, wait: Wait
) -> Sequence[Moved]:
    return await patiently(lambda: store.page(kind, after, limit=limit, audience_id=audience_id), wait)


def _holds(audience_id: AudienceId | None, kind: Kind, thing: Moved) -> bool:
    """Whether a thing is of this part of the export."""
    if thing.kind is not kind:
        return False
    of_space = kind in TALK or kind is Kind.SPACE
    return audience_id is None or audience_id == (
        audience_of_space(SpaceId(thing.key[0])) if of_space else thing.key[0]
    )


def _as_shown(moved: Moved, audience_id: AudienceId | None) -> Moved:
    if isinstance(moved.value, TenantState):
        return Moved(moved.kind, settings_that_move(moved.value))
    return moved if audience_id is None else Moved(moved.kind, as_seen_by(audience_id, moved.value))
