"""Opening a file: a new one, one of ours, and the ones that are refused by name."""

import sqlite3
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from shared.adapters.queues.sqlite import SqliteQueues
from shared.adapters.sqlite.documents import encoded
from shared.adapters.sqlite.schema import MIGRATIONS, version_of
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId
from shared.errors import Misconfigured, TryLater
from tests.adapters.contract.threads import in_threads
from tests.adapters.sqlite.files import content
from tests.builders import HELP, START, a_message, a_person, a_snippet, a_space, an_embedding


async def test_a_new_file_is_made_with_every_migration_and_as_its_settings_promise(path: Path) -> None:
    store = SqliteStore(path)
    for pragma, expected in {
        "user_version": len(MIGRATIONS),
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }.items():
        assert store.connection.execute(f"PRAGMA {pragma}").fetchone() == (expected,), pragma
    await store.close()


async def test_what_was_stored_is_there_when_the_file_is_opened_again(path: Path) -> None:
    store = SqliteStore(path)
    await store.put_message(a_message(), etag=None)
    await store.close()
    store = SqliteStore(path)
    assert await store.count_messages() == 1
    await store.close()


async def test_a_file_of_a_newer_version_is_refused_by_the_setting_s_name_and_left_as_it_is(path: Path) -> None:
    await SqliteStore(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    before = content(path)
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite .* newer version"):
        SqliteStore(path)
    assert content(path) == before


async def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await SqliteStore(path).close()
    broken = (*MIGRATIONS, ("CREATE TABLE fresh (id TEXT)", "CREATE TABLE messages (id TEXT)"))
    monkeypatch.setattr("shared.adapters.sqlite.schema.MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError, match="messages already exists"):
        SqliteStore(path)
    monkeypatch.undo()
    store = SqliteStore(path)
    assert store.connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert store.connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'fresh'").fetchone() == (0,)
    await store.close()


async def test_the_next_migration_runs_once_and_keeps_what_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(path)
    await store.put_message(a_message(), etag=None)
    await store.close()
    monkeypatch.setattr("shared.adapters.sqlite.schema.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE fresh (id TEXT)",)))
    for _ in range(2):
        store = SqliteStore(path)
        assert await store.count_messages() == 1
        assert store.connection.execute("SELECT count(*) FROM fresh").fetchone() == (0,)
        await store.close()


async def test_snippets_of_a_file_from_before_they_had_embeddings_are_found_and_can_be_embedded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("shared.adapters.sqlite.schema.MIGRATIONS", MIGRATIONS[:3])
        await SqliteStore(path).close()
    snippets = [
        a_snippet(name, audience_id=AudienceId(audience)) for name, audience in (("1", "a"), ("2", "a"), ("3", "b"))
    ]
    with sqlite3.connect(path) as earlier:
        for snippet in snippets:
            row = (snippet.audience_id, snippet.id, 1, "2026", "etag", encoded(snippet))
            columns = "audience_id, id, usable, updated_at, etag, document"
            earlier.execute(f"INSERT INTO snippets ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
    earlier.close()
    store = SqliteStore(path)
    here = frozenset(AudienceId(audience) for audience in "ab")
    assert {s.id for s in await store.search(here, "scanner", limit=9)} == {s.id for s in snippets}
    for stored in await store.without_embedding("stand-in 1", limit=9):
        embedded = replace(stored.value, embedding=an_embedding(stored.value.question))
        await store.put_snippet(embedded, etag=stored.etag)
    found = await store.search(here, "", limit=9, embedding=an_embedding("asked", snippets[0].question))
    assert {s.id for s in found} == {s.id for s in snippets}
    await store.close()


async def test_a_store_that_was_not_told_its_tenant_takes_nobody_for_a_colleague(path: Path) -> None:
    store = SqliteStore(path)
    await store.put_space(a_space(members=[a_person()]), etag=None)
    assert await store.audiences_of(a_person().key) == {audience_of_space(HELP)}
    await store.close()


def a_text_file(path: Path) -> None:
    path.write_text("minutes of the last meeting\n" * 100)


def the_queues_file(path: Path) -> None:
    SqliteQueues(path, now=lambda: START).close()


def another_programme_s_file(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 1")
    other.close()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [a_text_file, the_queues_file, another_programme_s_file, a_folder])
async def test_something_else_under_that_name_is_refused_and_not_touched(path: Path, make: object) -> None:
    make(path)  # type: ignore[operator]
    before = content(path)
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite"):
        SqliteStore(path)
    assert content(path) == before


async def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"CAIRN_STORE_PATH: cairn\.sqlite .* can't be opened or made"):
        SqliteStore(tmp_path / "absent" / "cairn.sqlite")


@pytest.mark.parametrize("moment", range(1, 5))
async def test_a_file_that_another_process_makes_while_it_is_looked_at_is_taken_for_ours(
    path: Path, moment: int
) -> None:
    onlooker = sqlite3.connect(path, isolation_level=None)
    statements: list[str] = []

    def the_other_process(statement: str) -> None:
        statements.append(statement)
        if len(statements) == moment:
            with suppress(TryLater):  # when the look holds the file, the other has to wait
                SqliteStore(path, patience=timedelta(0)).connection.close()

    onlooker.set_trace_callback(the_other_process)
    try:
        assert version_of(onlooker, path.name) in (0, len(MIGRATIONS))
    finally:
        onlooker.close()


async def test_many_may_open_a_new_file_at_the_same_moment(path: Path) -> None:
    barrier = Barrier(8, timeout=20)

    async def open_at_once(number: int) -> int:
        barrier.wait()
        store = SqliteStore(path)
        await store.put_message(a_message(number), etag=None)
        counted = await store.count_messages()
        await store.close()
        return counted

    assert max(await in_threads(open_at_once, 8)) == 8
