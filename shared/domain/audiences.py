"""Who may see what: an audience is named by what decides its membership."""

from shared.domain.identity import AudienceId, SpaceId, TenantId, UserKey
from shared.domain.spaces import Role, Space

ORGANISATION = AudienceId("organisation")
"""Every member (not guest) of the tenant."""


def audience_of_space(space_id: SpaceId) -> AudienceId:
    """The members of one space."""
    return AudienceId(f"space:{space_id}")


def space_of_audience(audience_id: AudienceId) -> SpaceId | None:
    """The space whose members are the audience; None for a wider audience."""
    kind, _, rest = audience_id.partition(":")
    return SpaceId(rest) if kind == "space" else None


def all_may_see(readers: Space, audience: Space | None, audience_id: AudienceId, *, tenant_id: TenantId) -> bool:
    """Whether every member of `readers` belongs to the audience.

    `audience` is the space that the audience names, or None when there is none or it is unknown.
    An unknown member list on either side means no. Guests and people of other tenants are not in the
    organisation's audience, and a guest of the readers must be a member of the audience's space by name. Who was
    erased reads along in Teams and is in no audience.
    """
    if readers.members is None or readers.unnamed:
        return False
    if audience_id == ORGANISATION:
        return all(m.role is not Role.GUEST and m.person.tenant_id == tenant_id for m in readers.members)
    if audience is None or audience.members is None or audience_of_space(audience.id) != audience_id:
        return False
    return _keys(readers) <= _keys(audience)


def _keys(space: Space) -> set[UserKey]:
    return {member.person.key for member in space.members or ()}
