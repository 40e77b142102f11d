"""What SQLite's errors become: wait for a busy file, mend one that can't be used, and always by name."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.identity import MessageId
from shared.errors import Misconfigured, TryLater
from shared.ports import Stored
from tests.adapters.sqlite.files import damage
from tests.builders import HELP, a_message, a_person, a_snippet, a_space, a_thread, at


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def test_a_file_that_another_holds_is_to_be_tried_later_and_nothing_is_written(path: Path) -> None:
    store = SqliteStore(path, patience=timedelta(milliseconds=10))
    with held(path):
        for write in (
            lambda: store.put_message(a_message(), etag=None),
            lambda: store.put_snippet(a_snippet(), etag=None),
            lambda: store.put_space(a_space(), etag=None),
            lambda: store.purge(at(9), limit=10),
            store.check,
        ):
            with pytest.raises(TryLater, match="busy") as raised:
                await write()
            assert raised.value.after > timedelta(0)
    assert await store.count_messages() == 0
    await store.put_snippet(a_snippet(), etag=None)
    await store.check()
    await store.close()


async def test_reading_goes_on_while_another_writes(path: Path) -> None:
    store = SqliteStore(path, patience=timedelta(milliseconds=10))
    await store.put_message(a_message(), etag=None)
    with held(path):
        assert await store.message(HELP, a_message().id) is not None
    await store.close()


async def test_a_file_that_another_holds_while_it_is_made_is_to_be_tried_later(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TryLater):
        SqliteStore(path, patience=timedelta(milliseconds=10))
    other.close()


async def test_a_full_disk_names_the_setting_keeps_what_was_there_and_passes_when_there_is_room(path: Path) -> None:
    store = SqliteStore(path)
    etag = await store.put_snippet(a_snippet(), etag=None)
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    large = a_snippet(question="What does E-17 mean? " * 20_000)
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite .* full"):
        await store.put_snippet(large, etag=etag)
    found = await store.snippet(a_snippet().audience_id, a_snippet().id)
    assert found is not None
    assert (found.value, found.etag) == (a_snippet(), etag)
    store.connection.execute("PRAGMA max_page_count = 1000000")
    await store.put_snippet(large, etag=etag)
    await store.close()


async def test_a_damaged_file_names_the_setting(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(200):
        await store.put_message(a_message(number), etag=None)
    await store.close()
    damage(path)
    store = SqliteStore(path)
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite .* damaged"):
        await store.after(HELP, at(0), MessageId(""), limit=1000)
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite .* damaged"):
        await store.put_message(a_message(), etag=None)
    await store.close()


async def test_a_document_that_cannot_be_read_names_the_setting_and_none_of_its_words(store: SqliteStore) -> None:
    await store.put_message(a_message(), etag=None)
    store.connection.execute("UPDATE messages SET document = ?", (b'{"text": "the plan is secret',))
    with pytest.raises(Misconfigured, match="CAIRN_STORE_PATH") as raised:
        await store.message(HELP, a_message().id)
    assert "secret" not in str(raised.value)


async def test_a_write_of_two_tables_that_fails_at_the_second_leaves_nothing_in_the_first(store: SqliteStore) -> None:
    store.connection.execute("DROP TABLE members")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await store.put_space(a_space(), etag=None)
    assert list(await store.all_spaces()) == []


def refuse(store: SqliteStore, action: int, table: str) -> None:
    """From now on, SQLite refuses to do that with a table."""

    def authorise(asked: int, subject: str | None, *_: str | None) -> int:
        return sqlite3.SQLITE_DENY if (asked, subject) == (action, table) else sqlite3.SQLITE_OK

    store.connection.set_authorizer(authorise)


async def test_a_snippet_that_could_not_be_written_is_found_as_it_was(store: SqliteStore) -> None:
    etag = await store.put_snippet(a_snippet(), etag=None)
    refuse(store, sqlite3.SQLITE_UPDATE, "snippets")
    with pytest.raises(Misconfigured):
        await store.put_snippet(a_snippet(question="Where is the toner?"), etag=etag)
    store.connection.set_authorizer(None)
    assert await store.snippet(a_snippet().audience_id, a_snippet().id) == Stored(a_snippet(), etag)
    assert list(await store.search(frozenset({a_snippet().audience_id}), "scanner", limit=9)) == [a_snippet()]


async def test_a_space_is_written_with_its_members_or_not_at_all(store: SqliteStore) -> None:
    etag = await store.put_space(a_space(members=[a_person("Ann Lee")]), etag=None)
    refuse(store, sqlite3.SQLITE_INSERT, "members")
    with pytest.raises(Misconfigured):
        await store.put_space(a_space(members=[a_person("Bob Ray")]), etag=etag)
    store.connection.set_authorizer(None)
    assert await store.space(HELP) == Stored(a_space(members=[a_person("Ann Lee")]), etag)
    assert await store.audiences_of(a_person("Ann Lee").key)
    assert not await store.audiences_of(a_person("Bob Ray").key)


async def test_a_purge_removes_messages_with_their_threads_or_not_at_all(store: SqliteStore) -> None:
    await store.put_message(a_message(1, thread_id="t"), etag=None)
    await store.put_thread(a_thread("t"), etag=None)
    refuse(store, sqlite3.SQLITE_DELETE, "threads")
    with pytest.raises(Misconfigured):
        await store.purge(at(9), limit=10)
    store.connection.set_authorizer(None)
    assert await store.count_messages() == 1


async def test_check_finds_that_the_file_was_removed_while_it_was_open(store: SqliteStore, path: Path) -> None:
    await store.check()
    os.rename(path, path.with_suffix(".elsewhere"))
    with pytest.raises(Misconfigured, match="removed or replaced"):
        await store.check()


async def test_closing_twice_is_fine(path: Path) -> None:
    store = SqliteStore(path)
    await store.close()
    await store.close()
