"""The file: cut off anywhere it goes on or says so; bad lines are named, and their neighbours are read."""

import gzip
import hashlib
import json
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.exports import reading
from shared.adapters.exports.lines import FORMAT, LONGEST, Bad, Head, as_line, read_line
from shared.adapters.exports.reading import Fault, export_from, is_export
from shared.adapters.exports.writing import export_to
from shared.domain.moving import Kind, Moved
from shared.errors import Refused
from tests.builders import OTHER_TENANT, START, a_message, a_snippet, a_space
from tests.moving.files import a_head, lines_of

THINGS = [
    Moved(Kind.SPACE, a_space("Help")),
    *(Moved(Kind.MESSAGE, a_message(number)) for number in range(20)),
    Moved(Kind.SNIPPET, a_snippet()),
]
PAGES = [THINGS[first : first + 4] for first in range(0, len(THINGS), 4)]
NAMES = ["export.jsonl", "export.jsonl.gz"]
every_name = pytest.mark.parametrize("name", NAMES)


def write(path: Path, head: Head | None = None) -> None:
    """A whole export, or what is left of it to write."""
    with export_to(path, head or a_head()) as file:
        done = sum(file.counts.values())
        for page in PAGES:
            rest = page[max(0, done - THINGS.index(page[0])) :]
            if rest:
                file.write(rest)


def read(path: Path) -> tuple[list[Moved], list[Fault], str]:
    with export_from(path) as export:
        found = list(export.things())
        faults = [one for one in found if isinstance(one, Fault)]
        return [one[1] for one in found if not isinstance(one, Fault)], faults, export.wrong


@every_name
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert read(tmp_path / name) == (THINGS, [], "")
    assert is_export(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing is left beside it"


@every_name
def test_only_its_owner_may_read_it(tmp_path: Path, name: str) -> None:
    with export_to(tmp_path / name, a_head()):
        part = tmp_path / f"{name}.part"
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_its_last_line_has_the_counts_and_the_checksum_of_all_before(tmp_path: Path) -> None:
    write(tmp_path / NAMES[0])
    *before, end = (tmp_path / NAMES[0]).read_bytes().splitlines(keepends=True)
    told = json.loads(end)
    assert told["counts"] == dict.fromkeys(Kind, 0) | {"space": 1, "message": 20, "snippet": 1}
    assert told["sha256"] == hashlib.sha256(b"".join(before)).hexdigest()
    assert json.loads(before[0])["format"] == FORMAT


@every_name
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_a_run_that_was_cut_off_at_any_byte_goes_on_to_the_same_file(tmp_path: Path, name: str, share: float) -> None:
    whole, path = tmp_path / f"whole-{name}", tmp_path / name
    if not whole.exists():
        write(whole)
    content = whole.read_bytes()
    part = tmp_path / f"{name}.part"
    part.write_bytes(content[: int(share * len(content))])
    write(path)
    assert lines_of(path) == lines_of(whole)
    path.unlink()


@every_name
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_file_that_is_cut_off_is_noticed_and_read_as_far_as_it_goes(tmp_path: Path, name: str, share: float) -> None:
    whole, path = tmp_path / f"whole-{name}", tmp_path / f"cut-{name}"
    if not whole.exists():
        write(whole)
    content = whole.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    try:
        things, faults, wrong = read(path)
    except Refused as refusal:
        assert refusal.code == "no_export"  # noqa: PT017 - cut within the first line
        return
    assert "cut off" in wrong or (things, faults) == (THINGS, []), "at most what says nothing is missing"
    assert things == THINGS[: len(things)]
    assert len(faults) <= 1


@every_name
def test_whatever_stands_after_the_last_whole_line_goes(tmp_path: Path, name: str) -> None:
    write(tmp_path / f"whole-{name}")
    content = (tmp_path / f"whole-{name}").read_bytes()
    with suppress(KeyboardInterrupt), export_to(tmp_path / name, a_head()) as file:
        file.write(PAGES[0])
        raise KeyboardInterrupt
    with (tmp_path / f"{name}.part").open("ab") as part:
        part.write(b"\x1f\x8b\x08" + b"x" * 2 * len(content))
    write(tmp_path / name)
    assert (tmp_path / name).read_bytes() == content


def test_a_changed_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    write(path)
    path.write_bytes(path.read_bytes().replace(b"dock four", b"dock five", 1))
    things, faults, wrong = read(path)
    assert (len(things), faults) == (len(THINGS), [])
    assert "changed since" in wrong


BAD = [
    b"",
    b"null",
    b"{}",
    b"[" * 5_000,
    b'{"kind":"message","v":1,"value":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    b'{"kind":"secret","v":1,"value":{}}',
    b'{"kind":"message","v":1,"value":{}}',
    b'{"kind":"message","v":"1","value":{}}',
    b'{"kind":"snippet","v":1,"value":{}}',
    b'{"kind":"message","v":99,"value":{}}',
    b'{"cairn":"export","format":1,"tenant":"x","at":"2026-03-02T09:00:00Z","kinds":[]}',
    b'{"cairn":"other"}',
    b"\xff\xfe\x00",
    as_line(THINGS[1]).replace(b"09:00:00Z", b"09:00:00").rstrip(),
    as_line(THINGS[1]).replace(b"dock", b"\\ud800").rstrip(),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_line_is_named_by_its_number_and_its_neighbours_are_read(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / NAMES[0]
    write(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], bad + b"\n", *lines[3:]]))
    things, faults, wrong = read(path)
    assert things == THINGS
    assert [fault.line for fault in faults] == [4]
    assert "changed since" in wrong


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 4_000)
    path = tmp_path / NAMES[0]
    write(path)
    lines = path.read_bytes().splitlines(keepends=True)
    for size in (3_998, 3_999, 4_000, 4_001, 40_000):
        path.write_bytes(b"".join([*lines[:3], b"x" * size + b"\n", *lines[3:]]))
        things, faults, _ = read(path)
        assert things == THINGS
        assert [fault.line for fault in faults] == [4]
    assert LONGEST > 4_000_000, "a large space fits"


def test_what_a_bad_line_holds_is_not_said() -> None:
    with pytest.raises(Bad) as bad:
        read_line(b'{"kind":"message","v":1,"value":{"text":"a secret"}}')
    assert "secret" not in str(bad.value)


def a_table(path: Path) -> None:
    path.write_text("Question\tAnswer\n")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def another_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(b"hello\n"))


def a_torn_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(b"hello\n")[:9])


@pytest.mark.parametrize("make", [a_table, nothing, another_gzip, a_torn_gzip])
def test_what_is_no_export_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "file")
    assert not is_export(tmp_path / "file")
    with pytest.raises(Refused, match="no export"), export_from(tmp_path / "file"):
        pass


def test_a_file_that_is_not_there_and_a_newer_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="can't be read"), export_from(tmp_path / "absent"):
        pass
    path = tmp_path / "newer"
    path.write_bytes(as_line(Head(format=FORMAT + 1, tenant=OTHER_TENANT, at=START, kinds=())))
    with pytest.raises(Refused, match="newer version"), export_from(path):
        pass


def test_a_name_that_is_taken_or_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("precious")
    with pytest.raises(Refused, match="there already"), export_to(tmp_path / "taken", a_head()):
        pass
    with pytest.raises(Refused, match="can't be written"), export_to(tmp_path / "absent" / "x", a_head()):
        pass
    assert (tmp_path / "taken").read_text() == "precious"


@every_name
def test_another_export_that_was_begun_is_not_written_over_unless_told(tmp_path: Path, name: str) -> None:
    with suppress(KeyboardInterrupt), export_to(tmp_path / name, a_head()) as file:
        file.write(PAGES[0])
        raise KeyboardInterrupt
    with pytest.raises(Refused, match="--fresh"), export_to(tmp_path / name, a_head(talk=False)):
        pass
    (tmp_path / f"{name}.other.part").write_bytes(b"something\n" * 9)
    with export_to(tmp_path / name, a_head(talk=False), fresh=True) as file:
        assert file.last is None
    assert read(tmp_path / name) == ([], [], "")


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    with export_to(tmp_path / NAMES[0], a_head()) as first:
        with pytest.raises(Refused, match="under way"), export_to(tmp_path / NAMES[0], a_head()):
            pass
        first.write(PAGES[0])
    assert read(tmp_path / NAMES[0]) == (PAGES[0], [], "")


def test_every_page_is_on_the_disk_when_it_is_written(tmp_path: Path) -> None:
    for name in NAMES:
        sizes = []
        with export_to(tmp_path / name, a_head()) as file:
            for page in PAGES:
                file.write(page)
                sizes.append((tmp_path / f"{name}.part").stat().st_size)
        assert all(earlier < later for earlier, later in pairwise(sizes))
