"""What moves from one store to another: its kinds, how each thing is known again, and which of two versions stays."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from shared.domain.erasure import Tombstone
from shared.domain.events import Event
from shared.domain.exchanges import Thread
from shared.domain.identity import AudienceId, UserKey
from shared.domain.labels import Label
from shared.domain.messages import Change, Message, succeed
from shared.domain.people import Evidence, Expertise, Profile
from shared.domain.postings import Posting
from shared.domain.snippets import Approach, Snippet
from shared.domain.spaces import Space
from shared.domain.tenant import TenantState
from shared.domain.topics import KeptTopics


class Kind(StrEnum):
    """What is moved, in the order in which it is: first who may not be brought back, then what others rest on.

    Subscriptions and how far spaces were read stay behind: they belong to a deployment, and the new one makes its own.
    """

    TENANT = "tenant"
    TOMBSTONE = "tombstone"
    PROFILE = "profile"
    SPACE = "space"
    TOPICS = "topics"
    MESSAGE = "message"
    THREAD = "thread"
    SNIPPET = "snippet"
    EXPERTISE = "expertise"
    POSTING = "posting"
    LABEL = "label"
    EVENT = "event"


TYPES: Mapping[Kind, type] = MappingProxyType(
    {
        Kind.TENANT: TenantState,
        Kind.TOMBSTONE: Tombstone,
        Kind.PROFILE: Profile,
        Kind.SPACE: Space,
        Kind.TOPICS: KeptTopics,
        Kind.MESSAGE: Message,
        Kind.THREAD: Thread,
        Kind.SNIPPET: Snippet,
        Kind.EXPERTISE: Expertise,
        Kind.POSTING: Posting,
        Kind.LABEL: Label,
        Kind.EVENT: Event,
    }
)
TALK = frozenset({Kind.MESSAGE, Kind.THREAD})
"""What an export may leave out: it is kept for some weeks only."""
OF_AN_AUDIENCE = (Kind.SPACE, Kind.MESSAGE, Kind.THREAD, Kind.SNIPPET, Kind.EXPERTISE)
"""What the members of an audience see."""

type Key = tuple[str, ...]

_KEYS: Mapping[Kind, Callable[[Any], Key]] = MappingProxyType(
    {
        Kind.TENANT: lambda _: ("tenant",),
        Kind.TOMBSTONE: lambda tombstone: (tombstone.hashed,),
        Kind.PROFILE: lambda profile: (profile.person.key,),
        Kind.SPACE: lambda space: (space.id,),
        Kind.TOPICS: lambda kept: (kept.audience_id,),
        Kind.MESSAGE: lambda message: (message.space_id, message.id),
        Kind.THREAD: lambda thread: (thread.space_id, thread.id),
        Kind.SNIPPET: lambda snippet: (snippet.audience_id, snippet.id),
        Kind.EXPERTISE: lambda expertise: (expertise.audience_id, expertise.person.key),
        Kind.POSTING: lambda posting: (posting.id,),
        Kind.LABEL: lambda label: (label.id,),
        Kind.EVENT: lambda event: (event.id,),
    }
)


def key_of(kind: Kind, value: object) -> Key:
    """What a thing is known again by among those of its kind."""
    return _KEYS[kind](value)


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing on its way."""

    kind: Kind
    value: object

    @property
    def key(self) -> Key:
        """See `key_of`."""
        return key_of(self.kind, self.value)


def settings_that_move(state: TenantState) -> TenantState:
    """What of the tenant's notes is true for any deployment: the salts and the thresholds."""
    return TenantState(salt=state.salt, other_salts=state.other_salts, tuning=state.tuning)


def as_seen_by(audience_id: AudienceId, value: object) -> object:
    """A thing as the members of its audience may see it.

    Of a snippet the approaches that may be shown, without who said that it helped; nothing of it is changed else.
    """
    if not isinstance(value, Snippet) or value.audience_id != audience_id:
        return value
    shown = {approach.id for approach in value.visible_approaches}
    return replace(
        value, approaches=tuple(_without_voices(approach) for approach in value.approaches if approach.id in shown)
    )


def _without_voices(approach: Approach) -> Approach:
    nobody = UserKey("")
    return replace(
        approach,
        helped=(nobody,) * len(approach.helped),
        not_helped=(nobody,) * len(approach.not_helped),
        claim=None,
    )


def newest_message(known: Message | None, arrived: Message) -> Message:
    """The later version, as `succeed` decides; it comes whole, with its place in a thread."""
    return arrived if known is None or succeed(known, arrived)[1] is not Change.NOTHING else known


def newest_snippet(known: Snippet | None, arrived: Snippet) -> Snippet:
    """The one that was changed last."""
    return arrived if known is None or arrived.updated_at > known.updated_at else known


def what_is_there[T](known: T | None, arrived: T) -> T:
    """What is there stays: of a card, because Teams has moved on; of a thread, because its state has no date."""
    return arrived if known is None else known


def joined_expertise(known: Expertise | None, arrived: Expertise) -> Expertise:
    """What both show; of one exchange the later evidence, and of two as old the weightier."""
    if known is None:
        return arrived
    found = {evidence.snippet_id: evidence for evidence in known.evidence}
    for evidence in arrived.evidence:
        other = found.get(evidence.snippet_id)
        if other is None or _strength(evidence) > _strength(other):
            found[evidence.snippet_id] = evidence
    return replace(known, evidence=tuple(sorted(found.values(), key=lambda e: (e.at, e.snippet_id))))


def _strength(evidence: Evidence) -> tuple[Any, ...]:
    return (evidence.at, evidence.weight, evidence.helped)


def joined_settings(known: TenantState | None, arrived: TenantState) -> TenantState:
    """This store's notes with the salts of the other one, and its thresholds where they were fitted later."""
    if known is None or not known.salts:
        base = replace(known or TenantState(), salt=arrived.salt, other_salts=arrived.other_salts)
    else:
        more = tuple(salt for salt in arrived.salts if salt not in known.salts)
        base = replace(known, other_salts=(*known.other_salts, *more))
    mine, theirs = base.tuning.fitted_at, arrived.tuning.fitted_at
    return replace(base, tuning=arrived.tuning) if theirs and (mine is None or theirs > mine) else base


def people_in(value: object) -> Iterator[UserKey]:
    """Every key of a person that stands in a thing, some more than once."""
    if isinstance(value, str):
        if _is_key(value):
            yield UserKey(value)
    elif isinstance(value, tuple):
        for part in value:
            yield from people_in(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from people_in(getattr(value, field.name))


_GUID = 36


def _is_key(text: str) -> bool:
    """Whether a text is made as `user_key` makes them: two GUIDs and a slash."""
    tenant, slash, object_id = text.partition("/")
    return bool(slash) and len(tenant) == len(object_id) == _GUID and text.count("-") == 8
