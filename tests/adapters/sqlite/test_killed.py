"""A process that is killed leaves no half of anything, and everything that it was told was written."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.identity import MessageId
from tests.adapters.sqlite import writer
from tests.builders import HELP, TENANT, a_message, a_person, a_profile, a_snippet, at

ROOT = Path(__file__).parents[3]


def a_writer(path: Path) -> subprocess.Popen[str]:
    """A process that writes until it is killed."""
    command = [sys.executable, "-m", writer.__name__, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_after(rounds: int, path: Path) -> dict[str, Any]:
    """Start a writer, kill it (SIGKILL) once it has acknowledged so many rounds, and give its last line."""
    with a_writer(path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rounds)]
        process.kill()
        lines += [line for line in process.stdout.readlines() if line.endswith("\n")]
    last: dict[str, Any] = json.loads(lines[-1])
    return last


@pytest.mark.parametrize("rounds", [1, 60, 333])
async def test_what_was_acknowledged_is_there_and_nothing_is_half_written(path: Path, rounds: int) -> None:
    last = killed_after(rounds, path)
    store = SqliteStore(path, tenant_id=TENANT)
    assert store.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    messages = await store.after(HELP, at(-1), MessageId(""), limit=100_000)
    acknowledged = int(last["round"])
    assert len(messages) in (acknowledged + 1, acknowledged + 2), "one more may have been on its way"
    assert messages[acknowledged].etag == last["message"]
    for number, stored in enumerate(messages):
        assert set(re.findall(r"\w+", stored.value.text)) == {f"round{number}"}

    snippet = await store.snippet(audience_of_space(HELP), a_snippet().id)
    assert snippet is not None
    now = int(snippet.value.question.split()[0].removeprefix("round"))
    assert now in (acknowledged, acknowledged + 1)
    assert now != acknowledged or snippet.etag == last["snippet"]
    for number in (acknowledged - 1, acknowledged, acknowledged + 1):
        found = await store.search(frozenset({audience_of_space(HELP)}), f"round{number}", limit=9)
        assert bool(found) is (number == now), "the words that find it are those of the document"

    space = await store.space(HELP)
    assert space is not None
    assert space.value.members is not None
    there = int(space.value.members[0].person.name.split()[1])
    assert there in (acknowledged, acknowledged + 1)
    for number in range(acknowledged + 2):
        for name in ("Person", "Somebody"):
            belongs = bool(await store.audiences_of(a_person(f"{name} {number}").key))
            assert belongs is (number == there), "membership changes with the space's document"
    await store.close()


async def test_a_store_goes_on_where_a_killed_process_stopped(path: Path) -> None:
    killed_after(5, path)
    store = SqliteStore(path, tenant_id=TENANT)
    snippet = await store.snippet(audience_of_space(HELP), a_snippet().id)
    assert snippet is not None
    await store.put_snippet(a_snippet(), etag=snippet.etag)
    await store.check()
    await store.close()


async def test_two_processes_write_and_read_one_file_at_the_same_time(path: Path) -> None:
    store = SqliteStore(path, tenant_id=TENANT)
    with a_writer(path) as process:
        assert process.stdout is not None
        for number in range(100):
            acknowledged = json.loads(process.stdout.readline())
            found = await store.message(HELP, a_message(number).id)
            assert found is not None
            assert found.etag == acknowledged["message"]
            await store.put_profile(a_profile(a_person(f"Reader {number}")), etag=None)
        process.kill()
    for number in range(100):
        assert await store.profile(a_person(f"Reader {number}").key) is not None
    await store.close()
