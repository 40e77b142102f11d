"""The file's tables, as numbered migrations: each runs once, in its own transaction, and is never changed later."""

import sqlite3

from shared.errors import Misconfigured

MIGRATIONS = (
    """
    CREATE TABLE messages (
      space_id TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, author TEXT, kind TEXT NOT NULL,
      created_at TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL,
      PRIMARY KEY (space_id, id)
    ) WITHOUT ROWID;
    CREATE INDEX messages_by_time ON messages (space_id, created_at, id);
    CREATE INDEX messages_by_thread ON messages (space_id, thread_id, created_at, id);
    CREATE INDEX messages_by_author ON messages (author);
    CREATE INDEX messages_by_age ON messages (created_at);

    CREATE TABLE threads (
      space_id TEXT NOT NULL, id TEXT NOT NULL, due_at TEXT, state TEXT NOT NULL,
      etag TEXT NOT NULL, document BLOB NOT NULL,
      PRIMARY KEY (space_id, id)
    ) WITHOUT ROWID;
    CREATE INDEX threads_due ON threads (due_at) WHERE due_at IS NOT NULL;

    CREATE TABLE snippets (
      number INTEGER PRIMARY KEY, audience_id TEXT NOT NULL, id TEXT NOT NULL, usable INTEGER NOT NULL,
      updated_at TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL,
      UNIQUE (audience_id, id)
    );
    CREATE INDEX snippets_usable ON snippets (audience_id, updated_at DESC, id) WHERE usable = 1;
    CREATE VIRTUAL TABLE snippet_words USING fts5 (
      question, approaches, topics, tokenize = 'porter unicode61'
    );

    CREATE TABLE profiles (user_key TEXT PRIMARY KEY, etag TEXT NOT NULL, document BLOB NOT NULL) WITHOUT ROWID;

    CREATE TABLE expertise (
      audience_id TEXT NOT NULL, user_key TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL,
      PRIMARY KEY (audience_id, user_key)
    ) WITHOUT ROWID;
    CREATE INDEX expertise_by_person ON expertise (user_key);

    CREATE TABLE spaces (
      id TEXT PRIMARY KEY, subscription_id TEXT, etag TEXT NOT NULL, document BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX spaces_by_subscription ON spaces (subscription_id) WHERE subscription_id IS NOT NULL;
    CREATE TABLE members (
      user_key TEXT NOT NULL, space_id TEXT NOT NULL, guest INTEGER NOT NULL, PRIMARY KEY (user_key, space_id)
    ) WITHOUT ROWID;
    CREATE INDEX members_by_space ON members (space_id);

    CREATE TABLE postings (
      id TEXT PRIMARY KEY, space_id TEXT NOT NULL, thread_id TEXT, snippet_id TEXT, unfinished INTEGER NOT NULL,
      created_at TEXT NOT NULL, etag TEXT NOT NULL, document BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX postings_by_snippet ON postings (snippet_id, created_at) WHERE snippet_id IS NOT NULL;
    CREATE INDEX postings_by_thread ON postings (space_id, thread_id, created_at);
    CREATE INDEX postings_unfinished ON postings (created_at) WHERE unfinished = 1;

    CREATE TABLE events (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, document BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX events_by_time ON events (at DESC, id);
    CREATE INDEX events_by_kind ON events (kind);
    """,
)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a file up to date. Raises `Misconfigured` for one that a newer version has written."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise Misconfigured(f"CAIRN_STORE_PATH: {name} was written by a newer version of Cairn")
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;")
    if sqlite3.sqlite_version_info >= (3, 42):
        # Words of a withdrawn snippet leave the full-text index at once, not with its next merge.
        connection.execute("INSERT INTO snippet_words (snippet_words, rank) VALUES ('secure-delete', 1)")
