"""A replay runs to its end with nothing lost, and ends the same when it is killed on the way."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data/judgement/replies.eval.jsonl"
HELP_CHAT = [
    ("ann", "how do I reset the badge printer on the second floor? it says error E-17"),
    ("bob", "ann: hold the green button at the back for ten seconds, then reload the ribbon"),
    ("ann", "thanks, that worked"),
    (None, "cleo has joined"),
    ("cleo", "anyone up for lunch at 12?"),
    ("cleo", "the badge printer on the second floor says error E-17, how do I reset it"),
    ("dan", "is the VPN down for anybody else? I can't connect since this morning"),
    ("bob", "dan: restart the client and choose the new profile, the old one ended yesterday"),
]


def command(file: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "ops", "replay", str(file), "--json", *arguments]


def run(file: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(command(file, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def same(report: dict[str, object]) -> dict[str, object]:
    """What must be equal however often a run was killed: everything but times and attempts."""
    return {
        k: report[k] for k in ("sent", "stored", "refused", "exchanges", "snippets", "suggestions", "cards", "poison")
    }


def _clock(number: int) -> str:
    """The same talk twice a day: in the morning, and in the evening."""
    cycle, place = divmod(number, len(HELP_CHAT))
    return f"{(9, 20)[cycle % 2]:02}:{7 * place:02}"


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    messages = [
        {"id": n, "at": _clock(n), "author": author, "text": text, "system": author is None}
        for n, (author, text) in enumerate(HELP_CHAT * 12)
    ]
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps({"id": "help", "messages": messages}) + "\n")
    return path


def test_a_chat_is_replayed_to_its_end(chat: Path) -> None:
    report = run(chat)
    assert report["sent"] == report["stored"] == len(HELP_CHAT) * 12
    assert (report["refused"], report["poison"]) == (0, 0)
    assert int(str(report["snippets"])) > 0
    assert int(str(report["suggestions"])) > 0


def test_killed_five_times_it_goes_on_and_ends_the_same(chat: Path, tmp_path: Path) -> None:
    undisturbed = run(chat, "--store", str(tmp_path / "undisturbed"))
    store = tmp_path / "killed"
    kills = _kill_at_random(chat, store, times=5, seed=7)
    assert kills == 5
    assert same(run(chat, "--store", str(store))) == same(undisturbed)


@pytest.mark.timeout(300)
def test_a_part_of_a_real_chat_loses_nothing_when_it_is_killed_five_times(tmp_path: Path) -> None:
    if not DATA.exists():
        pytest.skip("../shared/data/judgement is not here, so there is no real chat to replay")
    undisturbed = run(DATA, "--limit", "600", "--store", str(tmp_path / "undisturbed"))
    store = tmp_path / "killed"
    assert _kill_at_random(DATA, store, "--limit", "600", times=5, seed=11) == 5
    assert same(run(DATA, "--limit", "600", "--store", str(store))) == same(undisturbed)


def _kill_at_random(file: Path, store: Path, *arguments: str, times: int, seed: int) -> int:
    """Start and kill the replay with SIGKILL, each time after some more messages have been kept; returns how often."""
    chance = random.Random(seed)
    killed = 0
    for _ in range(times):
        process = subprocess.Popen(
            command(file, "--store", str(store), *arguments),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = _size(store)
        wanted = before + chance.randrange(20_000, 120_000)
        give_up = time.monotonic() + 30
        while process.poll() is None and _size(store) < wanted and time.monotonic() < give_up:
            os.sched_yield()
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    return killed


def _size(store: Path) -> int:
    """Bytes that the store's files take: they grow with what has been done."""
    files = list(store.glob("*.sqlite*")) if store.exists() else []
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except FileNotFoundError:
            continue
    return total
