"""What was deleted is not in the file any more, free pages and the write-ahead log included."""

from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.messages import without_words
from shared.domain.snippets import Verb, retired
from tests.adapters.sqlite.files import everything
from tests.builders import a_message, a_person, a_snippet, an_expertise, at

BOB = a_person("Bob Ray")
LENGTHS = (1, 40, 400)
"""From a row that fits into its page many times to one that spills over a dozen pages."""


def a_secret(number: int, length: int) -> str:
    return f"marzipan{number} " * length


def left_in(path: Path) -> int:
    return everything(path).count(b"marzipan")


@pytest.mark.parametrize("length", LENGTHS)
async def test_the_words_of_a_dropped_author_are_gone_at_once(store: SqliteStore, path: Path, length: int) -> None:
    for number in range(0, 40, 2):
        await store.put_message(a_message(number, text="Anybody?"), etag=None)
        await store.put_message(a_message(number + 1, author=BOB, text=a_secret(number, length)), etag=None)
    assert left_in(path)
    await store.drop_author(None, BOB.key)
    assert left_in(path) == 0
    assert b"Bob Ray" not in everything(path)
    assert await store.count_messages() == 20


@pytest.mark.parametrize("length", LENGTHS)
async def test_the_words_of_purged_and_deleted_messages_are_gone_after_the_purge(
    store: SqliteStore, path: Path, length: int
) -> None:
    for number in range(1, 31):
        await store.put_message(a_message(number, text=a_secret(number, length)), etag=None)
    for number in range(11, 31):
        known = await store.message(a_message().space_id, a_message(number).id)
        assert known is not None
        await store.put_message(without_words(known.value), etag=known.etag)
    while await store.purge(at(11), limit=4):
        pass
    assert left_in(path) == 0
    assert await store.count_messages() == 20


@pytest.mark.parametrize("length", LENGTHS)
async def test_the_words_of_rewritten_snippets_are_gone_after_the_purge_and_from_the_index_too(
    store: SqliteStore, path: Path, length: int
) -> None:
    for number in range(20):
        snippet = a_snippet(str(number), question=a_secret(number, length))
        etag = await store.put_snippet(snippet, etag=None)
        rewritten = a_snippet(str(number), question="Where is the key?")
        if number % 2:
            rewritten = retired(rewritten, at(9), verb=Verb.WITHDRAWN, reason="its source is gone")
        await store.put_snippet(rewritten, etag=etag)
    await store.purge(at(0), limit=100)
    assert left_in(path) == 0
    assert await store.count() == 10


async def test_dropped_expertise_is_gone_after_the_purge(store: SqliteStore, path: Path) -> None:
    await store.put_expertise(an_expertise(BOB), etag=None)
    await store.drop_expertise(BOB.key)
    await store.purge(at(0), limit=100)
    assert b"Bob Ray" not in everything(path)


async def test_a_purge_while_another_process_has_the_file_open_erases_as_well(store: SqliteStore, path: Path) -> None:
    another = SqliteStore(path)
    await another.put_message(a_message(1, text=a_secret(1, 40)), etag=None)
    assert await store.count_messages() == 1
    await store.purge(at(2), limit=100)
    assert left_in(path) == 0
    assert await another.count_messages() == 0
    await another.close()
