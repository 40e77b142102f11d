"""How the tenant misbehaves when it is told to.

Rates are probabilities from 0 to 1, decided by the tenant's seeded random numbers. Everything may be set
at any time and counts from the next call or notification on.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class TokenFault(StrEnum):
    """Ways in which the validation token of a batch can be wrong."""

    EXPIRED = "expired"
    FOREIGN_KEY = "foreignKey"
    FOREIGN_TENANT = "foreignTenant"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_PARTY = "wrongParty"
    MISSING = "missing"


class Spoilt(StrEnum):
    """Ways in which the content of a rich notification can be wrong."""

    WITHOUT_CONTENT = "withoutContent"
    TAMPERED = "tampered"
    WRONG_KEY = "wrongKey"


@dataclass(slots=True, kw_only=True)
class ErrorRates:
    """What one of the APIs answers instead of doing its work.

    `lost_answer` is the exception: the work is done, and the caller gets 504 for it. `script` holds statuses
    for the very next calls, in order, before the rates count again; a 0 in it lets that call through.
    `retry_after` is in seconds and goes with 429 and 503.
    """

    too_many: float = 0.0
    internal: float = 0.0
    unavailable: float = 0.0
    gateway_timeout: float = 0.0
    lost_answer: float = 0.0
    retry_after: int = 1
    script: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Faults:
    """The tenant's misbehaviour; as constructed, it has none.

    `reorder` puts a notification behind up to a dozen later ones; `delay` makes it due only after `delay_by`,
    by the tenant's clock; `drop` loses it without a word. `webhook_down` lets every post to a webhook fail
    without being sent. `tell_missed` sends a `missed` lifecycle event after a notification was lost for good.

    What is no fault of Microsoft's but may be in the way: `send_limits` enforces Teams' limits for a bot's
    posts per conversation (7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour); `read_limits` Graph's limits
    for calls (see graph_limits.py), which in a test whose clock stands still would soon be used up.
    `consent_by_place` is resource-specific consent: where the app is installed it needs no permission of the
    tenant's; off, an organisation that does not allow it. `subscription_quota` is how many subscriptions the
    organisation may have. `challenge_before` is how long before a subscription ends Graph asks for its
    reauthorisation (None: only when told to by `send_lifecycle`), `reauthorize_within` how long Graph then
    waits before it stops sending (None: for ever). `delta_token_life` is the age at which delta and next links
    of a delta expire (None: never).
    """

    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    delay_by: timedelta = timedelta(seconds=30)
    drop: float = 0.0
    without_content: float = 0.0
    tampered: float = 0.0
    wrong_key: float = 0.0
    validation_token: TokenFault | None = None
    graph: ErrorRates = field(default_factory=ErrorRates)
    connector: ErrorRates = field(default_factory=ErrorRates)
    webhook_down: bool = False
    tell_missed: bool = False
    send_limits: bool = True
    read_limits: bool = False
    consent_by_place: bool = True
    subscription_quota: int = 10_000
    challenge_before: timedelta | None = None
    reauthorize_within: timedelta | None = timedelta(hours=1)
    delta_token_life: timedelta | None = None
