"""Reading, writing and asking one container: the same for every type of document."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos.calls import MEANINGS, Calls
from shared.adapters.cosmos.containers import Container
from shared.adapters.cosmos.documents import Json, Version, Wrapped
from shared.adapters.cosmos.failures import is_missing, is_refused_write
from shared.adapters.cosmos.ids import as_bytes
from shared.adapters.cosmos.queries import Query, Scope
from shared.errors import Conflict

_PAGE = 1000


class Collection:
    """One container of the database."""

    def __init__(self, container: Container, proxy: ContainerProxy, calls: Calls) -> None:
        self.container = container
        self._proxy = proxy
        self._calls = calls

    async def read(self, document_id: str, key: str) -> Json | None:
        """A document as it stands, by a point read; None when there is none."""

        async def call() -> Json:
            found = await self._proxy.read_item(document_id, partition_key=key)
            self._calls.count("read", found.get_response_headers())
            return dict(found)

        try:
            with MEANINGS:
                return await self._calls.run(call)
        except HttpResponseError as error:
            if is_missing(error):
                return None
            raise

    async def put(self, document: Wrapped, known: Version | None) -> Json:
        """Write a document that must not be there yet (`known` None) or must be that version; returns it as it stands.

        A write whose answer was lost is told from another's by the names of the writes that the document carries:
        neither this method nor Cosmos DB's client can know whether a first try has succeeded. Raises `Conflict`.
        """
        content = document.as_json(known)

        async def call() -> Json:
            if known is None:
                written = await self._proxy.create_item(content, no_response=True)
            else:
                written = await self._proxy.replace_item(
                    document.id,
                    content,
                    etag=known.etag,
                    match_condition=MatchConditions.IfNotModified,
                    no_response=True,
                )
            return self._as_written("create" if known is None else "replace", content, written.get_response_headers())

        try:
            with MEANINGS:
                return await self._calls.run(call)
        except HttpResponseError as error:
            if not (is_refused_write(error) or is_missing(error)):
                raise
        return await self._ours(content)

    async def _ours(self, content: Json) -> Json:
        found = await self.read(content["id"], content[self.container.key])
        mine = content["writes"][0]
        if found is None or mine not in found["writes"]:
            raise Conflict(f"a document in {self.container.name} was written by somebody else")
        # If others have written since, ours was there and theirs followed it: the next write under it will conflict.
        return found if found["writes"][0] == mine else content | {"_etag": "passed"}

    async def put_anyhow(self, content: Json) -> Json:
        """Write a document whatever stands there; returns it as it stands then."""

        async def call() -> Json:
            written = await self._proxy.upsert_item(content, no_response=True)
            return self._as_written("upsert", content, written.get_response_headers())

        with MEANINGS:
            return await self._calls.run(call)

    async def create(self, content: Json) -> bool:
        """Write a document unless one of that id stands there already; returns whether it was written."""

        async def call() -> None:
            written = await self._proxy.create_item(content, no_response=True)
            self._as_written("create", content, written.get_response_headers())

        try:
            with MEANINGS:
                await self._calls.run(call)
        except HttpResponseError as error:
            if is_refused_write(error):
                return False
            raise
        return True

    async def replace(self, content: Json, etag: str) -> bool:
        """Write a document in the place of that very version; returns whether it was still there."""

        async def call() -> None:
            written = await self._proxy.replace_item(
                content["id"],
                content,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
                no_response=True,
            )
            self._as_written("replace", content, written.get_response_headers())

        try:
            with MEANINGS:
                await self._calls.run(call)
        except HttpResponseError as error:
            if is_refused_write(error) or is_missing(error):
                return False
            raise
        return True

    async def remove(self, document_id: str, key: str, *, etag: str | None = None) -> bool:
        """Remove a document, or that version alone; returns whether this call did."""
        tries = 0
        condition = MatchConditions.IfNotModified if etag else None

        async def call() -> None:
            nonlocal tries
            tries += 1
            await self._proxy.delete_item(
                document_id,
                partition_key=key,
                etag=etag,
                match_condition=condition,
                response_hook=lambda headers, _: self._calls.count("delete", headers),
            )

        try:
            with MEANINGS:
                await self._calls.run(call)
        except HttpResponseError as error:
            if is_missing(error):
                return tries > 1  # an earlier try did, and its answer was lost
            if is_refused_write(error):
                return False
            raise
        return True

    async def ask(
        self,
        query: Query,
        values: Mapping[str, object] = MappingProxyType({}),
        *,
        key: str | None = None,
        limit: int | None = None,
        on_answer: Callable[[Mapping[str, str]], None] | None = None,
        take: Callable[[Any], None] | None = None,
    ) -> list[Any]:
        """All that a query gives, or the first `limit` of it, in its order, for these values of its parameters.

        `on_answer` is told each answer's headers. With `take`, everything is handed to it as it comes, perhaps more
        than once, and nothing is returned: for what need not be in memory all together. Raises `Refused` for values
        that UTF-8 can't hold.
        """
        for value in (key, *values.values()):
            if isinstance(value, str):
                as_bytes(value)
        named = {**values, **({"key": key} if query.scope is Scope.PARTITION else {})}
        # Without a partition the client asks all of them.
        where: Mapping[str, Any] = {"partition_key": key} if query.scope is Scope.PARTITION else {}

        def answered(headers: Mapping[str, str], _: object) -> None:
            self._calls.count(query.name, headers)
            if on_answer is not None:
                on_answer(headers)

        async def call() -> list[Any]:
            found: list[Any] = []
            if limit is not None and limit < 1:
                return found
            pages = self._proxy.query_items(
                query.text,
                parameters=[{"name": f"@{name}", "value": value} for name, value in named.items()],
                max_item_count=_PAGE if limit is None else min(limit, _PAGE),
                response_hook=answered,
                **where,
            )
            async for item in pages:
                if take is not None:
                    take(item)
                    continue
                found.append(item)
                if len(found) == limit:
                    break
            return found

        with MEANINGS:
            return await self._calls.run(call)

    def _as_written(self, name: str, content: Json, headers: Mapping[str, str]) -> Json:
        self._calls.count(name, headers)
        return content | {"_etag": str(headers["etag"])}
