"""A host killed with SIGKILL in the middle of its work: its heir finishes all of it."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from shared.adapters.queues.sqlite import SqliteQueues
from tests.local.host.apps import WriteApp

_ROOT = Path(__file__).parents[3]
_MESSAGES = 200

_APP = """
import os

log = os.open(os.environ["CONSUMED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
left = int(os.environ["HANG_AFTER"])

@app.queue_trigger(arg_name="msg", queue_name="work", connection="C")
@app.queue_output(arg_name="out", queue_name="told", connection="C")
async def consume(msg: func.QueueMessage, out: func.Out[str]) -> None:
    global left
    await asyncio.sleep(0)
    os.write(log, msg.get_body() + b"\\n")
    left -= 1
    if left < 0:
        print("hanging", flush=True)
        await asyncio.Event().wait()  # in the middle of its work, until it is killed
    out.set(msg.get_body().decode())
"""

_HOST = """
import asyncio, sys
from pathlib import Path
from local.clock import SystemClock
from local.host.host import Host
from shared.adapters.queues.sqlite import SqliteQueues

async def main(app, path):
    clock = SystemClock()
    async with Host(Path(app), SqliteQueues(Path(path), clock.now), clock) as host:
        await host.idle()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_every_message_is_dealt_with_although_its_host_was_killed_twice(
    tmp_path: Path, write_app: WriteApp
) -> None:
    app = write_app(_APP)
    path = tmp_path / "killed.sqlite"
    consumed = tmp_path / "consumed"
    consumed.touch()
    queues = SqliteQueues(path, lambda: datetime.now(UTC))
    for number in range(_MESSAGES):
        await queues.send("work", f"{number}")

    for life in (50, 40):
        with _host(app, path, consumed, hang_after=life) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"hanging\n"
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert (await queues.length("work")).leased > 0, "it was killed in the middle of something"
    with _host(app, path, consumed, hang_after=_MESSAGES) as process:
        assert process.wait(30) == 0

    expected = {str(number) for number in range(_MESSAGES)}
    assert set(_lines(consumed)) == expected
    assert {message.body for message in queues.peek("told", 1000)} == expected
    totals = queues.totals()["work"]
    assert (totals.completed, totals.poisoned) == (_MESSAGES, 0)
    assert len(_lines(consumed)) <= _MESSAGES + totals.retried
    queues.close()


def _host(app: Path, path: Path, consumed: Path, hang_after: int) -> subprocess.Popen[bytes]:
    environment = {"CONSUMED": str(consumed), "HANG_AFTER": str(hang_after), "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-c", _HOST, str(app), str(path)]
    return subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE)


def _lines(path: Path) -> list[str]:
    return path.read_text().split()
