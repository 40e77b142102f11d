"""What a step asks of the store, and what that costs: added up for the step that runs, in whichever task it runs.

`with metered("message") as spent:` adds up everything that the store is asked inside; a `with metered("search"):`
within it is added up by itself as well. Outside of any block nothing is kept.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

_WRITES = frozenset({"create", "replace", "upsert", "write", "insert", "update", "delete"})


class Part(StrEnum):
    """What is added up by itself within a step."""

    SUGGESTION = "suggestion"
    SEARCH = "search"


@dataclass(slots=True)
class Spent:
    """What was asked since the block began."""

    times: int = 1
    """How often the block was entered: a part may come several times in one step."""
    operations: Counter[str] = field(default_factory=Counter)
    """By the name that the store has for them. `read` is a point read; `unsuccessful` was refused: mostly one more,
    of what isn't there."""
    request_units: float | None = None
    """As the database said; None when it said nothing, as SQLite does and stand-ins on this machine."""
    parts: dict[str, "Spent"] = field(default_factory=dict)

    def inner(self) -> Iterator[tuple[str, "Spent"]]:
        """The parts by name, each before its own parts."""
        for name, part in self.parts.items():
            yield name, part
            yield from part.inner()

    def facts(self) -> dict[str, object]:
        """For one log line."""
        reads = self.operations["read"] + self.operations["unsuccessful"]
        writes = sum(count for name, count in self.operations.items() if name in _WRITES)
        total = self.operations.total()
        return {
            "times": self.times,
            "operations": total,
            "reads": reads,
            "writes": writes,
            "queries": total - reads - writes,
            "request_units": None if self.request_units is None else round(self.request_units, 2),
        }

    def _add(self, operation: str, request_units: float | None) -> None:
        self.operations[operation] += 1
        if request_units is not None:
            self.request_units = (self.request_units or 0.0) + request_units


_running: ContextVar[tuple[Spent, ...]] = ContextVar("running", default=())


@contextmanager
def metered(name: str) -> Iterator[Spent]:
    """Add up what is asked inside; as a part of the block around it, where there is one."""
    around = _running.get()
    if around:
        known = around[-1].parts.get(name)
        spent = around[-1].parts[name] = known or Spent(times=0)
        spent.times += 1
    else:
        spent = Spent()
    token = _running.set((*around, spent))
    try:
        yield spent
    finally:
        _running.reset(token)


def note(operation: str, request_units: float | None = None) -> None:
    """The store was asked something, and said what it cost; None: it did not say."""
    for spent in _running.get():
        spent._add(operation, request_units)
