"""`cairn capacity`: what a tenant of a size costs a month on Azure, and how large its partitions become.

Everything follows from three things: what a message asks of the store (`measured.json`, which
`python -m tests.bench.operations` writes), what Microsoft documents that such a request costs, and what is assumed of
the tenant. docs/capacity.md shows the result, and a test holds the page against this file.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.request_units import cost, point_read

SIZES = (1_000, 10_000, 100_000)
MEASURED = Path(__file__).with_name("measured.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars, single region with one write region in the United States, as docs/capacity.md says from where."""

    autoscale_100_ru_hour: float = 0.012
    serverless_million_ru: float = 0.25
    storage_gb: float = 0.25
    hours: int = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What is assumed of an organisation."""

    people: int
    messages_per_person: float = 8
    """That Cairn reads, a working day."""
    working_days: int = 21
    peak: float = 4
    """How many times the average second of a month's working hours the busiest one has."""
    working_hours: int = 9
    largest_share: float = 0.01
    """Of all messages, those of the busiest space; never less than `largest_floor` a day."""
    largest_floor: float = 500
    kept_days: int = 30
    snippets_kept_years: float = 3
    events_kept_days: int = 400

    @property
    def messages(self) -> float:
        """A month."""
        return self.people * self.messages_per_person * self.working_days

    @property
    def busiest_space(self) -> float:
        """Messages a month in the busiest space."""
        least = min(self.largest_floor * self.working_days, self.messages)
        return max(self.largest_share * self.messages, least)

    @property
    def seconds(self) -> int:
        """Of working time in a month."""
        return self.working_days * self.working_hours * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Calls of one kind, a message: how many, how many documents each gave or wrote, and of how many KB each."""

    container: str
    kind: str
    calls: float
    items: float
    kilobytes: float

    @property
    def request_units(self) -> float:
        """A message's share, by the documented cost of such calls."""
        return self.calls * cost(self.kind, self.items, self.kilobytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured, a message."""

    messages: int
    asked: Sequence[Asked]
    stored: Mapping[str, float]
    """KB that a message leaves behind, by container."""
    queued: float
    """Queue messages that it caused."""

    @property
    def request_units(self) -> float:
        """A message's."""
        return sum(one.request_units for one in self.asked)

    def of(self, container: str) -> float:
        """The part of a message's request units that one container has."""
        return sum(one.request_units for one in self.asked if one.container == container)


def measured(path: Path = MEASURED) -> Measured:
    """What `measured.json` says."""
    found = json.loads(path.read_text())
    messages = found["messages"]
    calls = [_asked(one, messages) for one in (*found["operations"], *found["following"])]
    stored = {one["container"]: one["bytes"] / 1024 / messages for one in found["stored"]}
    return Measured(messages=messages, asked=calls, stored=stored, queued=found["queued"] / messages)


def _asked(one: Mapping[str, Any], messages: int) -> Asked:
    calls, items = one["calls"], one["items"]
    return Asked(
        container=one["container"],
        kind=one["kind"],
        calls=calls / messages,
        items=items / calls,
        kilobytes=one["bytes"] / 1024 / items if items else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One logical partition: how large it becomes, and what it is asked at the busiest moment."""

    name: str
    gigabytes: float
    peak: float
    """RU/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a tenant needs."""

    tenant: Tenant
    request_units: float
    """A month."""
    peak: float
    """RU/s of the whole database at the busiest moment."""
    autoscale: int
    """The bound to set: the next thousand above the peak, and above what so much storage asks for."""
    gigabytes: float
    dollars_autoscale: float
    """A month, storage included; autoscale bills each hour's highest use, and at least a tenth of the bound."""
    dollars_serverless: float
    executions: float
    """Function executions a month."""
    queue_transactions: float
    hottest_container: float
    """RU/s of the container that is asked most, at the busiest moment."""
    partitions: Sequence[Partition]


LOGICAL_GB, LOGICAL_RU = 20, 10_000
"""What Cosmos DB allows a logical partition."""
RU_FOR_A_GB = 100
"""RU/s that an autoscale bound has for each GB, or is raised to."""
SERVERLESS_RU = 5_000
"""What a serverless account gives one container a second, up to 250 GB."""
PER_QUEUE_MESSAGE = 3
"""Storage transactions: put, get, delete."""


def capacity(tenant: Tenant, known: Measured, prices: Prices = Prices()) -> Capacity:
    """What that tenant needs, at those prices."""
    units = tenant.messages * known.request_units
    average = units / tenant.seconds
    peak = tenant.peak * average
    gigabytes = sum(_kept(tenant, name, kb) for name, kb in known.stored.items()) / 1024 / 1024
    bound = max(1000, math.ceil(max(peak, RU_FOR_A_GB * gigabytes) / 1000) * 1000)
    storage = gigabytes * prices.storage_gb
    hourly = prices.autoscale_100_ru_hour / 100
    # Each working hour's highest second is taken to be the busiest; all other hours rest at a tenth of the bound.
    busy = tenant.working_days * tenant.working_hours
    billed = busy * max(peak, bound / 10) + (prices.hours - busy) * bound / 10
    queued = tenant.messages * known.queued
    return Capacity(
        tenant=tenant,
        request_units=units,
        peak=peak,
        autoscale=bound,
        gigabytes=gigabytes,
        dollars_autoscale=billed * hourly + storage,
        dollars_serverless=units / 1e6 * prices.serverless_million_ru + storage,
        # The webhook (at most once a message: Graph sends several at a time), taking it in, and what follows.
        executions=2 * tenant.messages + queued,
        queue_transactions=PER_QUEUE_MESSAGE * (tenant.messages + queued),
        hottest_container=tenant.peak * tenant.messages / tenant.seconds * max(known.of(name) for name in known.stored),
        partitions=_partitions(tenant, known),
    )


def _kept(tenant: Tenant, container: str, kilobytes: float) -> float:
    """KB that a container holds when as much goes as comes."""
    months = {
        "conversations": tenant.kept_days / 30,
        "events": tenant.events_kept_days / 30,
        "lists": tenant.kept_days / 30,
    }.get(container, 12 * tenant.snippets_kept_years)
    if container in ("people", "spaces"):  # one document a person and a space, however much is said
        return 2.0 * tenant.people
    return tenant.messages * months * kilobytes


def _partitions(tenant: Tenant, known: Measured) -> list[Partition]:
    """The largest and the hottest ones."""
    share = tenant.busiest_space / tenant.messages
    per_second = tenant.peak * tenant.messages / tenant.seconds

    def of_space(container: str) -> Partition:
        kb = _kept(tenant, container, known.stored[container]) * share
        return Partition(
            name=f"{container}: the busiest space",
            gigabytes=kb / 1024 / 1024,
            peak=share * per_second * known.of(container),
        )

    lists = Partition(
        name="lists: threads that are due",
        # Entries of a day: a thread is due at most so long.
        gigabytes=tenant.messages / tenant.working_days * known.stored["lists"] / 1024 / 1024,
        peak=per_second * known.of("lists"),
    )
    tenants_own = Partition(
        name="spaces: @tenant",
        gigabytes=0.0,
        peak=per_second * point_read(1),
    )
    return [of_space("conversations"), of_space("snippets"), of_space("events"), lists, tenants_own]


def show(people: Sequence[int], per_person: float) -> int:
    """Print the tables; 0."""
    known = measured()
    console = Console()
    console.print(
        f"{known.request_units:.0f} RU a message, by {known.messages:,} measured messages and documented prices; "
        "docs/capacity.md says what is assumed."
    )
    found = [capacity(Tenant(people=one, messages_per_person=per_person), known) for one in people]
    console.print(as_table(found))
    for one in found:
        console.print(as_partitions(one))
    return 0


def as_table(found: Sequence[Capacity]) -> Table:
    """A column a tenant."""
    table = Table("A month", *(f"{one.tenant.people:,} people" for one in found))
    for name, cells in rows(found):
        table.add_row(name, *cells)
    return table


def rows(found: Sequence[Capacity]) -> list[tuple[str, list[str]]]:
    """The lines of the table, and of docs/capacity.md."""
    return [
        ("messages", [f"{one.tenant.messages:,.0f}" for one in found]),
        ("request units", [f"{one.request_units / 1e6:,.0f} million" for one in found]),
        ("busiest second", [f"{one.peak:,.0f} RU/s" for one in found]),
        ("autoscale bound", [f"{one.autoscale:,} RU/s" for one in found]),
        ("stored", [f"{one.gigabytes:,.1f} GB" for one in found]),
        ("Cosmos DB, autoscale", [f"${one.dollars_autoscale:,.0f}" for one in found]),
        ("Cosmos DB, serverless", [f"${one.dollars_serverless:,.0f}" for one in found]),
        ("serverless suffices", ["yes" if one.hottest_container < SERVERLESS_RU else "no" for one in found]),
        ("function executions", [f"{one.executions / 1e6:,.1f} million" for one in found]),
        ("queue transactions", [f"{one.queue_transactions / 1e6:,.1f} million" for one in found]),
    ]


def as_partitions(one: Capacity) -> Table:
    """What the largest and hottest partitions come to, beside what Cosmos DB allows."""
    table = Table(f"Partition at {one.tenant.people:,} people", "Size", "Busiest second", "Within the limits")
    for name, *cells in partition_rows(one):
        table.add_row(name, *cells)
    return table


def partition_rows(one: Capacity) -> list[tuple[str, str, str, str]]:
    """The lines of that table, and of docs/capacity.md."""
    return [
        (
            partition.name,
            f"{partition.gigabytes:,.2f} GB",
            f"{partition.peak:,.0f} RU/s",
            "yes" if partition.gigabytes < LOGICAL_GB and partition.peak < LOGICAL_RU else "no",
        )
        for partition in one.partitions
    ]
