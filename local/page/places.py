"""The people of the simulated Teams, and the places where they talk."""

from collections.abc import Iterable

from local.page.views import Person, Place
from local.tenant.model import Message, MessageKind, Space, SpaceKind
from local.tenant.tenant import Tenant

CHATS, WITH_CAIRN = "Chats", "Chats with Cairn"
_PRIVACY = {SpaceKind.PRIVATE: "Private", SpaceKind.SHARED: "Shared", SpaceKind.PERSONAL: "Private"}


def people(tenant: Tenant) -> tuple[Person, ...]:
    """Everybody, by department and name."""
    found = sorted(tenant.people(), key=lambda person: (person.department or "", person.name))
    return tuple(Person(key=p.id, name=p.name, department=p.department or "", title=p.job_title or "") for p in found)


def places(tenant: Tenant, viewer: str) -> tuple[Place, ...]:
    """Every place, by team; then group chats; then each person's own chat with Cairn, the viewer's first.

    Places that the viewer is not in are named, so that a visitor can go there as somebody who is; what was
    said in them is not told. For a viewer who is nobody, all places are of that kind.
    """
    shared = [_place(tenant, space, viewer) for space in tenant.spaces() if not _unused(tenant, space)]
    shared.sort(key=lambda place: (place.group == CHATS, place.group, place.name))
    return (*shared, *_own_chats(tenant, viewer))


def _own_chats(tenant: Tenant, viewer: str) -> Iterable[Place]:
    own = tenant.conversation_with(viewer) if tenant.core.state.people.get(viewer) else None
    if own is not None:
        yield _place(tenant, own, viewer)
    others = (s for s in tenant.core.state.spaces if s.kind is SpaceKind.PERSONAL and s != own)
    for space in sorted(others, key=lambda space: space.name):
        if tenant.messages(space.id):
            yield _place(tenant, space, viewer)


def _place(tenant: Tenant, space: Space, viewer: str) -> Place:
    members = tuple(tenant.members(space.id))
    seen = tenant.messages(space.id, viewer=viewer) if viewer in members else []
    return Place(
        key=space.id,
        name=name_of(space, viewer),
        group=_group(tenant, space),
        kind=space.kind.value,
        privacy=privacy_of(space),
        members=members,
        cards=sum(1 for message in seen if message.card and not message.deleted),
    )


def _group(tenant: Tenant, space: Space) -> str:
    if space.kind is SpaceKind.PERSONAL:
        return WITH_CAIRN
    team = tenant.core.state.teams.get(space.team_id) if space.team_id else None
    return team.name if team else CHATS


def name_of(space: Space, viewer: str) -> str:
    """What the viewer calls a place: their own chat with Cairn is just that."""
    own = space.kind is SpaceKind.PERSONAL and any(member.user_id == viewer for member in space.members)
    return "Cairn" if own else space.name


def privacy_of(space: Space) -> str:
    """A word for a place that not everybody of its team is in; else empty."""
    return _PRIVACY.get(space.kind, "")


def _unused(tenant: Tenant, space: Space) -> bool:
    """Whether it is a General channel in which nobody has spoken."""
    return space.name == "General" and not any(_spoken(message) for message in tenant.messages(space.id))


def _spoken(message: Message) -> bool:
    return message.kind is not MessageKind.SYSTEM
