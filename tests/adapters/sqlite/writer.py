"""A process that writes until it is killed, and says on its output what the store has acknowledged.

`python -m tests.adapters.sqlite.writer FILE` prints one line of JSON for each round of writes.
"""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from shared.adapters.sqlite.store import SqliteStore
from tests.builders import TENANT, a_message, a_person, a_snippet, a_space, at


async def write_for_ever(path: Path) -> None:
    """Rewrite one space and one snippet, and add one message, round after round; the content says the round."""
    store = SqliteStore(path, tenant_id=TENANT)
    space_etag = snippet_etag = None
    for number in range(1_000_000):
        members = [a_person(f"Person {number}"), a_person(f"Somebody {number}")]
        space_etag = await store.put_space(a_space(members=members), etag=space_etag)
        words = f"round{number} " * (1 + number % 400)
        snippet = replace(a_snippet(question=words), updated_at=at(number))
        snippet_etag = await store.put_snippet(snippet, etag=snippet_etag)
        message_etag = await store.put_message(a_message(number, text=words), etag=None)
        done = {"round": number, "space": space_etag, "snippet": snippet_etag, "message": message_etag}
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1])))
