"""Who is in which spaces, by person: small documents in each person's partition, true at every moment.

A space's member list stands in the space's document; asking it for every space would cost a person's search dearly.
So each person has a document for each of their spaces. Both can't change in one transaction, and leaving a space
must end access with the very write of the list. Therefore a change marks the documents of the people concerned as
pending, then writes the space, then says in each how it came out. Whoever meets a pending one asks the space's own
document, which is the truth throughout; should the writer have died, they also finish its work.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.adapters.cosmos.collection import Collection
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id
from shared.adapters.cosmos.parts import each
from shared.adapters.cosmos.queries import MEMBERSHIPS
from shared.domain.identity import SpaceId, UserKey
from shared.domain.spaces import Role, Space
from shared.errors import CairnError

_GIVEN_UP = 600.0
"""Seconds after which a writer that has not come to its end is no longer at work."""

type Roster = Mapping[UserKey, bool]
"""Everybody in a space, and whether they are a guest there."""


@dataclass(frozen=True, slots=True)
class Membership:
    """That a person is in a space."""

    space_id: SpaceId
    guest: bool


def roster_of(space: Space | None) -> Roster:
    """Everybody in a space; nobody when the list is unknown. Who is listed twice is a guest if one entry says so."""
    roster: dict[UserKey, bool] = {}
    for member in (space.members or ()) if space else ():
        roster[member.person.key] = roster.get(member.person.key, False) or member.role is Role.GUEST
    return roster


class Memberships:
    """The documents in `people`, kept in step with those in `spaces`."""

    def __init__(self, people: Collection, spaces: Collection) -> None:
        self._people = people
        self._spaces = spaces

    async def announce(self, space_id: SpaceId, before: Roster, after: Roster, *, version: int) -> list[Json]:
        """Mark everybody whose membership changes, before the space is written as that version."""
        changed = sorted(user for user in {*before, *after} if before.get(user) != after.get(user))

        async def mark(user: UserKey) -> Json:
            content = {"id": document_id("member", space_id), "userKey": user, "type": "membership"}
            return await self._people.put_anyhow({**content, "spaceId": space_id, "pending": version})

        return await each(mark, changed)

    async def settle(self, marks: list[Json]) -> None:
        """Say how it came out. What can't be said now is found out by whoever meets it."""
        truths: dict[SpaceId, tuple[int, Roster]] = {}

        async def finish(mark: Json) -> None:
            version, roster = truths[mark["spaceId"]]
            await self._finish(mark, version, roster)

        try:
            for space_id in {mark["spaceId"] for mark in marks}:
                truths[space_id] = await self._truth(space_id)
            await each(finish, marks)
        except CairnError:
            return

    async def of(self, user: UserKey) -> list[Membership]:
        """Every space that names a person at this moment."""
        found = await self._people.ask(MEMBERSHIPS, key=user)
        memberships = await each(self._checked, found)
        return [membership for membership in memberships if membership is not None]

    async def _checked(self, found: Json) -> Membership | None:
        space_id = SpaceId(found["spaceId"])
        if "pending" not in found:
            return Membership(space_id, bool(found["guest"]))
        version, roster = await self._truth(space_id)
        await self._finish(found, version, roster)
        user = UserKey(found["userKey"])
        return Membership(space_id, roster[user]) if user in roster else None

    async def _truth(self, space_id: SpaceId) -> tuple[int, Roster]:
        found: Any = await self._spaces.read(document_id("space"), space_id)
        return (0, {}) if found is None else (found["version"], roster_of(value_of(Space, found)))

    async def _finish(self, mark: Json, version: int, roster: Roster) -> None:
        """Make a mark say what the space says, if the change that it announced is over and nothing followed it."""
        over = version >= mark["pending"] or time.time() - mark.get("_ts", time.time()) > _GIVEN_UP
        if not over:
            return
        user = UserKey(mark["userKey"])
        if user not in roster:
            await self._people.remove(mark["id"], user, etag=mark["_etag"])
            return
        kept = {name: mark[name] for name in ("id", "userKey", "type", "spaceId")}
        await self._people.replace({**kept, "guest": roster[user]}, mark["_etag"])
