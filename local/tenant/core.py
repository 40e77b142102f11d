"""The parts of the tenant that its HTTP doors and its control surface share."""

import random
from dataclasses import dataclass, field

from local.clock import LocalClock
from local.tenant.changes import Changes
from local.tenant.faults import ErrorRates, Faults
from local.tenant.graph_limits import GraphLimits
from local.tenant.hub import EventHub
from local.tenant.keys import KeyRing
from local.tenant.lifecycle import Lifecycle
from local.tenant.messages import Messages
from local.tenant.notifier import Notifier
from local.tenant.outbox import Outbox
from local.tenant.shapes import Shapes
from local.tenant.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the tenant and its one app are."""

    tenant_id: str
    app_id: str
    app_secret: str
    app_name: str
    seed: int

    @property
    def bot_id(self) -> str:
        """The id by which the Bot Connector names the app's bot."""
        return f"28:{self.app_id}"


@dataclass(slots=True, kw_only=True)
class Core:
    """Everything that a door needs; `url` is where the tenant is reached, without a slash at the end."""

    identity: Identity
    clock: LocalClock
    state: State
    keys: KeyRing
    shapes: Shapes
    messages: Messages
    changes: Changes
    outbox: Outbox
    lifecycle: Lifecycle
    hub: EventHub
    notifier: Notifier
    limits: GraphLimits
    chance: random.Random
    faults: Faults = field(default_factory=Faults)
    url: str = ""
    required: set[frozenset[str]] = field(default_factory=set)
    """What calls have needed so far: of each set one application permission."""

    def injected_status(self, rates: ErrorRates) -> int | None:
        """The error status that this call gets instead of its answer, or None for none."""
        if rates.script:
            return rates.script.pop(0) or None
        likely = (
            (rates.too_many, 429),
            (rates.internal, 500),
            (rates.unavailable, 503),
            (rates.gateway_timeout, 504),
        )
        return next((status for rate, status in likely if rate > 0 and self.chance.random() < rate), None)

    def loses_answer(self, rates: ErrorRates) -> bool:
        """Whether the work of this call is done but its answer is lost."""
        return rates.lost_answer > 0 and self.chance.random() < rates.lost_answer
