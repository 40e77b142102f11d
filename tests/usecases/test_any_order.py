"""Whatever the order and number of deliveries of a history: the same messages, threads, snippets and cards."""

import asyncio
import hashlib
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.messages import Message
from shared.domain.spaces import Space, SpaceKind
from tests.usecases.world import ANN, BOB, CLEO, DAN, World

TALK = [
    (BOB, "How do I reset the badge printer on the second floor? It says error E-17."),
    (CLEO, "Hold the green button at the back for ten seconds, then reload the ribbon."),
    (ANN, "does anybody have the slides of this morning"),
    (DAN, "Ann: they are in the team's folder under Meetings, the file of today"),
    (BOB, "thanks Cleo, that worked"),
]


def history(world: World, space: Space) -> list[Message]:
    """Every version of every message: Cleo's answer is edited, Dan's deleted and restored."""
    first = [world.written(space, author, text) for author, text in TALK]
    later = world.now + timedelta(minutes=1)
    words = TALK[1][1].replace("ten", "twenty")
    edited = replace(first[1], text=words, body_hash=hashlib.sha256(words.encode()).hexdigest(), modified_at=later)
    deleted = replace(first[3], text="", body_hash="", deleted_at=later, modified_at=later)
    restored = replace(first[3], modified_at=later + timedelta(minutes=1))
    return [*first, edited, deleted, restored]


async def end_state(folder: Path, kind: SpaceKind, order: list[int]) -> object:
    world = World(folder)
    space = await world.space("Van crew", kind=kind)
    versions = history(world, space)
    if kind is not SpaceKind.CHAT:
        roots = {1: 0, 3: 2, 4: 0}
        versions = [
            replace(v, root_id=versions[roots[i]].id) if (i := _place(v, versions)) in roots else v for v in versions
        ]
    world.now += timedelta(minutes=5)
    for index in order:
        version = versions[index]
        world.graph.messages[(space.id, version.id)] = version
        await world.notify(space, version)
    await world.pass_time(timedelta(hours=1))
    found = [await world.store.message(space.id, version.id) for version in versions[: len(TALK)]]
    visible = await world.store.visible(await world.store.audiences_of(ANN.key), limit=10)
    cards = sorted((p.kind, p.thread_id or "", p.snippet_id or "", p.state) for p in await world.store.all_postings())
    snippets = sorted((s.question, s.trust, tuple(a.text for a in s.visible_approaches)) for s in visible)
    await world.store.close()
    messages = [(m.value.id, m.value.text, m.value.thread_id, m.value.parent_id, m.value.settled) for m in found if m]
    return messages, snippets, cards


def _place(version: Message, versions: list[Message]) -> int:
    return next(i for i, other in enumerate(versions[: len(TALK)]) if other.id == version.id)


IN_ORDER = list(range(len(TALK) + 3))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    order=st.permutations(IN_ORDER),
    again=st.lists(st.sampled_from(IN_ORDER), max_size=6),
    kind=st.sampled_from([SpaceKind.CHAT, SpaceKind.STANDARD]),
)
def test_every_order_ends_the_same(order: list[int], again: list[int], kind: SpaceKind) -> None:
    async def compared() -> None:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            expected = await end_state(Path(first), kind, IN_ORDER)
            assert await end_state(Path(second), kind, [*order, *again]) == expected

    asyncio.run(compared())
