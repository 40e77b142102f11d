"""What people allow, what they have shown they know, and who was erased."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.cosmos.containers import EXPERTISE, PEOPLE
from shared.adapters.cosmos.documents import Json, value_of
from shared.adapters.cosmos.ids import document_id
from shared.adapters.cosmos.parts import Parts, each
from shared.adapters.cosmos.queries import BEING_ERASED, EXPERTISE_OF, EXPERTS, TOMBSTONES
from shared.adapters.sqlite.documents import stamp
from shared.domain.identity import AudienceId, UserKey
from shared.domain.people import Expertise, Profile
from shared.ports import Stored

_PROFILE = "profile"
_TOMBSTONES = "@tombstones"
"""The partition of tombstones: no key of a person looks like it."""


class PeopleParts(Parts):
    """See `shared.ports.People` for what each method promises."""

    async def profile(self, user: UserKey) -> Stored[Profile] | None:
        return await self.one(Profile, PEOPLE, _PROFILE, user)

    async def put_profile(self, profile: Profile, *, etag: str | None) -> str:
        columns = {"userKey": profile.person.key, "erasing": profile.erasing is not None}
        return await self.put(PEOPLE, _PROFILE, "profile", profile, etag, **columns)

    async def drop_profile(self, user: UserKey) -> bool:
        return await self.of(PEOPLE).remove(_PROFILE, user)

    async def opted_out(self, users: frozenset[UserKey]) -> frozenset[UserKey]:
        found = await each(self.profile, sorted(users))
        return frozenset(stored.value.person.key for stored in found if stored and stored.value.opted_out)

    async def profiles_being_erased(self) -> Sequence[Profile]:
        return [value_of(Profile, content) for content in await self.of(PEOPLE).ask(BEING_ERASED)]

    async def expertise(self, audience_id: AudienceId, user: UserKey) -> Stored[Expertise] | None:
        return await self.one(Expertise, EXPERTISE, document_id("expertise", user), audience_id)

    async def put_expertise(self, expertise: Expertise, *, etag: str | None) -> str:
        return await self.put(
            EXPERTISE,
            document_id("expertise", expertise.person.key),
            "expertise",
            expertise,
            etag,
            audienceId=expertise.audience_id,
            userKey=expertise.person.key,
            proven=bool(expertise.evidence),
        )

    async def experts(self, audience_id: AudienceId) -> Sequence[Expertise]:
        return [value_of(Expertise, content) for content in await self.of(EXPERTISE).ask(EXPERTS, key=audience_id)]

    async def drop_expertise(self, user: UserKey) -> None:
        async def drop(found: Json) -> None:
            await self.of(EXPERTISE).remove(found["id"], found["audienceId"])

        await each(drop, await self.of(EXPERTISE).ask(EXPERTISE_OF, {"user": user}))

    async def expertise_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Expertise]]:
        return await self.naming(Expertise, EXPERTISE, "expertise", texts)

    async def tombstone(self, hashed: str) -> datetime | None:
        found = await self.of(PEOPLE).read(document_id("tombstone", hashed), _TOMBSTONES)
        return None if found is None else datetime.fromisoformat(found["at"])

    async def tombstones(self, hashes: frozenset[str]) -> frozenset[str]:
        if not hashes:
            return frozenset()
        ids = {document_id("tombstone", hashed): hashed for hashed in sorted(hashes)}
        found = await self.of(PEOPLE).ask(TOMBSTONES, {"ids": list(ids)}, key=_TOMBSTONES)
        return frozenset(ids[content["id"]] for content in found)

    async def put_tombstone(self, hashed: str, at: datetime) -> None:
        content = {"id": document_id("tombstone", hashed), "userKey": _TOMBSTONES, "type": "tombstone"}
        await self.of(PEOPLE).create({**content, "at": stamp(at)})

    async def drop_tombstone(self, hashed: str) -> None:
        await self.of(PEOPLE).remove(document_id("tombstone", hashed), _TOMBSTONES)
