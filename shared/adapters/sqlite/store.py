"""The embedded store: everything that Cairn keeps, in one SQLite file (WAL).

Its methods are async because the port's are, but they call `sqlite3` directly, on the event loop: each is one
short transaction of tens of microseconds, and a hop to a thread would cost more than it saves. No other task
runs in the middle of one. What was acknowledged survives `kill -9`; `synchronous = NORMAL` means that a power
cut may take the last moments, but never leaves half of anything (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

from shared.adapters.ranking.search import MOST_BYTES, Search
from shared.adapters.sqlite.conversations import ConversationTables
from shared.adapters.sqlite.erasing import erase_at_once
from shared.adapters.sqlite.events import EventTables
from shared.adapters.sqlite.failures import Failures, misconfigured
from shared.adapters.sqlite.feed import FeedTables
from shared.adapters.sqlite.labels import LabelTables
from shared.adapters.sqlite.moving import MovingTables
from shared.adapters.sqlite.outbox import OutboxTables
from shared.adapters.sqlite.people import PeopleTables
from shared.adapters.sqlite.schema import migrate, version_of
from shared.adapters.sqlite.snippets import SnippetTables
from shared.adapters.sqlite.spaces import SpaceTables
from shared.adapters.sqlite.subscriptions import SubscriptionTables
from shared.adapters.sqlite.topics import TopicTables
from shared.domain.identity import TenantId

PATIENCE = timedelta(seconds=5)


class SqliteStore(
    ConversationTables,
    SnippetTables,
    PeopleTables,
    SpaceTables,
    SubscriptionTables,
    OutboxTables,
    EventTables,
    LabelTables,
    FeedTables,
    TopicTables,
    MovingTables,
):
    """Fulfils `shared.ports.Store`. Several processes may use one file at the same time.

    One store belongs to the thread that opened it.
    """

    def __init__(
        self,
        path: Path,
        *,
        tenant_id: TenantId | None = None,
        patience: timedelta = PATIENCE,
        search_bytes: int = MOST_BYTES,
    ) -> None:
        """Open a file, or make it in a folder that exists.

        `tenant_id` is the tenant whose people make up the organisation's audience; None: nobody does.
        `patience` is how long another connection may hold the file before `TryLater` is raised.
        `search_bytes` is what the indexes of searches may take.
        Raises `Misconfigured` for a file that can't be used: damaged, of something else, or of a newer version.
        """
        self.tenant_id = tenant_id
        self.failures = Failures(path.name)
        self._path = path.absolute()
        self.searching = Search(self.refresh, self.as_they_stand, most_bytes=search_bytes)
        with self.failures:
            self.connection = sqlite3.connect(path, timeout=patience.total_seconds(), isolation_level=None)
            try:
                self._prepare(path.name)
            except BaseException:
                self.connection.close()
                raise
        self._identity = _identity(self._path)

    def _prepare(self, name: str) -> None:
        version_of(self.connection, name)  # before anything is written: it may be somebody else's file
        (mode,) = self.connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise misconfigured(name, "its disk can't be shared between processes (a network drive?)")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        erase_at_once(self.connection)
        migrate(self.connection, name)

    async def check(self) -> None:
        """See `shared.ports.Store`. Also finds that the file was removed or replaced while it was open."""
        if _identity(self._path) != self._identity:
            raise misconfigured(self._path.name, "the file was removed or replaced while Cairn was running")
        with self.transaction():
            self.rows("SELECT 1 FROM spaces LIMIT 1")

    async def close(self) -> None:
        """Let go of the file; twice is fine."""
        self.connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands under a name at this moment; None for none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
