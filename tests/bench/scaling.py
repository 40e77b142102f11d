"""What a message costs when much is known: real use cases on SQLite with 1,000, 10,000 and 100,000 snippets.

An organisation that knows more has more spaces; who asks is in as many as before, so ten spaces of a hundred
snippets can be seen in each case. Meanings are made up, so that no sentence model's time hides the store's.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.domain.audiences import audience_of_space
from shared.domain.embeddings import hash_of
from shared.domain.spaces import Space
from shared.usecases.context import Context
from tests.bench.figure import Figure, at_most, plain
from tests.bench.knowledge import MODEL, Knowledge
from tests.soak.talk import going_on, opening
from tests.usecases.world import ANN, BOB, CLEO, World

SIZES = (1_000, 10_000, 100_000)
SPACES = 10
SEEN = 1_000
ROUNDS = 15
OPENERS = 8
"""In a round, each with two replies."""


class _MadeUp:
    """A sentence model that takes no time: the same vector for the same text."""

    model = MODEL

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        return {text: self.meaning(text) for text in texts if text.strip()}

    def meaning(self, text: str) -> NDArray[np.float32]:
        numbers = np.random.default_rng(int(hash_of(text)[:8], 16)).standard_normal(384)
        return np.asarray(numbers / np.linalg.norm(numbers), np.float32)

    async def check(self) -> None:
        return


class _Office(World):
    """Ten spaces in which Ann asks, among many more that she is not in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.chance = random.Random(3)
        self.spaces: list[Space] = []
        self.statements = 0

    @property
    def context(self) -> Context:
        return replace(super().context, embedder=_MadeUp())

    async def fill(self, size: int) -> None:
        """Snippets in the ten spaces, and copies of them in spaces of other people until there are `size`."""
        knowledge = Knowledge()
        for number in range(SPACES):
            space = await self.space(f"Help{number}", members=(ANN, BOB, CLEO))
            self.spaces.append(space)
            each = SEEN // SPACES
            for drawn in knowledge.snippets(audience_of_space(space.id), each, first=number * each):
                question = opening(self.chance)
                snippet = replace(drawn, question=question, embedding=await self.context.embedding(question))
                await self.store.put_snippet(snippet, etag=None)
        columns = "id, usable, updated_at, etag, document, embedding, embedded_by, changed"
        self.file.connection.execute(
            f"INSERT INTO snippets (audience_id, {columns}) "
            "WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < ?) "
            f"SELECT audience_id || n, {columns} FROM snippets, copies WHERE n < ?",
            (size // SEEN, size // SEEN),
        )
        assert await self.store.count() == size

    async def talk(self) -> float:
        """A round of questions and replies, judged when due; returns CPU seconds a message."""
        before = time.process_time()
        for number in range(OPENERS):
            space = self.spaces[number % SPACES]
            root = await self.say(space, ANN, opening(self.chance))
            await self.say(space, BOB, going_on(self.chance), root=root.id)
            await self.say(space, CLEO, going_on(self.chance), root=root.id)
        await self.pass_time()
        return (time.process_time() - before) / (3 * OPENERS)

    async def count_statements(self) -> float:
        """A round; returns statements that the store asked of SQLite a message."""
        self.statements = 0

        def asked(_: str) -> None:
            self.statements += 1

        self.file.connection.set_trace_callback(asked)
        await self.talk()
        self.file.connection.set_trace_callback(None)
        return self.statements / (3 * OPENERS)


def measure() -> Iterator[Figure]:
    """CPU time and statements a message, and how both grow from the fewest snippets to the most."""
    yield from asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        offices: dict[int, _Office] = {}
        for size in SIZES:
            path = Path(folder) / str(size)
            path.mkdir()
            offices[size] = _Office(path)
            await offices[size].fill(size)
            await offices[size].talk()  # the indexes are read once a process
        spent: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(ROUNDS):
            for size, office in offices.items():
                spent[size].append(await office.talk())
        statements = {size: await office.count_statements() for size, office in offices.items()}
        for office in offices.values():
            await office.store.close()
    least = {size: min(times) for size, times in spent.items()}
    fewest, most = SIZES[0], SIZES[-1]
    return [
        *(plain(f"scaling.cpu_ms_per_message_{size}_snippets", 1000 * least[size], "ms") for size in SIZES),
        *(plain(f"scaling.statements_per_message_{size}_snippets", statements[size], "statements") for size in SIZES),
        at_most("scaling.ratio_of_cpu_per_message", least[most] / least[fewest], "ratio", 1.3),
        at_most("scaling.ratio_of_statements_per_message", statements[most] / statements[fewest], "ratio", 1.3),
    ]


if __name__ == "__main__":
    for figure in measure():
        print(figure)
