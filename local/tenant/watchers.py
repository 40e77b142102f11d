"""Those who follow the tenant from outside: subscriptions, their lifecycle, and the event hub."""

import uuid
from datetime import timedelta

from local.tenant.controls import Controls
from local.tenant.hub import HubSink
from local.tenant.model import Change, Counters, Subscription
from local.tenant.notifications import LifecycleEvent
from local.tenant.notifier import Notifier
from local.tenant.watches import watched


class Watchers(Controls):
    """The part of the tenant's control surface about subscriptions and their notifications."""

    @property
    def notifier(self) -> Notifier:
        """What hands notifications over; its `batch_size`, `parallel` and `answer_seconds` may be set."""
        return self.core.notifier

    async def flush(self) -> None:
        """Return when every notification due at the clock's present moment was handed over or refused."""
        await self.core.notifier.flush()

    def retry_now(self) -> None:
        """Make every refused or delayed notification due at once, as if its time had come."""
        self.core.outbox.retry_now()
        self.core.state.commit()

    def subscriptions(self) -> list[Subscription]:
        """Every subscription, expired ones included."""
        return list(self.core.state.subscriptions)

    def send_lifecycle(self, event: LifecycleEvent, subscription_id: str | None = None) -> None:
        """Send a lifecycle event for one subscription or for all; `subscriptionRemoved` removes them too.

        Raises LookupError for an unknown subscription, ValueError for one without a lifecycle URL.
        """
        chosen = [s for s in self.core.state.subscriptions if subscription_id in (None, s.id)]
        if not chosen:
            raise LookupError("there is no such subscription")
        for subscription in chosen:
            self.core.lifecycle.send(subscription, event)
        self.core.state.commit()

    def end_subscription(self, subscription_id: str) -> None:
        """Let a subscription end without notice; raises LookupError."""
        if self.core.state.subscriptions.get(subscription_id) is None:
            raise LookupError(f"there is no subscription {subscription_id}")
        self.core.state.subscriptions.drop(subscription_id)
        self.core.state.commit()

    def plant_subscription(
        self,
        resource: str,
        *,
        notification_url: str,
        lifecycle_url: str | None = None,
        client_state: str | None = None,
        life: timedelta = timedelta(minutes=4320),
    ) -> str:
        """Leave a plain subscription of this app behind, as an earlier deployment might have, and return its id.

        Nothing is checked but that the tenant serves the resource; raises ValueError if not.
        """
        if watched(resource) is None:
            raise ValueError(f"the tenant does not serve {resource}")
        planted = Subscription(
            id=str(uuid.uuid4()),
            resource=resource,
            changes=tuple(Change),
            notification_url=notification_url,
            lifecycle_url=lifecycle_url,
            expires=self.core.clock.now() + life,
            client_state=client_state,
        )
        self.core.state.subscriptions.put(planted)
        self.core.state.commit()
        return planted.id

    @property
    def event_hub(self) -> HubSink | None:
        """What takes the body of each event as it is sent; None keeps them for `take_hub_events`."""
        return self.core.hub.sink

    @event_hub.setter
    def event_hub(self, sink: HubSink | None) -> None:
        self.core.hub.sink = sink

    def take_hub_events(self) -> list[bytes]:
        """The bodies of every event in the hub that was not taken before, oldest first."""
        taken = self.core.hub.take()
        self.core.state.commit()
        return taken

    def hub_blob(self, blob_id: str) -> bytes:
        """The JSON text behind an `additionalPayloadStorageId`; raises LookupError."""
        return self.core.hub.blob(blob_id)

    @property
    def counters(self) -> Counters:
        """What became of the notifications so far."""
        return self.core.state.register.counters

    @property
    def undelivered(self) -> int:
        """How many notifications are still in the outbox."""
        return len(self.core.state.outbox)
