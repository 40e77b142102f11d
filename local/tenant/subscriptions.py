"""The change subscriptions, found by what they watch and by when they end."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime

from local.tenant.journal import Journal, Table
from local.tenant.model import Subscription
from local.tenant.watches import Key, Watched, watched


class Subscriptions:
    """Every subscription, expired ones included, in the order of their making."""

    def __init__(self, journal: Journal) -> None:
        self._table = Table(journal, "subscriptions", Subscription, lambda s: s.id)
        self._by_key: dict[Key, dict[str, None]] = {}
        self._live: set[str] = set()
        self._ending: list[tuple[datetime, str]] = []
        self._unwarned: list[tuple[datetime, str]] = []
        for subscription in self._table:
            self._index(subscription)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, or None."""
        return self._table.get(subscription_id)

    def put(self, subscription: Subscription) -> Subscription:
        """Add a subscription or replace the one with its id; returns it."""
        before = self._table.get(subscription.id)
        self._table.put(subscription)
        if before is None or before.expires != subscription.expires:
            self._index(subscription)
        return subscription

    def drop(self, subscription_id: str) -> None:
        """Forget a subscription; an unknown id changes nothing."""
        subscription = self._table.get(subscription_id)
        if subscription is None:
            return
        self._table.drop(subscription_id)
        self._live.discard(subscription_id)
        for key in self._keys(subscription):
            self._by_key[key].pop(subscription_id, None)

    def watching(self, keys: Iterable[Key], now: datetime) -> list[Subscription]:
        """The unexpired subscriptions to any of these resources."""
        found = (self._table.get(number) for key in keys for number in self._by_key.get(key, ()))
        return [subscription for subscription in found if subscription is not None and now < subscription.expires]

    def same(self, wanted: Watched, now: datetime) -> Subscription | None:
        """An unexpired subscription to exactly this resource, or None."""
        return next((s for s in self.watching([wanted.key], now) if watched(s.resource) == wanted), None)

    def count_live(self, now: datetime) -> int:
        """How many have not expired."""
        while self._ending and self._ending[0][0] <= now:
            _, number = heapq.heappop(self._ending)
            subscription = self._table.get(number)
            if subscription is not None and subscription.expires <= now:
                self._live.discard(number)
        return len(self._live)

    def take_ending(self, until: datetime) -> list[Subscription]:
        """Those that end by `until`, each once for each of its expiries."""
        taken: list[Subscription] = []
        while self._unwarned and self._unwarned[0][0] <= until:
            expires, number = heapq.heappop(self._unwarned)
            subscription = self._table.get(number)
            if subscription is not None and subscription.expires == expires:
                taken.append(subscription)
        return taken

    def first_ending(self) -> datetime | None:
        """When the first of those ends that `take_ending` has not yet given, or None."""
        return self._unwarned[0][0] if self._unwarned else None

    def _index(self, subscription: Subscription) -> None:
        for key in self._keys(subscription):
            self._by_key.setdefault(key, {})[subscription.id] = None
        self._live.add(subscription.id)
        heapq.heappush(self._ending, (subscription.expires, subscription.id))
        heapq.heappush(self._unwarned, (subscription.expires, subscription.id))

    def _keys(self, subscription: Subscription) -> list[Key]:
        resource = watched(subscription.resource)
        return [] if resource is None else [resource.key]
