"""What Cairn notes about the tenant as a whole."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.tuning import UNTUNED, Tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantState:
    """One document; every field has a meaning when it was never written."""

    awake_at: datetime | None = None
    """When the timers last ran: a gap means that Cairn itself was away."""
    listed_at: datetime | None = None
    """When Graph was last asked for all subscriptions."""
    salt: str = ""
    """Random, 64 hexadecimal digits: what erased people's keys are hashed with. Made once and never changed."""
    other_salts: tuple[str, ...] = ()
    """Of stores whose tombstones were brought into this one."""
    tuning: Tuning = UNTUNED
    """How the thresholds of the judgement were refitted from what people said."""

    @property
    def salts(self) -> tuple[str, ...]:
        """Every salt that a tombstone here may have been made with; none before anybody was erased."""
        return tuple(filter(None, (self.salt, *self.other_salts)))
