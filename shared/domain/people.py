"""People: what they allow, how much they can bear, and what they have shown they know."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from shared.domain.identity import AudienceId, Person, SnippetId, SpaceId, ThreadId

CAPACITY_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorCall:
    """One time that somebody was named as a person who may help; `asked_at` once the asker pressed the button."""

    space_id: SpaceId
    thread_id: ThreadId
    named_at: datetime
    asked_at: datetime | None = None


class AskedBy(StrEnum):
    """Who wanted somebody erased."""

    ADMINISTRATOR = "administrator"
    THEMSELVES = "themselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """That somebody is being erased: what a run that was cut off leaves for the next one."""

    names: tuple[str, ...]
    """The names to be taken out of texts, which nothing else may know any more."""
    asked_by: AskedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a person allows, and how often they have been called upon."""

    person: Person
    opted_out: bool = False
    opted_out_at: datetime | None = None
    opted_in_at: datetime | None = None
    """When they last lifted an opt-out; an earlier one that an import brings is no news then."""
    capacity: int = 5
    """How often a week they may be named, at most."""
    snoozed_until: datetime | None = None
    calls: tuple[MentorCall, ...] = ()
    erasing: Erasing | None = None
    """Set while they are being erased; the profile itself goes last."""

    def has_room(self, now: datetime) -> bool:
        """Whether they may be named once more at this moment."""
        if self.opted_out or (self.snoozed_until is not None and now < self.snoozed_until):
            return False
        return self._recent(now) < self.capacity

    def _recent(self, now: datetime) -> int:
        return sum(1 for call in self.calls if now - call.named_at < CAPACITY_WINDOW)

    def named(self, space_id: SpaceId, thread_id: ThreadId, now: datetime) -> Self:
        """The profile after they were named for a thread; naming twice for one thread counts once."""
        if any((call.space_id, call.thread_id) == (space_id, thread_id) for call in self.calls):
            return self
        recent = tuple(call for call in self.calls if now - call.named_at < 4 * CAPACITY_WINDOW)
        call = MentorCall(space_id=space_id, thread_id=thread_id, named_at=now)
        return replace(self, calls=(*recent, call))

    def asked(self, space_id: SpaceId, thread_id: ThreadId, now: datetime) -> Self:
        """The profile after the asker chose to ask them; asking twice for one thread counts once."""
        marked = tuple(
            replace(call, asked_at=call.asked_at or now)
            if (call.space_id, call.thread_id) == (space_id, thread_id)
            else call
            for call in self.calls
        )
        return replace(self, calls=marked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One exchange in which somebody showed that they know something."""

    snippet_id: SnippetId
    question: str
    """Redacted, as the snippet has it."""
    topics: tuple[str, ...]
    at: datetime
    web_url: str
    weight: float = 1.0
    """1 for an answer, more for one that helped or was verified."""
    helped: bool = False
    """Whether somebody said that it helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expertise:
    """What one person has shown within one audience; never shown outside it."""

    audience_id: AudienceId
    person: Person
    evidence: tuple[Evidence, ...] = ()

    def with_evidence(self, evidence: Evidence) -> Self:
        """With what one exchange shows, instead of what it showed before."""
        others = tuple(e for e in self.evidence if e.snippet_id != evidence.snippet_id)
        return replace(self, evidence=tuple(sorted((*others, evidence), key=lambda e: (e.at, e.snippet_id))))

    def without_evidence(self, snippet_id: SnippetId) -> Self:
        """Without what one exchange showed: it was withdrawn, rejected, or judged again."""
        return replace(self, evidence=tuple(e for e in self.evidence if e.snippet_id != snippet_id))


HALF_LIFE = timedelta(days=180)


def remaining(evidence: Evidence, now: datetime) -> float:
    """The weight that evidence still has: half of it after each half-life."""
    age = max(timedelta(0), now - evidence.at)
    return float(evidence.weight * 0.5 ** (age / HALF_LIFE))
