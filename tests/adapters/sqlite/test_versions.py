"""Files of earlier versions, as the code of that time wrote them; and documents of a version that is not known."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.schema import APPLICATION_ID, MIGRATIONS
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.moving import Kind
from shared.domain.snippets import Trust
from shared.errors import Misconfigured
from tests.adapters.sqlite.files import everything
from tests.builders import HELP, TENANT, a_person, a_snippet, a_space, an_event, at

EARLIER = Path(__file__).parent / "documents"
FILES = sorted(EARLIER.glob("schema_*.jsonl"))
"""For each number of migrations the tables and rows of a file that was written then."""


def make(path: Path, file: Path) -> list[dict[str, Any]]:
    """A store's file as it was; returns its rows."""
    head, *rows = (json.loads(line) for line in file.open())
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in head["schema"]:
        connection.execute(statement)
    for line in rows:
        row = {name: value.encode() if name == "document" else value for name, value in line["row"].items()}
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {line['table']} ({', '.join(row)}) VALUES ({marks})", (*row.values(),))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {head['user_version']}")
    connection.close()
    return rows


def test_there_is_a_file_of_every_earlier_version() -> None:
    versions = [json.loads(file.open().readline())["user_version"] for file in FILES]
    assert versions == list(range(1, len(MIGRATIONS)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_file_of_an_earlier_version_is_read_today(path: Path, file: Path) -> None:
    rows = make(path, file)
    store = SqliteStore(path, tenant_id=TENANT)
    found = {kind: len(await store.page(kind, None, limit=100)) for kind in Kind}
    written = {table: sum(line["table"] == table for line in rows) for table in {line["table"] for line in rows}}
    singular = {Kind.TENANT: "notes", Kind.EXPERTISE: "expertise"}
    assert found == {kind: written.get(singular.get(kind, f"{kind}s"), 0) for kind in Kind}
    assert len(await store.all_subscriptions()) == written.get("subscriptions", 0)
    assert len(await store.all_readings()) == written.get("readings", 0)
    helpers = frozenset({audience_of_space(HELP)})
    [snippet] = await store.search(helpers, "dock scanner", limit=5)
    assert (snippet.trust, snippet.approaches[0].helped) == (Trust.VERIFIED, (a_person().key,))
    assert await store.audiences_of(a_person("Bob Ray").key) == helpers
    assert await store.purge(at(99), limit=9) == 2
    await store.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_what_an_earlier_version_wrote_can_be_changed_under_its_etag(path: Path, file: Path) -> None:
    make(path, file)
    store = SqliteStore(path, tenant_id=TENANT)
    known = await store.snippet(audience_of_space(HELP), a_snippet().id)
    assert known is not None
    await store.put_snippet(known.value, etag=known.etag)
    again = await store.snippet(audience_of_space(HELP), a_snippet().id)
    assert again is not None
    assert again.value == known.value
    await store.close()


async def test_a_document_of_a_newer_version_is_named_and_never_written_over(path: Path) -> None:
    store = SqliteStore(path, tenant_id=TENANT)
    etag = await store.put_space(a_space(), etag=None)
    await store.append(an_event())
    for table in ("spaces", "events"):
        store.rows(f"UPDATE {table} SET document = CAST(replace(document, '{{\"v\":1', '{{\"v\":9') AS BLOB)")
    with pytest.raises(Misconfigured, match=r"cairn\.sqlite .* a newer version of Cairn has written a document"):
        await store.space(a_space().id)
    with pytest.raises(Misconfigured, match="newer version"):
        await store.all_spaces()
    await store.append(an_event())
    with pytest.raises(Misconfigured, match="newer version"):
        await store.latest(limit=1)
    await store.close()
    assert etag.encode() in everything(path)
    assert everything(path).count(b'{"v":9,') >= 2
