"""`make bench`: what Cairn costs on this machine, a JSON line each: {"name", "value", "unit", "goal", "ok"}.

Timings on shared machines are noisy; what is asserted is a ratio measured in one run, or a generous bound.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from tests.bench import (
    core,
    growth,
    judging,
    opening,
    pipeline,
    scaling,
    searching,
    searching_cosmos,
    startup,
    storing,
    webhook,
    worst,
)
from tests.bench.figure import Figure


def figures() -> Iterator[Figure]:
    """Every measurement, one after another, as each is done."""
    yield from startup.measure()
    yield from webhook.measure()
    yield from opening.measure()
    yield from growth.measure()
    yield from storing.measure()
    yield from judging.measure()
    yield from worst.measure()
    yield from core.measure()
    yield from searching.measure()
    yield from searching_cosmos.measure()
    yield from scaling.measure()
    yield from pipeline.measure()


def main() -> int:
    """Print the lines; exit code 1 when a goal is missed."""
    missed = False
    for figure in figures():
        print(json.dumps(asdict(figure)), flush=True)
        missed = missed or figure.ok is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
