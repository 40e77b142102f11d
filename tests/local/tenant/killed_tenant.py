"""A process that runs a tenant on a store and does what it is told on standard input, until it is killed.

Each line is a JSON list: the name of a method of the tenant and its keyword arguments. The answer is one line
of JSON, written when the method has returned.
"""

import asyncio
import inspect
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from local.clock import SimulatedClock
from local.tenant.tenant import Tenant
from tests.local.tenant.listener import APP_ID, APP_SECRET


async def main(store: Path, port: int) -> None:
    clock = SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    tenant = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store)
    await tenant.start(port)
    answer(tenant.url)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, arguments = json.loads(line)
        result = getattr(tenant, name)(**arguments)
        answer(await result if inspect.isawaitable(result) else result)


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
