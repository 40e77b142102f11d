"""`cairn serve`, `cairn doctor`, `cairn queues`: the function app on this machine, and a look at its parts."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared import wiring
from shared.adapters.queues.sqlite import SqliteQueues
from shared.config import read_settings
from shared.errors import Misconfigured
from shared.ports import QueueName
from shared.usecases.health import examine

ROOT = Path(__file__).parent.parent
GRACE = timedelta(seconds=30)


async def serve(*, port: int) -> int:
    """Run the host until it is interrupted; what runs is finished first. Raises `Misconfigured` for wrong settings."""
    from local.clock import SystemClock
    from local.host.host import Host

    settings = read_settings()
    clock = SystemClock()
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
        queues.close()
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
    path = Path(os.environ.get("CAIRN_QUEUE_PATH", "var/queues.sqlite"))
    if not path.exists():  # noqa: ASYNC240 - nothing else runs in this process
        raise Misconfigured(f"CAIRN_QUEUE_PATH: there is no file {path}")
    from local.clock import SystemClock

    if again is not None and again not in set(QueueName):
        raise Misconfigured(f"there is no queue “{again}”; there are {', '.join(QueueName)}")
    found = SqliteQueues(path, now=SystemClock().now)
    if again is not None:
        Console().print(f"{found.replay_poison(again)} message(s) put back on {again}")
    table = Table("Queue", "Ready", "Waiting for their time", "Being worked on")
    for name, length in (await found.lengths()).items():
        table.add_row(name, str(length.visible), str(length.delayed), str(length.leased))
    Console().print(table)
    found.close()
    return 0
