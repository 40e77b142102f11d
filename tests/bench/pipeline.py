"""What a message costs on its whole way: a replay of real chat, in a process of its own."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, plain

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "../shared/data/judgement/replies.eval.jsonl"
MESSAGES = 1500


def measure() -> Iterator[Figure]:
    """Messages a second, CPU seconds per 1,000 messages, and peak memory; nothing where the data is absent."""
    if not DATA.exists():
        print("pipeline: ../shared/data is not here, so there is nothing to replay", file=sys.stderr)
        return
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "ops", "replay", str(DATA), "--limit", str(MESSAGES), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout.splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield plain("pipeline.messages_per_second", report["messages_per_second"], "1/s")
    yield plain("pipeline.cpu_seconds_per_1000_messages", 1000 * cpu / report["sent"], "s")
    yield plain("pipeline.peak_memory", after.ru_maxrss / 1024, "MiB")
