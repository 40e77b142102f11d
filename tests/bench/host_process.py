"""A host in a process of its own, for measuring it from outside: prints its address, ends with standard input."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from local.clock import SystemClock
from local.host.host import Host
from shared.adapters.queues.sqlite import SqliteQueues


async def main(app: Path, folder: Path) -> None:
    """Serve the HTTP functions of an app; its queues fill up and nobody empties them."""
    clock = SystemClock()
    queues = SqliteQueues(folder / "queues.sqlite", now=clock.now)
    async with Host(app, queues, clock, skip=frozenset({"queueTrigger", "timerTrigger"})) as host:
        print(host.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await host.stop(timedelta(seconds=1))
    queues.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
