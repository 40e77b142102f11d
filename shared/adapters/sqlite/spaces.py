"""Spaces, and who is in them."""

from collections.abc import Sequence

from shared.adapters.sqlite.table import Tables
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId, SpaceId, TenantId, UserKey
from shared.domain.spaces import Role, Space
from shared.ports import Stored


class SpaceTables(Tables):
    """See `shared.ports.Spaces` for what each method promises."""

    tenant_id: TenantId | None

    async def space(self, space_id: SpaceId) -> Stored[Space] | None:
        return self.one(Space, "SELECT document, etag FROM spaces WHERE id = ?", space_id)

    async def put_space(self, space: Space, *, etag: str | None) -> str:
        with self.transaction():
            written = self.put("spaces", {"id": space.id}, space, etag)
            self._keep_members(space)
        return written

    def _keep_members(self, space: Space) -> None:
        """Membership changes with the document, or not at all; an unknown member list is nobody."""
        self.rows("DELETE FROM members WHERE space_id = ?", space.id)
        for member in space.members or ():
            self.rows(
                "INSERT INTO members (user_key, space_id, guest) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET guest = max(guest, excluded.guest)",
                member.person.key,
                space.id,
                int(member.role is Role.GUEST),
            )

    async def all_spaces(self) -> Sequence[Space]:
        return self.many(Space, "SELECT document FROM spaces ORDER BY id")

    async def audiences_of(self, user: UserKey) -> frozenset[AudienceId]:
        """The spaces whose member list names the person.

        They are of the organisation too when their key is of our tenant and at least one space
        names them as more than a guest.
        """
        found = self.rows("SELECT space_id, guest FROM members WHERE user_key = ?", user)
        spaces = frozenset(audience_of_space(SpaceId(space_id)) for space_id, _ in found)
        colleague = user.partition("/")[0] == self.tenant_id and any(not guest for _, guest in found)
        return spaces | {ORGANISATION} if colleague else spaces
