"""Spaces, and who is in them."""

from collections.abc import Sequence

from shared.adapters.cosmos.containers import PEOPLE, SPACES
from shared.adapters.cosmos.documents import value_of
from shared.adapters.cosmos.ids import document_id
from shared.adapters.cosmos.lists import known_version
from shared.adapters.cosmos.memberships import Memberships, roster_of
from shared.adapters.cosmos.parts import Parts
from shared.adapters.cosmos.queries import ALL_SPACES
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId, SpaceId, TenantId, UserKey
from shared.domain.spaces import Space
from shared.errors import Conflict
from shared.ports import Stored

_SPACE = document_id("space")
"""A space has a partition of its own, so that its document needs no name but this."""


class SpaceParts(Parts):
    """See `shared.ports.Spaces` for what each method promises."""

    tenant_id: TenantId | None

    @property
    def _memberships(self) -> Memberships:
        return Memberships(self.of(PEOPLE), self.of(SPACES))

    async def space(self, space_id: SpaceId) -> Stored[Space] | None:
        return await self.one(Space, SPACES, _SPACE, space_id)

    async def put_space(self, space: Space, *, etag: str | None) -> str:
        known = known_version(etag)
        found = await self.of(SPACES).read(_SPACE, space.id)
        if (found and found["_etag"]) != (known and known.etag):
            raise Conflict("a space was written by somebody else")
        before = value_of(Space, found) if found else None
        version = 1 + (found["version"] if found else 0)
        memberships = self._memberships
        marks = await memberships.announce(space.id, roster_of(before), roster_of(space), version=version)
        try:
            return await self.put(SPACES, _SPACE, "space", space, etag, spaceId=space.id, version=version)
        finally:
            await memberships.settle(marks)

    async def all_spaces(self) -> Sequence[Space]:
        found = [value_of(Space, content) for content in await self.of(SPACES).ask(ALL_SPACES)]
        return sorted(found, key=lambda space: space.id)

    async def audiences_of(self, user: UserKey) -> frozenset[AudienceId]:
        """The spaces whose member list names the person.

        They are of the organisation too when their key is of our tenant and at least one space
        names them as more than a guest.
        """
        found = await self._memberships.of(user)
        spaces = frozenset(audience_of_space(membership.space_id) for membership in found)
        colleague = user.partition("/")[0] == self.tenant_id and any(not membership.guest for membership in found)
        return spaces | {ORGANISATION} if colleague else spaces
