"""`cairn serve`, `cairn doctor`, `cairn queues`: the function app on this machine, and a look at its parts."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared import wiring
from shared.adapters.queues.sqlite import SqliteQueues
from shared.config import read_settings
from shared.errors import Misconfigured
from shared.ports import Queue, QueueName
from shared.usecases.health import examine

ROOT = Path(__file__).parent.parent
GRACE = timedelta(seconds=30)


async def serve(*, port: int) -> int:
    """Run the host until it is interrupted; what runs is finished first. Raises `Misconfigured` for wrong settings."""
    from local.clock import SystemClock
    from local.host.host import Host
    from local.host.storage_source import LocalStorageQueues

    settings = read_settings()
    clock = SystemClock()
    queues: SqliteQueues | LocalStorageQueues
    if settings.queues == "storage":
        queues = LocalStorageQueues.of(os.environ, path=settings.queue_path, clock=clock)
    else:
        queues = SqliteQueues(settings.queue_path, now=clock.now)
    wiring.on_one_machine(queue=queues)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    host = Host(ROOT, queues, clock, port=port)
    try:
        await host.start()
        Console(stderr=True).print(f"Cairn runs at {host.url}; health: {host.url}/api/health. Stop it with Ctrl+C.")
        await stopped.wait()
    finally:
        await host.stop(GRACE)
        await wiring.close()
        if isinstance(queues, SqliteQueues):
            queues.close()
        else:
            await queues.close()
    return 0


async def doctor() -> int:
    """Print what works and what does not; exit code 1 when something does not."""
    faults = await examine(await wiring.context())
    await wiring.close()
    table = Table("Part", "State")
    for part, fault in faults.items():
        table.add_row(part, fault or "works")
    Console().print(table)
    return 1 if any(faults.values()) else 0


async def queues(again: str | None) -> int:
    """Print the queues' lengths; `again` names a queue whose poison messages are put back first."""
    if again is not None and again not in set(QueueName):
        raise Misconfigured(f"there is no queue “{again}”; there are {', '.join(QueueName)}")
    async with _opened_queues() as found:
        await _show(found, again)
    return 0


@asynccontextmanager
async def _opened_queues() -> AsyncIterator[Queue]:
    """The queues of these settings; those in a file need none of the others."""
    if os.environ.get("CAIRN_QUEUES") == "storage":
        yield (await wiring.services()).queue
        await wiring.close()
        return
    path = Path(os.environ.get("CAIRN_QUEUE_PATH", "var/queues.sqlite"))
    if not path.exists():  # noqa: ASYNC240 - nothing else runs in this process
        raise Misconfigured(f"CAIRN_QUEUE_PATH: there is no file {path}")
    from local.clock import SystemClock

    queues = SqliteQueues(path, now=SystemClock().now)
    yield queues
    queues.close()


async def _show(found: Queue, again: str | None) -> None:
    if again is not None:
        Console().print(f"{await found.replay_poison(again)} message(s) put back on {again}")
    table = Table("Queue", "Ready", "Waiting for their time", "Being worked on")
    for name, length in (await found.lengths()).items():
        table.add_row(name, str(length.visible), str(length.delayed), str(length.leased))
    Console().print(table)
