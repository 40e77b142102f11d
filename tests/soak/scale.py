"""How large a soak is, and how badly everything behaves in it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A soak's dimensions. Rates are probabilities from 0 to 1."""

    spaces: int
    others: int
    """Spaces without capture, in which people talk as well."""
    messages: int
    days: int
    tenant_wide: bool = False
    people: int = 30
    edits: float = 0.06
    deletions: float = 0.03
    reactions: float = 0.05
    dropped: float = 0.01
    duplicated: float = 0.05
    reordered: float = 0.10
    graph_errors: float = 0.02
    outages: int = 3
    outage: timedelta = timedelta(hours=6)
    """Longer than the four hours for which Graph tries again."""
    silent_removals: int = 4
    told_removals: int = 2
    certificate_days: float = 8.0
    seed: int = 7


FULL = Scale(spaces=50, others=10, messages=20_000, days=21)
TENANT_WIDE = Scale(spaces=20, others=20, messages=4_000, days=10, tenant_wide=True, certificate_days=4)
SMALL = Scale(
    spaces=6,
    others=2,
    messages=260,
    days=6,
    people=10,
    outages=1,
    silent_removals=1,
    told_removals=1,
    certificate_days=2.5,
)
SMALL_TENANT_WIDE = Scale(
    spaces=4,
    others=4,
    messages=200,
    days=4,
    people=10,
    tenant_wide=True,
    outages=1,
    silent_removals=1,
    told_removals=1,
    certificate_days=1.6,
)
