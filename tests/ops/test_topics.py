"""`cairn topics`: what it prints and keeps, and one sentence for wrong input."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.topics import KeptTopics, Topic
from tests.builders import HELP, OTHER_TENANT, TENANT, a_person, a_snippet, a_space, at, kept_topics

HELPERS = audience_of_space(HELP)
HERE = ("--audience", "Operations > Help")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of a deployment with two spaces, and two answers in one of them."""
    for name, value in {
        "TENANT_ID": TENANT,
        "APP_ID": OTHER_TENANT,
        "APP_SECRET": "secret",
        "CLIENT_STATE_SECRET": "0123456789abcdef",
        "PUBLIC_URL": "https://cairn.example.com",
        "STORE_PATH": str(tmp_path / "cairn.sqlite"),
        "QUEUE_PATH": str(tmp_path / "queues.sqlite"),
        "CERTIFICATE_PATH": str(tmp_path / "certificate.pem"),
    }.items():
        monkeypatch.setenv(f"CAIRN_{name}", value)
    asyncio.run(fill(tmp_path / "cairn.sqlite"))
    return tmp_path / "cairn.sqlite"


async def fill(path: Path) -> None:
    store = SqliteStore(path, tenant_id=TENANT)
    for space in (a_space("Help"), a_space("Tools")):
        await store.put_space(space, etag=None)
    for name in ("1", "2"):
        snippet = a_snippet(name, question="How do I reset the badge printer?", topics=["badge printer"])
        await store.put_snippet(snippet, etag=None)
    await store.close()


def held(path: Path) -> tuple[KeptTopics | None, set[tuple[str, ...]]]:
    """The topics that are kept, and what answers are about."""

    async def read() -> tuple[KeptTopics | None, set[tuple[str, ...]]]:
        store = SqliteStore(path, tenant_id=TENANT)
        stored = await store.kept_topics(HELPERS)
        about = {snippet.topics for snippet in await store.visible(frozenset({HELPERS}), limit=9)}
        await store.close()
        return (stored.value if stored else None), about

    return asyncio.run(read())


def cairn(*arguments: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was said beside it."""
    done = CliRunner().invoke(app, ["topics", *arguments], env={"COLUMNS": "200"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_a_topic_is_kept_renamed_merged_and_banned_and_answers_follow(path: Path) -> None:
    code, said, _ = cairn("add", "Printers", "--also", "badge printer", "--also", "label printer", *HERE)
    assert (code, said) == (
        0,
        "Operations › Help: 1 topic(s) kept, 0 phrase(s) banned; 2 answers have other topics now.\n",
    )
    assert held(path)[1] == {("Printers",)}
    assert cairn("rename", "badge printer", "Machines", *HERE)[0] == 0
    assert held(path)[1] == {("Machines",)}
    assert cairn("add", "Devices", *HERE)[0] == 0
    assert cairn("merge", "machines", "devices", *HERE)[0] == 0
    kept, about = held(path)
    assert kept is not None
    wordings = ("badge printer", "label printer", "Machines", "Printers")
    assert (kept.topics, about) == ((Topic(name="Devices", wordings=wordings),), {("Devices",)})
    assert cairn("ban", "Devices", *HERE)[0] == 0
    kept, about = held(path)
    assert kept is not None
    assert (kept.topics, kept.banned, about) == ((), ("badge printer", "Devices", *wordings[1:]), {()})
    assert {change.by for change in kept.history} == {None}


def test_it_lists_topics_with_their_answers_what_is_banned_and_who_decided(path: Path) -> None:
    assert "Nobody has kept topics in Operations › Help yet" in cairn("list", *HERE)[1]
    cairn("add", "Printers", "--also", "badge printer", *HERE)
    cairn("add", "Parking [old]", *HERE)
    cairn("ban", "second floor", *HERE)
    code, said, _ = cairn("list", *HERE)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines() if line.startswith("│")]
    assert (code, rows) == (0, [["Parking [old]", "", "0"], ["Printers", "badge printer", "2"]])
    assert "No topics: second floor" in said
    assert said.rstrip().endswith("“second floor” banned, by an administrator.")


def test_it_says_which_curator_decided(path: Path) -> None:
    async def keep() -> None:
        store = SqliteStore(path, tenant_id=TENANT)
        await store.put_kept_topics(kept_topics("Parking", by=a_person("Ann Lee"), moment=at(5)), etag=None)
        await store.close()

    asyncio.run(keep())
    assert "2026-03-02 09:05 UTC: “Parking” added, by Ann Lee." in cairn("list", *HERE)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--audience", "Nowhere"), "Nowhere"),
        (("list", "--audience", "Operations"), "several spaces"),
        (("add", " … ", *HERE), "needs some letters"),
        (("add", "how to", *HERE), "small words"),
        (("rename", "parking", "places", *HERE), "There is no topic “parking”"),
        (("merge", "parking", "places", *HERE), "There is no topic “parking”"),
        (("ban", "x" * 61, *HERE), "60 characters"),
    ],
)
def test_wrong_input_is_said_in_one_sentence_and_nothing_is_kept(
    path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, printed, error = cairn(*arguments)
    assert (code, printed) == (2, "")
    assert said in error
    assert [line.startswith("cairn: ") for line in error.strip().splitlines() if line.strip()] == [True]
    assert held(path)[0] is None


@pytest.mark.parametrize("command", ["list", "add", "rename", "merge", "ban"])
def test_every_command_is_explained_with_an_example(command: str) -> None:
    assert f"Example: cairn topics {command}" in CliRunner().invoke(app, ["topics", command, "--help"]).output
