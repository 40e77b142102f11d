"""What people allow, what they have shown they know, and who was erased."""

import json
from collections.abc import Sequence
from datetime import datetime

from shared.adapters.sqlite.documents import stamp
from shared.adapters.sqlite.erasing import forget
from shared.adapters.sqlite.scanning import Scans
from shared.domain.identity import AudienceId, UserKey
from shared.domain.people import Expertise, Profile
from shared.ports import Stored


class PeopleTables(Scans):
    """See `shared.ports.People` for what each method promises."""

    async def profile(self, user: UserKey) -> Stored[Profile] | None:
        return self.one(Profile, "SELECT document, etag FROM profiles WHERE user_key = ?", user)

    async def put_profile(self, profile: Profile, *, etag: str | None) -> str:
        return self.put("profiles", {"user_key": profile.person.key}, profile, etag)

    async def drop_profile(self, user: UserKey) -> bool:
        gone = self.rows("DELETE FROM profiles WHERE user_key = ? RETURNING 1", user)
        with self.failures:
            forget(self.connection)
        return bool(gone)

    async def opted_out(self, users: frozenset[UserKey]) -> frozenset[UserKey]:
        query = "SELECT document FROM profiles WHERE user_key IN (SELECT value FROM json_each(?))"
        found = self.many(Profile, query, json.dumps(sorted(users)))
        return frozenset(profile.person.key for profile in found if profile.opted_out)

    async def profiles_being_erased(self) -> Sequence[Profile]:
        found = await self.naming(Profile, "profiles", ("asked_by",))
        return [stored.value for stored in found if stored.value.erasing is not None]

    async def expertise(self, audience_id: AudienceId, user: UserKey) -> Stored[Expertise] | None:
        query = "SELECT document, etag FROM expertise WHERE audience_id = ? AND user_key = ?"
        return self.one(Expertise, query, audience_id, user)

    async def put_expertise(self, expertise: Expertise, *, etag: str | None) -> str:
        key = {"audience_id": expertise.audience_id, "user_key": expertise.person.key}
        return self.put("expertise", key, expertise, etag, proven=int(bool(expertise.evidence)))

    async def experts(self, audience_id: AudienceId) -> Sequence[Expertise]:
        query = "SELECT document FROM expertise WHERE audience_id = ? AND proven = 1 ORDER BY user_key"
        return self.many(Expertise, query, audience_id)

    async def drop_expertise(self, user: UserKey) -> None:
        self.rows("DELETE FROM expertise WHERE user_key = ?", user)

    async def expertise_naming(self, texts: tuple[str, ...]) -> Sequence[Stored[Expertise]]:
        return await self.naming(Expertise, "expertise", texts)

    async def tombstone(self, hashed: str) -> datetime | None:
        found = self.rows("SELECT at FROM tombstones WHERE hash = ?", hashed)
        return datetime.fromisoformat(found[0][0]) if found else None

    async def tombstones(self, hashes: frozenset[str]) -> frozenset[str]:
        query = "SELECT hash FROM tombstones WHERE hash IN (SELECT value FROM json_each(?))"
        return frozenset(hashed for (hashed,) in self.rows(query, json.dumps(sorted(hashes))))

    async def put_tombstone(self, hashed: str, at: datetime) -> None:
        self.rows("INSERT INTO tombstones (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING", hashed, stamp(at))

    async def drop_tombstone(self, hashed: str) -> None:
        self.rows("DELETE FROM tombstones WHERE hash = ?", hashed)
