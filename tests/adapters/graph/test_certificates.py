"""The key ring: one current key for everybody, older ones while they may be needed, and no private key in sight."""

import asyncio
import contextlib
import copy
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.adapters.graph.certificates import EncryptionKey, UnusableKey, made_key, read_key, written_key
from shared.adapters.graph.key_files import KeyFiles
from shared.adapters.graph.key_ring import KEPT, LOOK_AGAIN, KeyRing
from shared.errors import Misconfigured, TryLater

ROOT = Path(__file__).parents[3]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIFE = timedelta(days=90)


class Moments:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def moments() -> Moments:
    return Moments()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "certificate.pem"


type Process = Callable[[], KeyRing]


@pytest.fixture
def process(path: Path, moments: Moments) -> Process:
    """Another process on the same files."""
    return lambda: KeyRing(KeyFiles(path), life=LIFE, now=moments.now)


def files(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_the_first_who_asks_makes_a_key_for_its_owner_alone_and_all_others_take_it(
    path: Path, process: Process
) -> None:
    made = await process().current(START)
    assert (await process().current(START)).id == made.id
    assert files(path) == ["certificate.pem"]
    assert made.made_at == START
    assert mode(path) == 0o600


async def test_a_key_is_replaced_when_its_time_is_over_and_both_open_until_then(process: Process) -> None:
    one, two = process(), process()
    first = await one.current(START)
    assert (await two.current(START)).id == first.id
    assert (await one.current(START + LIFE - timedelta(seconds=1))).id == first.id
    second = await one.current(START + LIFE)
    assert second.id != first.id
    assert (await two.current(START + LIFE)).id == second.id
    assert {key.id for key in [await one.key(first.id), await one.key(second.id)] if key} == {first.id, second.id}


async def test_to_rotate_again_changes_nothing(path: Path, process: Process) -> None:
    ring = process()
    assert await ring.rotate(START)
    assert not await ring.rotate(START)
    assert not await ring.rotate(START + LIFE / 2)
    assert await ring.rotate(START + LIFE)
    assert not await ring.rotate(START + LIFE)
    assert files(path) == ["certificate-2.pem", "certificate.pem"]


async def test_of_tasks_and_rings_that_notice_at_once_one_makes_the_key(path: Path, process: Process) -> None:
    rings = [process() for _ in range(4)]
    for moment in (START, START + LIFE):
        made = await asyncio.gather(*(ring.current(moment) for ring in rings * 2))
        assert len({key.id for key in made}) == 1
    assert files(path) == ["certificate-2.pem", "certificate.pem"]


RACER = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shared.adapters.graph.key_files import KeyFiles
from shared.adapters.graph.key_ring import KeyRing
now = datetime(2026, 3, 2, 9, tzinfo=UTC)
ring = KeyRing(KeyFiles(Path(sys.argv[1])), life=timedelta(days=90), now=lambda: now)
print("ready", flush=True)
sys.stdin.readline()
print(asyncio.run(ring.current(now)).id)
"""


def test_of_processes_that_notice_at_once_one_makes_the_key(path: Path) -> None:
    command = [sys.executable, "-c", RACER, str(path)]
    racing = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for each in racing:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in racing:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    ids = {each.communicate(timeout=60)[0] for each in racing}
    assert [len(one) for one in ids] == [65]
    assert files(path) == ["certificate.pem"]


async def test_a_key_that_appears_while_another_is_written_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faster, slower = made_key(START), made_key(START)
    sync, written = os.fsync, list[EncryptionKey]()

    def in_between(descriptor: int) -> None:
        sync(descriptor)
        if not written:
            written.append(faster)
            another = KeyFiles(path).add(faster, after=None)
            with contextlib.suppress(StopIteration):
                another.send(None)

    monkeypatch.setattr(os, "fsync", in_between)
    await KeyFiles(path).add(slower, after=None)
    assert [key.id for key in await KeyFiles(path).keys()] == [faster.id]
    assert files(path) == ["certificate.pem"]


async def test_a_key_that_another_process_made_is_found_when_a_notification_names_it(
    process: Process, moments: Moments
) -> None:
    one, two = process(), process()
    await one.current(START)
    moments.moment = START + timedelta(minutes=1)
    await two.rotate(START + LIFE)
    second = await two.current(START + LIFE)
    found = await one.key(second.id)
    assert found is not None
    assert found.id == second.id


class Counting(KeyFiles):
    """Files that count how often they are read."""

    reads = 0

    async def keys(self) -> list[EncryptionKey]:
        self.reads += 1
        return list(await super().keys())


async def test_a_flood_of_unknown_ids_reads_the_store_once_each_few_seconds(path: Path, moments: Moments) -> None:
    store = Counting(path)
    ring = KeyRing(store, life=LIFE, now=moments.now)
    await ring.current(START)
    before = store.reads
    for n in range(300):
        moments.moment = START + n * timedelta(seconds=0.1)
        with contextlib.suppress(TryLater):
            assert await ring.key(f"junk {n}") is None
    assert store.reads - before <= 7


async def test_an_id_that_came_too_early_is_looked_for_later_before_it_is_refused(
    process: Process, moments: Moments
) -> None:
    one, two = process(), process()
    await one.current(START)
    moments.moment = START + timedelta(seconds=2)
    await two.rotate(START + LIFE)
    second = (await two.current(START + LIFE)).id
    with pytest.raises(TryLater):
        await one.key(second)
    moments.moment += LOOK_AGAIN
    assert await one.key(second) is not None


async def test_an_id_that_was_refused_is_looked_for_again_when_it_comes_again(
    process: Process, moments: Moments
) -> None:
    one, two = process(), process()
    future = made_key(START + LIFE)
    await one.current(START)
    moments.moment = START + timedelta(minutes=1)
    assert await one.key(future.id) is None
    await KeyFiles.add(two._store, future, after=await two.current(START))  # type: ignore[arg-type]
    moments.moment += timedelta(minutes=1)
    assert await one.key(future.id) is not None


async def test_a_replaced_key_goes_when_its_time_is_over_and_nothing_uses_it(path: Path, process: Process) -> None:
    ring = process()
    first = await ring.current(START)
    replaced = START + LIFE
    await ring.current(replaced)
    await ring.let_go(in_use=(), now=replaced + KEPT - timedelta(seconds=1))
    await ring.let_go(in_use=[first.id], now=replaced + KEPT)
    assert files(path) == ["certificate-2.pem", "certificate.pem"]
    await ring.let_go(in_use=(), now=replaced + KEPT)
    assert files(path) == ["certificate-2.pem"]
    third = await ring.current(replaced + LIFE)
    assert third.id != first.id
    assert files(path) == ["certificate-2.pem", "certificate-3.pem"]
    assert timedelta(days=4) < KEPT


async def test_the_present_single_file_is_the_first_key_and_a_folder_will_do(tmp_path: Path) -> None:
    pem = written_key(made_key(START))
    (tmp_path / "certificate.pem").write_bytes(pem)
    for path in (tmp_path / "certificate.pem", tmp_path):
        ring = KeyRing(KeyFiles(path), life=LIFE, now=lambda: START)
        assert (await ring.current(START)).id == read_key(pem).id


@pytest.mark.parametrize("damage", [b"nothing", b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_names_its_setting(path: Path, process: Process, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.raises(Misconfigured, match="CAIRN_CERTIFICATE_PATH"):
        asyncio.run(process().current(START))


def test_a_key_of_another_kind_or_without_its_certificate_is_no_key() -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    one, other = written_key(made_key(START)), written_key(made_key(START))
    private, certificate = one.split(b"-----BEGIN CERT")[0], b"-----BEGIN CERT" + other.split(b"-----BEGIN CERT")[1]
    for pem in (elliptic, private, certificate, private + certificate, elliptic + certificate):
        with pytest.raises(UnusableKey):
            read_key(pem)


async def test_a_certificate_that_runs_out_is_replaced_however_long_it_was_to_be_used(path: Path) -> None:
    ring = KeyRing(KeyFiles(path), life=timedelta(days=3650), now=lambda: START)
    first = await ring.current(START)
    assert (await ring.current(first.ends_at - timedelta(days=29))).id != first.id


def test_a_private_key_is_in_no_repr_pickle_copy_or_log(caplog: pytest.LogCaptureFixture) -> None:
    key = made_key(START)
    secret = written_key(key).decode().splitlines()[3]
    logging.getLogger("test").warning("a key: %s %r %s", key, key, [key])
    for shown in (repr(key), str(key), repr([key]), f"{key}", caplog.text):
        assert "RSAPrivateKey" not in shown
        assert secret not in shown
    for attempt in (lambda: pickle.dumps(key), lambda: copy.copy(key), lambda: copy.deepcopy([key])):
        with pytest.raises(TypeError):
            attempt()


def test_what_is_wrong_with_a_file_is_said_without_what_it_holds(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(written_key(made_key(START)).replace(b"CERTIFICATE", b"CERTIFICATION"))
    secret = path.read_text().splitlines()[3]
    with pytest.raises(Misconfigured) as raised:
        asyncio.run(KeyFiles(path).keys())
    trace, seen = raised.value.__traceback__, []
    while trace is not None:
        seen.append(trace.tb_frame.f_code.co_name)
        if seen[-1] in ("keys", "_read"):
            assert secret not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next
    assert seen[-2:] == ["keys", "_read"]
    assert secret not in str(raised.value)
    assert raised.value.__context__ is None
