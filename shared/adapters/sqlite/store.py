"""The embedded store: everything that Cairn keeps, in one SQLite file (WAL).

Calls run on the event loop: each is one short transaction of tens of microseconds, and a thread hop
would cost more than it saves (docs/decisions/0002).
"""

import sqlite3
from pathlib import Path

from shared.adapters.sqlite.conversations import ConversationTables
from shared.adapters.sqlite.outbox import OutboxTables
from shared.adapters.sqlite.people import PeopleTables
from shared.adapters.sqlite.schema import migrate
from shared.adapters.sqlite.snippets import SnippetTables
from shared.adapters.sqlite.spaces import SpaceTables
from shared.errors import Misconfigured

BUSY_SECONDS = 5.0


class SqliteStore(ConversationTables, SnippetTables, PeopleTables, SpaceTables, OutboxTables):
    """Fulfils `shared.ports.Store`. Several processes may use one file at the same time."""

    def __init__(self, path: Path) -> None:
        """Open a file, or make it. Raises `Misconfigured` when it is no store of ours, or of a newer version."""
        self.name = path.name
        try:
            self.connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
                self.connection.execute(f"PRAGMA {pragma}")
            migrate(self.connection, path.name)
        except sqlite3.Error as error:
            raise Misconfigured(f"CAIRN_STORE_PATH: {path.name} can't be opened as a store ({error})") from error

    async def check(self) -> None:
        """See `shared.ports.Store`."""
        with self.transaction() as connection:
            connection.execute("SELECT 1 FROM spaces LIMIT 1").fetchone()

    async def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
