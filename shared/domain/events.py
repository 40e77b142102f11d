"""Facts for reports: what happened, when and where; appended once, never changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.identity import SpaceId, UserKey, derived_id


class EventKind(StrEnum):
    """What a report may count."""

    ASKED = "asked"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    DRAFTED = "drafted"
    SUGGESTED = "suggested"
    HELPERS_NAMED = "helpers_named"
    HELPER_ASKED = "helper_asked"
    HELPED = "helped"
    NOT_HELPED = "not_helped"
    VERIFIED = "verified"
    EDITED = "edited"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CAPTURE_ON = "capture_on"
    CAPTURE_OFF = "capture_off"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    ERASED = "erased"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `subject` is a thread's, snippet's or posting's id; `detail` a short word, never what was said."""

    id: str
    space_id: SpaceId
    kind: EventKind
    at: datetime
    subject: str = ""
    by: UserKey | None = None
    detail: str = ""


def event(
    kind: EventKind,
    space_id: SpaceId,
    at: datetime,
    *,
    subject: str = "",
    by: UserKey | None = None,
    detail: str = "",
    once: str = "",
) -> Event:
    """An event whose id follows from what happened (and from `once`), so that a repeated step appends nothing."""
    identity = derived_id("event", kind, space_id, subject, by or "", once)
    return Event(id=identity, space_id=space_id, kind=kind, at=at, subject=subject, by=by, detail=detail)
