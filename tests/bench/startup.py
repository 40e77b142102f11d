"""How long it takes to import and index our function app, against an empty one, measured in turn."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import empty_app
from tests.bench.figure import Figure, at_most, plain

ROOT = Path(__file__).parent.parent.parent
PAIRS = 9
# Each run is a process of its own: the library is loaded first, as Azure's worker has it, then the app.
_LOAD = """
import asyncio, sys, time
from pathlib import Path
from local.host.worker import Worker
began = time.perf_counter()
asyncio.run(Worker(Path(sys.argv[1])).load())
print(time.perf_counter() - began)
"""


def measure() -> Iterator[Figure]:
    """The median seconds of each, and their ratio (goal: at most 1.5)."""
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_app.write(Path(folder))
        pairs = [(_seconds(ROOT), _seconds(empty)) for _ in range(PAIRS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield plain("startup.seconds", ours, "s")
    yield plain("startup.empty_app_seconds", theirs, "s")
    yield at_most("startup.ratio_to_empty_app", ours / theirs, "ratio", 1.5)


def _seconds(app: Path) -> float:
    done = subprocess.run([sys.executable, "-c", _LOAD, str(app)], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
