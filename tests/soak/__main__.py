"""`make soak`: the whole soak, with its figures; some minutes."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.soak.scale import FULL, TENANT_WIDE, Scale
from tests.soak.soak import Soak
from tests.soak.verdict import judge


async def soak(name: str, scale: Scale) -> bool:
    """Run one soak and print its verdict as a JSON line; returns whether all is well."""
    began = time.perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="cairn-soak-") as folder,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task(name, total=scale.messages)
        run = Soak(scale, Path(folder), progress=lambda done: progress.update(task, completed=done))
        async with run.stage() as stage:
            await run.run(stage)
            verdict = await judge(run, stage)
    figures = {
        "soak": name,
        "seconds": round(time.perf_counter() - began, 1),
        "messages": verdict.messages,
        "notifications_lost_for_good": verdict.lost_for_good,
        "outages": len(verdict.outages),
        "certificates": verdict.certificates,
        "faults": {k: str(v)[:400] for k, v in verdict.faults.items()},
    }
    print(json.dumps(figures), flush=True)
    return not verdict.faults


async def main() -> int:
    """Both ways of subscribing, one after the other; exit code 1 when something is wrong."""
    fine = [await soak("per space", FULL), await soak("tenant-wide", TENANT_WIDE)]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
