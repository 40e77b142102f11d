"""The file's tables, as numbered migrations: each runs once, whole, and is never changed once it was released.

A table holds documents (JSON) beside the columns that queries ask for. Moments are text that sorts.
"""

import sqlite3

from shared.adapters.sqlite.failures import misconfigured

APPLICATION_ID = 0x4341524E
"""Marks a SQLite file as ours (`CARN`): https://www.sqlite.org/pragma.html#pragma_application_id"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE messages (
             space_id TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, author TEXT, created_at TEXT NOT NULL,
             etag TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (space_id, id))""",
        "CREATE INDEX messages_by_time ON messages (space_id, created_at, id)",
        "CREATE INDEX messages_by_thread ON messages (space_id, thread_id, created_at, id)",
        "CREATE INDEX messages_by_author ON messages (author, space_id) WHERE author IS NOT NULL",
        "CREATE INDEX messages_by_age ON messages (created_at)",
        """CREATE TABLE threads (
             space_id TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, due_at TEXT,
             etag TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (space_id, id))""",
        "CREATE INDEX threads_due ON threads (due_at, space_id, id) WHERE due_at IS NOT NULL",
        "CREATE INDEX threads_by_state ON threads (state)",
        """CREATE TABLE snippets (
             number INTEGER PRIMARY KEY, audience_id TEXT NOT NULL, id TEXT NOT NULL, usable INTEGER NOT NULL,
             updated_at TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL, UNIQUE (audience_id, id))""",
        "CREATE INDEX snippets_usable ON snippets (audience_id, updated_at DESC, id) WHERE usable = 1",
        # A row here has the number of its snippet; only what may be suggested is in it.
        """CREATE VIRTUAL TABLE snippet_words USING fts5 (
             question, approaches, topics, tokenize = 'porter unicode61 remove_diacritics 2')""",
        """CREATE TABLE profiles (
             user_key TEXT NOT NULL PRIMARY KEY, etag TEXT NOT NULL, document BLOB NOT NULL)""",
        """CREATE TABLE expertise (
             audience_id TEXT NOT NULL, user_key TEXT NOT NULL, proven INTEGER NOT NULL,
             etag TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (audience_id, user_key))""",
        "CREATE INDEX expertise_by_person ON expertise (user_key)",
        """CREATE TABLE spaces (
             id TEXT NOT NULL PRIMARY KEY, subscription_id TEXT, etag TEXT NOT NULL, document BLOB NOT NULL)""",
        "CREATE INDEX spaces_by_subscription ON spaces (subscription_id, id) WHERE subscription_id IS NOT NULL",
        """CREATE TABLE members (
             user_key TEXT NOT NULL, space_id TEXT NOT NULL REFERENCES spaces (id), guest INTEGER NOT NULL,
             PRIMARY KEY (user_key, space_id)) WITHOUT ROWID""",
        "CREATE INDEX members_by_space ON members (space_id)",
        """CREATE TABLE postings (
             id TEXT NOT NULL PRIMARY KEY, space_id TEXT NOT NULL, thread_id TEXT, snippet_id TEXT,
             unfinished INTEGER NOT NULL, created_at TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL)""",
        "CREATE INDEX postings_by_snippet ON postings (snippet_id, created_at, id) WHERE snippet_id IS NOT NULL",
        "CREATE INDEX postings_by_thread ON postings (space_id, thread_id, created_at, id)",
        "CREATE INDEX postings_unfinished ON postings (created_at, id) WHERE unfinished = 1",
        """CREATE TABLE events (
             id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, document BLOB NOT NULL)""",
        "CREATE INDEX events_by_time ON events (at DESC, id)",
        "CREATE INDEX events_by_kind ON events (kind)",
    ),
    (
        "DROP INDEX spaces_by_subscription",
        "ALTER TABLE spaces DROP COLUMN subscription_id",
        "CREATE TABLE subscriptions (key TEXT NOT NULL PRIMARY KEY, etag TEXT NOT NULL, document BLOB NOT NULL)",
        """CREATE TABLE readings (
             space_id TEXT NOT NULL PRIMARY KEY, due_at TEXT, etag TEXT NOT NULL, document BLOB NOT NULL)""",
        "CREATE INDEX readings_due ON readings (due_at, space_id) WHERE due_at IS NOT NULL",
        "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, etag TEXT NOT NULL, document BLOB NOT NULL)",
        "CREATE TABLE tombstones (hash TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID",
        # Messages are kept from when they were taken in: what a backfill brings in is older than that.
        "ALTER TABLE messages ADD COLUMN kept_from TEXT",
        "UPDATE messages SET kept_from = created_at",
        "DROP INDEX messages_by_age",
        "CREATE INDEX messages_by_age ON messages (kept_from)",
        "CREATE INDEX messages_by_space_and_age ON messages (space_id, kept_from)",
    ),
    (
        """CREATE TABLE labels (
             id TEXT NOT NULL PRIMARY KEY, task TEXT NOT NULL, at TEXT NOT NULL,
             etag TEXT NOT NULL, document BLOB NOT NULL)""",
        "CREATE INDEX labels_by_task ON labels (task, at DESC, id)",
        "CREATE INDEX labels_by_age ON labels (at)",
    ),
    (
        # `changed` is the order of writes, over all snippets: what copies, counts and the search's indexes follow.
        # Search ranks in the process, by words and meanings. Documents say their version since then: a Cairn that does
        # not look at it must not write here.
        "DROP TABLE snippet_words",
        "ALTER TABLE snippets ADD COLUMN embedding BLOB",
        "ALTER TABLE snippets ADD COLUMN embedded_by TEXT",
        "ALTER TABLE snippets ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
        "UPDATE snippets SET changed = number",
        "CREATE INDEX snippets_by_change ON snippets (changed)",
        "CREATE INDEX snippets_of_audience_by_change ON snippets (audience_id, changed)",
        """CREATE TABLE tallies (
             audience_id TEXT NOT NULL, month TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL,
             PRIMARY KEY (audience_id, month))""",
        "CREATE TABLE topics (audience_id TEXT NOT NULL PRIMARY KEY, etag TEXT NOT NULL, document BLOB NOT NULL)",
    ),
)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a file up to date, in one transaction: a crash on the way leaves it as it was.

    Raises what `version_of` raises.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[version_of(connection, name) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection, name: str) -> int:
    """How many migrations the file has seen; 0 for one that is new.

    Raises `Misconfigured` for a file of something else, or one that a newer version of Cairn has written.
    """
    # One statement sees one moment: another process may be making this very file.
    application, version, tables = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id), "
        "(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)"
    ).fetchone()
    if application != APPLICATION_ID and (application, version, tables) != (0, 0, 0):
        raise misconfigured(name, "it holds the data of something else")
    if version > len(MIGRATIONS):
        raise misconfigured(name, "a newer version of Cairn has written it")
    return int(version)
