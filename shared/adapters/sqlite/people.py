"""What people allow, and what they have shown they know."""

from collections.abc import Sequence

from shared.adapters.sqlite.table import Tables
from shared.domain.identity import AudienceId, UserKey
from shared.domain.people import Expertise, Profile
from shared.ports import Stored


class PeopleTables(Tables):
    """See `shared.ports.People` for what each method promises."""

    async def profile(self, user: UserKey) -> Stored[Profile] | None:
        return self.one(Profile, "SELECT document, etag FROM profiles WHERE user_key = ?", user)

    async def put_profile(self, profile: Profile, *, etag: str | None) -> str:
        return self.put("profiles", {"user_key": profile.person.key}, profile, etag)

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
