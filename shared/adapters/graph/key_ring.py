"""Several content keys at a time: a current one, and older ones for as long as something may be encrypted for them.

Whoever notices that the current key is old makes the next one; of several processes that notice at once,
the store lets one key win, and the others take it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from shared.adapters.graph.certificates import EncryptionKey, made_key
from shared.errors import TryLater

KEPT = timedelta(days=14)
"""How long a replaced key is kept at least: subscriptions live for 3 days, work that failed is replayed for longer."""
LOOK_AGAIN = timedelta(seconds=5)
"""How often an unknown certificate id may make us read the store: a flood of them must cost nothing."""
_MOST_UNKNOWN = 1000
_RUNNING_OUT = timedelta(days=30)
"""A certificate is replaced at the latest this long before it ends, however long it was to be used."""


class KeyStore(Protocol):
    """Where keys are kept; shared by all processes of a deployment."""

    async def keys(self) -> Sequence[EncryptionKey]:
        """Every key, in the order of their making; the last is the one to use. Raises `Misconfigured`, `TryLater`."""

    async def add(self, key: EncryptionKey, *, after: EncryptionKey | None) -> None:
        """Put a key after the last one that the caller saw; nothing happens when somebody was faster."""

    async def drop(self, key: EncryptionKey) -> None:
        """Let go of a key; one that is gone already is fine."""

    async def close(self) -> None:
        """Let go of what is open."""


class KeyRing:
    """The keys as this process knows them."""

    def __init__(self, store: KeyStore, *, life: timedelta, now: Callable[[], datetime]) -> None:
        """`life` is how long a key is used before a new one takes over. Nothing is read yet."""
        self._store = store
        self._life = life
        self._now = now
        self._keys: dict[str, EncryptionKey] = {}
        self._read_at: datetime | None = None
        self._missed: OrderedDict[str, datetime] = OrderedDict()
        self._busy = asyncio.Lock()

    async def current(self, now: datetime) -> EncryptionKey:
        """The key for new and renewed subscriptions; made, if there is none or it is old."""
        key = self._last()
        if key is None or self._is_old(key, now):
            await self.rotate(now)
            key = self._last()
        if key is None:
            raise TryLater("no content certificate could be made", after=timedelta(seconds=10))
        return key

    async def rotate(self, now: datetime) -> bool:
        """Make the next key if the last one is old, in whatever process; does nothing otherwise.

        Returns whether another key is the current one now.
        """
        async with self._busy:
            before = self._last()
            await self._read()
            last = self._last()
            if last is None or self._is_old(last, now):
                made = await asyncio.to_thread(made_key, now)
                await self._store.add(made, after=last)
                await self._read()
            after = self._last()
            return after is not None and (before is None or after.id != before.id)

    async def key(self, certificate_id: str) -> EncryptionKey | None:
        """The key that a notification names; the store is looked at again for one that is not known.

        None when it is none of ours. Raises `TryLater` when it is too early to look again.
        """
        key = self._keys.get(certificate_id)
        if key is not None:
            return key
        now = self._now()
        asked_at = self._missed.setdefault(certificate_id, now)
        while len(self._missed) > _MOST_UNKNOWN:
            self._missed.popitem(last=False)
        async with self._busy:
            read_at = self._read_at
            if read_at is None or (read_at < asked_at and now - read_at >= LOOK_AGAIN):
                read_at = await self._read()
        key = self._keys.get(certificate_id)
        if key is None and read_at < asked_at:
            raise TryLater("an unknown content certificate will be looked for", after=LOOK_AGAIN)
        self._missed.pop(certificate_id, None)
        return key

    async def let_go(self, *, in_use: Iterable[str], now: datetime) -> None:
        """Drop keys that were replaced long enough ago, and that no subscription uses."""
        used = frozenset(in_use)
        async with self._busy:
            await self._read()
            keys = list(self._keys.values())
            for key, successor in pairwise(keys):
                if key.id not in used and now - successor.made_at >= KEPT:
                    await self._store.drop(key)
                    del self._keys[key.id]

    async def close(self) -> None:
        """Let go of the store."""
        await self._store.close()

    async def _read(self) -> datetime:
        began_at = self._now()
        self._keys = {key.id: key for key in await self._store.keys()}
        self._read_at = began_at
        return began_at

    def _last(self) -> EncryptionKey | None:
        return next(reversed(self._keys.values()), None)

    def _is_old(self, key: EncryptionKey, now: datetime) -> bool:
        return now - key.made_at >= self._life or now >= key.ends_at - _RUNNING_OUT
