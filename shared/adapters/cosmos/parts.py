"""What the parts of the store share: its containers, and how a document is read, written and looked for in them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.containers import LISTS, Container
from shared.adapters.cosmos.documents import (
    Json,
    Wrapped,
    body_of,
    stored_in,
    version_of_document,
)
from shared.adapters.cosmos.lists import Lists, known_version
from shared.adapters.cosmos.queries import naming
from shared.adapters.sqlite.scanning import as_written
from shared.ports import Stored

_AT_ONCE = 16
"""Calls that one method has under way at the same time, at most."""


class Parts:
    """The base of every part of the store."""

    collections: Mapping[str, Collection]

    def of(self, container: Container) -> Collection:
        """A container, to be asked."""
        return self.collections[container.name]

    @property
    def lists(self) -> Lists:
        """The lists in which documents are found again."""
        return Lists(self.of(LISTS))

    async def one[T](self, kind: type[T], container: Container, document_id: str, key: str) -> Stored[T] | None:
        """A document by a point read, or None."""
        found = await self.of(container).read(document_id, key)
        return None if found is None else stored_in(kind, found)

    async def put(
        self, container: Container, document_id: str, name: str, value: object, etag: str | None, **columns: object
    ) -> str:
        """Write a document of the type called `name`; returns its new etag. Raises `Conflict`."""
        wrapped = Wrapped(document_id, name, value, columns)
        return version_of_document(await self.of(container).put(wrapped, known_version(etag))).as_etag()

    async def naming[T](
        self, kind: type[T], container: Container, name: str, texts: tuple[str, ...]
    ) -> list[Stored[T]]:
        """Every document of a type that holds one of these texts, in any case of the letters a to z.

        Cosmos DB narrows them down by parts that its own idea of lower case can't spoil; what is left is checked here.
        """
        wanted = [as_written(text) for text in texts if text]
        if not wanted:
            return []
        parts = {f"t{number}": _longest_of_ascii(text) for number, text in enumerate(wanted)}
        found = await self.of(container).ask(naming(container, len(wanted)), {"type": name, **parts})
        return [stored_in(kind, content) for content in found if _holds(content, wanted)]


def _longest_of_ascii(text: str) -> str:
    parts = "".join(c if c.isascii() else "\0" for c in text).split("\0")
    return max(parts, key=len)


def _holds(content: Json, wanted: list[str]) -> bool:
    document = "".join(c.lower() if c.isascii() else c for c in body_of(content).decode())
    return any(text in document for text in wanted)


async def each[A, B](work: Callable[[A], Awaitable[B]], things: Iterable[A]) -> list[B]:
    """The work done on each thing, some at the same time, in the order of the things."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(thing: A) -> B:
        async with room:
            return await work(thing)

    return list(await asyncio.gather(*(one(thing) for thing in things)))


def listed(found: Iterable[Any], kind: type[Any]) -> list[Any]:
    """The values of documents, in their order."""
    return [stored_in(kind, content).value for content in found]
