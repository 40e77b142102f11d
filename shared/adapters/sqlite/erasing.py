"""What was deleted must be gone from the file too, not only from what a query finds.

`secure_delete` overwrites deleted rows with zeros at once. The write-ahead log keeps copies until it is written back.
"""

import sqlite3


def erase_at_once(connection: sqlite3.Connection) -> None:
    """From now on, overwrite what is deleted."""
    connection.execute("PRAGMA secure_delete = ON")


def forget(connection: sqlite3.Connection) -> None:
    """Drop the copies that are left of what was deleted. Outside a transaction; some milliseconds.

    While another connection reads, its part of the log stays until the next time.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
