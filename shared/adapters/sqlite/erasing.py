"""What was deleted must be gone from the file too, not only from what a query finds.

`secure_delete` overwrites deleted rows with zeros at once. Two places keep copies: the write-ahead log, until
it is written back, and, before SQLite 3.42, the full-text index, until its parts are merged.
"""

import sqlite3

# https://www.sqlite.org/fts5.html#the_secure_delete_configuration_option
_INDEX_FORGETS_BY_ITSELF = sqlite3.sqlite_version_info >= (3, 42)


def erase_at_once(connection: sqlite3.Connection) -> None:
    """From now on, overwrite what is deleted."""
    connection.execute("PRAGMA secure_delete = ON")


def erase_words_at_once(connection: sqlite3.Connection) -> None:
    """From now on, overwrite the words of deleted snippets as well, where this SQLite can; needs the tables."""
    if _INDEX_FORGETS_BY_ITSELF:
        connection.execute("INSERT INTO snippet_words (snippet_words, rank) VALUES ('secure-delete', 1)")


def forget(connection: sqlite3.Connection) -> None:
    """Drop the copies that are left of what was deleted. Outside a transaction; some milliseconds.

    While another connection reads, its part of the log stays until the next time.
    """
    if not _INDEX_FORGETS_BY_ITSELF:
        connection.execute("INSERT INTO snippet_words (snippet_words) VALUES ('optimize')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
