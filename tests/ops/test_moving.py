"""`cairn export` and `cairn import` as commands: what they print, what they leave, and how they refuse."""

import gzip
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.imports import import_file
from ops.moving import export
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.moving import Key, Kind, Moved
from shared.errors import Refused, TryLater
from tests.builders import OTHER_TENANT, TENANT, a_message, a_person, a_snippet, a_space

ROOT = Path(__file__).parents[2]
ANN = a_person()
FAQ = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n"
FAQ += "How do I get a badge?\tAsk the front desk.\tEditorial\t\t[]\tFalse\t[]\t1\n"


def settings(folder: Path, **more: str) -> dict[str, str]:
    named = {
        "TENANT_ID": TENANT,
        "APP_ID": OTHER_TENANT,
        "APP_SECRET": "secret",
        "CLIENT_STATE_SECRET": "0123456789abcdef",
        "PUBLIC_URL": "https://cairn.example.com",
        "STORE_PATH": str(folder / "cairn.sqlite"),
        "QUEUE_PATH": str(folder / "queues.sqlite"),
        "CERTIFICATE_PATH": str(folder / "certificate.pem"),
    }
    return {f"CAIRN_{name}": value for name, value in (named | more).items()}


def use(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment with two spaces of one team; returns its folder."""
    use(monkeypatch, settings(tmp_path))
    store = SqliteStore(tmp_path / "cairn.sqlite", tenant_id=TENANT)
    for name in ("Help", "Dock"):
        space = a_space(name, members=[ANN])
        await store.put_space(space, etag=None)
        for number in range(700):
            await store.put_message(a_message(number, space_id=space.id), etag=None)
        await store.put_snippet(a_snippet(name, space_id=space.id), etag=None)
    await store.close()
    return tmp_path


async def exported(path: Path, *, audiences: tuple[str, ...] = (), person: str = "", talk: bool = True) -> int:
    return await export(path, audiences=audiences, person=person, talk=talk, fresh=False)


async def brought_in(path: Path, *, audience: str = "", reviews: int = 10) -> int:
    return await import_file(path, audience=audience, by="Ann Lee", question="", answer="", reviews=reviews)


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
async def test_a_store_goes_into_a_file_and_out_of_it(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert await exported(deployment / name) == 0
    said = capsys.readouterr()
    assert "1,400" in said.out
    assert "people's words" in said.out
    assert stat.S_IMODE((deployment / name).stat().st_mode) == 0o600
    monkeypatch.setenv("CAIRN_STORE_PATH", str(deployment / "new.sqlite"))
    for column in ("Written", "There already"):
        assert await brought_in(deployment / name) == 0
        row = next(line for line in capsys.readouterr().out.splitlines() if "Messages" in line)
        counts = [cell.strip() for cell in row.split("│")[2:-1]]
        assert counts == (["1,400", "0", "0", "0"] if column == "Written" else ["0", "1,400", "0", "0"])


async def test_bad_lines_and_a_cut_off_file_are_named_with_exit_code_2(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = deployment / "all.jsonl"
    await exported(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"nonsense\n" * 30, *lines[4:-1]]))
    monkeypatch.setenv("CAIRN_STORE_PATH", str(deployment / "new.sqlite"))
    capsys.readouterr()
    assert await brought_in(path) == 2
    said = capsys.readouterr()
    assert "Line 5: it is no line of an export." in said.err
    assert "and 10 more" in said.err
    assert "cut off" in said.err
    assert "1,400" in said.out


async def test_only_an_audience_is_exported_by_the_name_of_its_space_or_person(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await exported(deployment / "a", audiences=("Operations > Help",))
    await exported(deployment / "b", person=ANN.object_id)
    await exported(deployment / "c", audiences=("Help",), talk=False)
    one, both, quiet = ((deployment / name).read_text() for name in "abc")
    assert "19:dock" not in one
    assert "19:dock" in both
    assert (one.count('"kind":"message"'), both.count('"kind":"message"')) == (700, 1400)
    assert quiet.count('"kind":"message"') == 0
    assert quiet.count('{"kind":"snippet"') == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Operations", "several spaces: “Operations › Dock”, “Operations › Help”"),
        ("Sales", "no space “Sales”; there are"),
    ],
)
async def test_a_name_that_says_too_little_is_refused_with_the_candidates(
    deployment: Path, name: str, said: str
) -> None:
    (deployment / "faq.tsv").write_text(FAQ)
    for work in (exported(deployment / "x", audiences=(name,)), brought_in(deployment / "faq.tsv", audience=name)):
        with pytest.raises(Refused, match=said):
            await work
    assert not (deployment / "x.part").exists()


async def test_an_export_of_another_tenant_is_refused(deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await exported(deployment / "all.jsonl")
    monkeypatch.setenv("CAIRN_TENANT_ID", OTHER_TENANT)
    with pytest.raises(Refused, match="another tenant"):
        await brought_in(deployment / "all.jsonl")


async def test_a_table_becomes_proposed_answers_of_the_named_space(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = deployment / "faq.tsv"
    path.write_text(FAQ + "Broken row\n")
    assert await brought_in(path, audience="operations/help") == 2
    said = capsys.readouterr()
    assert "Operations › Help: 1 new question(s), 0 changed, 0 as before. None is checked by this." in said.out
    assert "Nobody curates this space yet" in said.out
    assert "Row 3: it has too few columns." in said.err
    path.write_text(FAQ)
    assert await brought_in(path, audience="Help") == 0
    assert "0 new question(s), 0 changed, 1 as before" in capsys.readouterr().out


async def test_what_is_asked_for_in_the_wrong_place_is_refused(deployment: Path) -> None:
    (deployment / "faq.tsv").write_text(FAQ)
    await exported(deployment / "all.jsonl")
    with pytest.raises(Refused, match="--audience with the name"):
        await brought_in(deployment / "faq.tsv")
    with pytest.raises(Refused, match="--audience is for tables"):
        await brought_in(deployment / "all.jsonl", audience="Help")
    with pytest.raises(Refused, match="not both"):
        await exported(deployment / "x", audiences=("Help",), person=ANN.object_id)
    with pytest.raises(Refused, match="in no space"):
        await exported(deployment / "x", person=a_person("Nobody Known").object_id)


def cairn(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ops", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"} | settings(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_as_a_process_it_refuses_with_one_sentence_and_exit_code_2(deployment: Path) -> None:
    done = cairn(deployment, "import", str(deployment / "absent"))
    assert (done.returncode, done.stderr) == (2, "cairn: absent can't be read: No such file or directory\n")


async def test_an_export_that_was_cut_off_goes_on(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = deployment / "all.jsonl.gz"
    await exported(path)
    content = path.read_bytes()
    path.unlink()
    (deployment / "all.jsonl.gz.part").write_bytes(content[: len(content) // 2])
    assert await exported(path) == 0
    assert "Going on after" in capsys.readouterr().err
    whole, again = (gzip.decompress(one).splitlines()[1:-1] for one in (content, path.read_bytes()))
    assert again == whole


async def test_a_busy_store_is_waited_for_and_nothing_is_missing(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await exported(deployment / "calm.jsonl")
    page, calls = SqliteStore.page, 0

    async def busy(self: SqliteStore, kind: Kind, after: Key | None, **how: Any) -> Sequence[Moved]:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise TryLater("the store is busy", after=timedelta(seconds=7))
        return await page(self, kind, after, **how)

    monkeypatch.setattr("ops.moving._LONGEST_WAIT", 0.0)
    monkeypatch.setattr(SqliteStore, "page", busy)
    assert await exported(deployment / "busy.jsonl") == 0
    calm, other = ((deployment / f"{name}.jsonl").read_bytes().splitlines()[1:-1] for name in ("calm", "busy"))
    assert other == calm
