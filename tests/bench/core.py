"""What the pipeline itself costs a message, without host, tenant and HTTP: real chat through use cases and SQLite."""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from local.replay.conversation import Conversation, read_conversations
from local.replay.replay import START
from shared.adapters.embedding.kept import SentenceModel
from shared.adapters.embedding.minilm import minilm
from shared.domain.identity import MessageId
from shared.domain.messages import Message, MessageKind
from shared.domain.spaces import SpaceKind
from shared.judgement.languages import language_of
from shared.usecases.context import Context
from tests.bench.figure import Figure, at_least, plain
from tests.usecases.world import World, person

DATA = Path(__file__).parents[2] / "../shared/data/judgement/replies.eval.jsonl"
MESSAGES = 1500
OPENING_MS = 0.64
"""What it takes to check, open and read a notification (see `opening`), which the stand-in for Graph spares."""


class _World(World):
    """With a sentence model, or without."""

    def __init__(self, folder: Path, embedder: SentenceModel | None) -> None:
        super().__init__(folder)
        self.now = START
        self._embedder = embedder

    @property
    def context(self) -> Context:
        return replace(super().context, embedder=self._embedder)


def world_of(folder: Path, embedder: SentenceModel | None) -> World:
    """An empty world at the beginning of the conversations, with a sentence model or without."""
    return _World(folder, embedder)


def measure() -> Iterator[Figure]:
    """Messages per second and core, with and without embeddings; nothing where the data is absent."""
    if not DATA.exists():
        print("core: ../shared/data is not here, so there is no chat to read", file=sys.stderr)
        return
    embedder = minilm()
    embedder.embed(["The model is loaded once a process."])
    language_of("Modelle werden einmal geladen: xyzzy plugh")
    for name, model in (("by_words", None), ("by_meaning", embedder)):
        before = embedder.computed
        spent, said = asyncio.run(_held(model))
        milliseconds = 1000 * spent / said + OPENING_MS
        yield plain(f"pipeline.core_ms_{name}", milliseconds, "ms")
        rate = 1000 / milliseconds
        if model is not None:
            yield plain("pipeline.embeddings_per_message", (model.computed - before) / said, "1")
        name = f"pipeline.core_messages_per_cpu_second_{name}"
        yield at_least(name, rate, "1/s", 150) if model is not None else plain(name, rate, "1/s")


async def _held(embedder: SentenceModel | None) -> tuple[float, int]:
    """Seconds of CPU that a chat took, and its messages."""
    with tempfile.TemporaryDirectory() as folder:
        world = world_of(Path(folder), embedder)
        began, said = time.process_time(), 0
        for conversation in read_conversations(DATA, start=START, limit=MESSAGES):
            said += await hold(conversation, world)
        await world.pass_time(timedelta(hours=5))
        spent = time.process_time() - began
        await world.store.close()
    return spent, said


async def hold(conversation: Conversation, world: World) -> int:
    """Take in a chat, message by message at its own time, and judge what falls due; returns how many were said."""
    people = {name: person(name) for name in conversation.authors}
    everybody = tuple(people.values())
    space = await world.space(conversation.id, kind=SpaceKind.CHAT, members=everybody, owner=everybody[0])
    said = 0
    for number, line in enumerate(conversation.lines):
        if line.author is None:
            continue
        await world.pass_time(max(timedelta(0), line.at - world.now))
        message = Message(
            space_id=space.id,
            id=MessageId(f"{int(line.at.timestamp() * 1000)}{number:05}"),
            kind=MessageKind.PERSON,
            author=people[line.author],
            created_at=line.at,
            modified_at=line.at,
            text=line.text,
            body_hash=hashlib.sha256(line.text.encode()).hexdigest(),
        )
        world.graph.messages[(space.id, message.id)] = message
        await world.notify(space, message)
        said += 1
    return said
