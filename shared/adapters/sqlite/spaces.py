"""Spaces, and who is in them."""

import sqlite3
from collections.abc import Sequence

from shared.adapters.sqlite.documents import encoded
from shared.adapters.sqlite.table import Tables
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId, SpaceId, UserKey
from shared.domain.spaces import Role, Space
from shared.ports import Stored


class SpaceTables(Tables):
    """See `shared.ports.Spaces` for what each method promises."""

    async def space(self, space_id: SpaceId) -> Stored[Space] | None:
        return self.one(Space, "SELECT document, etag FROM spaces WHERE id = ?", space_id)

    async def put_space(self, space: Space, *, etag: str | None) -> str:
        rest = {
            "subscription_id": space.subscription.id if space.subscription else None,
            "document": encoded(space),
        }
        with self.transaction() as connection:
            written = self.swap(connection, "spaces", {"id": space.id}, rest, etag)
            _keep_members(connection, space)
            return written

    async def all_spaces(self) -> Sequence[Space]:
        return self.many(Space, "SELECT document FROM spaces ORDER BY id")

    async def by_subscription(self, subscription_id: str) -> Space | None:
        found = self.many(Space, "SELECT document FROM spaces WHERE subscription_id = ?", subscription_id)
        return found[0] if found else None

    async def audiences_of(self, user: UserKey) -> frozenset[AudienceId]:
        rows = self.connection.execute("SELECT space_id, guest FROM members WHERE user_key = ?", (user,)).fetchall()
        audiences = {audience_of_space(SpaceId(space_id)) for space_id, _ in rows}
        belongs = any(not guest for _, guest in rows)
        return frozenset(audiences | {ORGANISATION} if belongs else audiences)


def _keep_members(connection: sqlite3.Connection, space: Space) -> None:
    connection.execute("DELETE FROM members WHERE space_id = ?", (space.id,))
    connection.executemany(
        "INSERT OR IGNORE INTO members (user_key, space_id, guest) VALUES (?, ?, ?)",
        [(m.person.key, space.id, int(m.role is Role.GUEST)) for m in space.members or ()],
    )
