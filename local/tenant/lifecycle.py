"""The lifecycle of subscriptions: challenges to reauthorise, removals, and news of what was missed.

Source: "Reduce missing change notifications and removed subscriptions" in Microsoft Graph's documentation.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from local.clock import LocalClock
from local.tenant.faults import Faults
from local.tenant.model import Subscription
from local.tenant.notifications import LifecycleEvent, lifecycle_item
from local.tenant.outbox import Outbox
from local.tenant.state import State


class Lifecycle:
    """Sends lifecycle events and remembers which challenges are unanswered."""

    def __init__(
        self, *, state: State, clock: LocalClock, outbox: Outbox, tenant_id: str, faults: Callable[[], Faults]
    ) -> None:
        self._state = state
        self._clock = clock
        self._outbox = outbox
        self._tenant_id = tenant_id
        self._faults = faults
        self._missed: dict[str, int] = {}

    def send(self, subscription: Subscription, event: LifecycleEvent) -> int:
        """Put an event into the outbox and return its number; raises ValueError if nobody asked for those.

        `subscriptionRemoved` removes the subscription as well.
        """
        if subscription.lifecycle_url is None:
            raise ValueError(f"subscription {subscription.id} has no lifecycleNotificationUrl")
        now = self._clock.now()
        item = lifecycle_item(subscription, self._tenant_id, event, subscription.expires)
        number = self._outbox.add(subscription, subscription.lifecycle_url, item, due=now, lifecycle=True)
        if event is LifecycleEvent.SUBSCRIPTION_REMOVED:
            self._state.subscriptions.drop(subscription.id)
        elif event is LifecycleEvent.REAUTHORIZATION_REQUIRED and subscription.challenged is None:
            self._state.subscriptions.put(replace(subscription, challenged=now))
        return number

    def tell_missed(self, subscription_id: str) -> None:
        """Say that something was lost, unless that is on its way already or nobody asked for it."""
        subscription = self._state.subscriptions.get(subscription_id)
        told = self._missed.get(subscription_id)
        if subscription is None or subscription.lifecycle_url is None or not self._faults().tell_missed:
            return
        if told is None or self._state.outbox.get(str(told)) is None:
            self._missed[subscription_id] = self.send(subscription, LifecycleEvent.MISSED)

    def challenge_due(self) -> None:
        """Challenge every subscription whose time has come, once for each of its expiries."""
        ahead = self._faults().challenge_before
        if ahead is None:
            return
        now = self._clock.now()
        for subscription in self._state.subscriptions.take_ending(now + ahead):
            if now < subscription.expires and subscription.lifecycle_url is not None:
                self.send(subscription, LifecycleEvent.REAUTHORIZATION_REQUIRED)

    @property
    def next_due(self) -> datetime | None:
        """When the next challenge is due, or None."""
        ahead = self._faults().challenge_before
        first = self._state.subscriptions.first_ending()
        return None if ahead is None or first is None else first - ahead
