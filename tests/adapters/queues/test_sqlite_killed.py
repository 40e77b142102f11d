"""A process that sends and consumes is killed again and again; what was committed holds."""

import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.adapters.queues.sqlite import SqliteQueues

_ROOT = Path(__file__).parents[3]

# Says on its standard output what it has committed, each line after the call has returned.
_PROCESS = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shared.adapters.queues.sqlite import SqliteQueues

async def main(path, life):
    queues = SqliteQueues(Path(path), lambda: datetime.now(UTC))
    queues.recover()
    number = 0
    while True:
        body = f"{life}:{number}"
        await queues.send("work", body)
        print("sent", body, flush=True)
        number += 1
        if number % 3 == 0:
            for message in queues.receive("work", 2, timedelta(minutes=10)):
                assert queues.delete(message)
                print("done", message.body, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def test_nothing_committed_is_lost_and_nothing_deleted_comes_back_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "queues.sqlite"
    chance = random.Random(7)
    sent: set[str] = set()
    done: list[str] = []
    for life in range(5):
        _live_and_die(path, life, chance.randrange(20, 300), sent, done)

    queues = SqliteQueues(path, lambda: datetime.now(UTC))
    queues.recover()
    left = [message.body for message in queues.receive("work", 100_000, timedelta(minutes=1))]
    totals = queues.totals()["work"]
    queues.close()

    assert len(done) == len(set(done))
    assert len(left) == len(set(left))
    assert not set(done) & set(left)
    # A kill can come between a commit and the line that tells of it; so at most one call a life is untold.
    deleted_untold = sent - set(done) - set(left)
    assert totals.completed == len(done) + len(deleted_untold)
    assert len(deleted_untold) <= 5
    assert 0 <= totals.sent - len(sent) <= 5
    assert totals.sent == totals.completed + len(left)


def _live_and_die(path: Path, life: int, lines: int, sent: set[str], done: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROCESS, str(path), str(life)], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(lines):
        _note(process.stdout.readline(), sent, done)
    process.send_signal(signal.SIGKILL)
    for line in process.stdout:
        _note(line, sent, done)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL


def _note(line: str, sent: set[str], done: list[str]) -> None:
    if not line.endswith("\n"):
        return  # cut off by the kill
    verb, body = line.split()
    if verb == "sent":
        sent.add(body)
    else:
        done.append(body)
