"""That a snippet may be seen by more than its home's audience: to whom, by whose decision, with whose consent."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.identity import AudienceId, Person, UserKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A curator's decision; one that has ended stays, so that the copy that it made is emptied and stays so."""

    audience_id: AudienceId
    by: Person
    at: datetime
    ended_at: datetime | None = None
    ended_by: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Somebody's consent that what they said in a chat, or a private or shared channel, is shown to an audience."""

    audience_id: AudienceId
    by: UserKey
    at: datetime
