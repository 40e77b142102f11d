"""Domain values for tests: each builder gives something believable, and takes what the test is about.

Whatever is not asked for is always the same, so that two calls with the same arguments are equal.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.audiences import audience_of_space
from shared.domain.embeddings import NUMBERS, Embedding, hash_of
from shared.domain.events import Event, EventKind
from shared.domain.exchanges import ExchangeState, Thread
from shared.domain.identity import (
    ApproachId,
    AudienceId,
    MessageId,
    Person,
    PostingId,
    SnippetId,
    SpaceId,
    TenantId,
    ThreadId,
    derived_id,
    user_key,
)
from shared.domain.labels import Claim, Feedback, Label, Task, label_id_of
from shared.domain.messages import Message, MessageKind
from shared.domain.people import Evidence, Expertise, Profile
from shared.domain.postings import Posting, PostingKind, PostingState
from shared.domain.snippets import Approach, Snippet, Source, Trust
from shared.domain.spaces import Member, Role, Space, SpaceKind
from shared.domain.topics import KeptTopics, Topic, TopicChange, TopicVerb

TENANT = TenantId("0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64")
OTHER_TENANT = TenantId("9b0a4c1f-2f0f-4c53-8d0e-2f6f1f0c7d11")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HELP = SpaceId("19:help@thread.tacv2")


def at(minutes: float) -> datetime:
    """A moment so many minutes after the start of the test's time."""
    return START + timedelta(minutes=minutes)


def a_person(name: str = "Ann Lee", *, tenant: str = TENANT) -> Person:
    """Somebody, always the same for the same name and tenant."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    object_id = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    return Person(key=user_key(tenant, object_id), name=name)


def a_message(
    number: int = 1,
    *,
    space_id: SpaceId = HELP,
    author: Person | None = None,
    text: str = "The scanner at dock four shows E-17. What now?",
    created_at: datetime | None = None,
    thread_id: str | None = None,
) -> Message:
    """The message of that number in a space, said that many minutes after the start unless told otherwise."""
    said_at = created_at or at(number)
    return Message(
        space_id=space_id,
        id=MessageId(f"{1_772_000_000_000 + number}"),
        kind=MessageKind.PERSON,
        author=author or a_person(),
        created_at=said_at,
        modified_at=said_at,
        text=text,
        body_hash=hashlib.sha256(text.encode()).hexdigest(),
        web_url=f"https://teams.microsoft.com/l/message/{space_id}/{number}",
        thread_id=ThreadId(thread_id) if thread_id else None,
    )


def a_thread(
    thread_id: str = "1772000000001",
    *,
    space_id: SpaceId = HELP,
    state: ExchangeState = ExchangeState.OPEN,
    due_at: datetime | None = None,
) -> Thread:
    """A thread's state; nothing is pending unless told."""
    return Thread(space_id=space_id, id=ThreadId(thread_id), state=state, due_at=due_at, asker=a_person())


def a_space(
    name: str = "Help",
    *,
    members: Sequence[Person | Member] | None = (),
    kind: SpaceKind = SpaceKind.STANDARD,
) -> Space:
    """A captured space; people given without a role are plain members, None means that nobody knows who is there."""
    suffix = "@thread.v2" if kind is SpaceKind.CHAT else "@thread.tacv2"
    known = None if members is None else tuple(m if isinstance(m, Member) else Member(person=m) for m in members)
    return Space(
        id=SpaceId(f"19:{name.lower()}{suffix}"),
        kind=kind,
        name=name,
        team_name="" if kind is SpaceKind.CHAT else "Operations",
        capture=True,
        members=known,
        members_as_of=START,
        service_url="https://smba.trafficmanager.net/emea/",
    )


def a_guest(person: Person) -> Member:
    """Somebody who is in a space as a guest of the tenant."""
    return Member(person=person, role=Role.GUEST)


def a_snippet(
    name: str = "scanner",
    *,
    audience_id: AudienceId | None = None,
    space_id: SpaceId = HELP,
    question: str = "What does E-17 on the dock scanner mean?",
    approaches: Sequence[str] = ("Hold the trigger for ten seconds, then scan the reset code.",),
    topics: Sequence[str] = ("scanner",),
    trust: Trust = Trust.PROPOSED,
    merged_into: str | None = None,
    updated_at: datetime = START,
) -> Snippet:
    """A snippet called `name`, in the audience of its space unless told otherwise."""
    return Snippet(
        id=SnippetId(derived_id("snippet", name)),
        audience_id=audience_id or audience_of_space(space_id),
        space_id=space_id,
        thread_id=ThreadId("1772000000001"),
        question=question,
        asker=a_person(),
        asked_at=START,
        approaches=tuple(an_approach(text, space_id=space_id) for text in approaches),
        topics=tuple(topics),
        trust=trust,
        merged_into=SnippetId(merged_into) if merged_into else None,
        created_at=START,
        updated_at=updated_at,
    )


def an_approach(text: str, *, space_id: SpaceId = HELP, withdrawn: str = "", struck: str = "") -> Approach:
    """One way to answer, as Bob Ray said it."""
    source = Source(
        space_id=space_id,
        thread_id=ThreadId("1772000000001"),
        message_id=MessageId("1772000000002"),
        author=a_person("Bob Ray"),
        said_at=at(1),
        web_url="https://teams.microsoft.com/l/message/help/2",
        body_hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    identity = ApproachId(derived_id("approach", text))
    return Approach(id=identity, text=text, sources=(source,), withdrawn=withdrawn, struck=struck)


def a_posting(
    name: str = "card",
    *,
    space_id: SpaceId = HELP,
    thread_id: str | None = None,
    snippet: Snippet | None = None,
    state: PostingState = PostingState.WANTED,
    created_at: datetime = START,
) -> Posting:
    """A card called `name` about an earlier answer."""
    return Posting(
        id=PostingId(derived_id("posting", name)),
        kind=PostingKind.ANSWERED_BEFORE,
        space_id=space_id,
        thread_id=ThreadId(thread_id) if thread_id else None,
        snippet_id=snippet.id if snippet else None,
        snippet_audience=snippet.audience_id if snippet else None,
        state=state,
        created_at=created_at,
    )


def a_profile(person: Person | None = None) -> Profile:
    """What somebody allows who has never chosen anything."""
    return Profile(person=person or a_person())


def an_expertise(person: Person | None = None, *, audience_id: AudienceId | None = None, shown: int = 1) -> Expertise:
    """What somebody has shown in so many exchanges."""
    evidence = tuple(
        Evidence(
            snippet_id=SnippetId(derived_id("snippet", str(number))),
            question="What does E-17 on the dock scanner mean?",
            topics=("scanner",),
            at=at(number),
            web_url="https://teams.microsoft.com/l/message/help/2",
        )
        for number in range(shown)
    )
    audience = audience_id or audience_of_space(HELP)
    return Expertise(audience_id=audience, person=person or a_person(), evidence=evidence)


def kept_topics(
    *names: str, audience_id: AudienceId | None = None, by: Person | None = None, moment: datetime = START
) -> KeptTopics:
    """Topics of these names, as somebody added them; the last decision is of that moment."""
    who = by or a_person()
    return KeptTopics(
        audience_id=audience_id or audience_of_space(HELP),
        topics=tuple(Topic(name=name) for name in sorted(names)),
        history=tuple(TopicChange(at=moment, verb=TopicVerb.ADDED, topic=name, by=who) for name in names),
    )


def an_event(name: str = "asked", *, kind: EventKind = EventKind.ASKED, moment: datetime = START) -> Event:
    """A fact called `name`."""
    return Event(id=derived_id("event", name), space_id=HELP, kind=kind, at=moment)


def a_label(
    subject: str = "card",
    *,
    by: Person | None = None,
    about: Sequence[Person] = (),
    task: Task = Task.SEEN_BEFORE,
    feedback: Feedback = Feedback.SOLVED,
    right: bool | None = None,
    probability: float = 0.9,
    bar: float = 0.7,
    model: str = "a model",
    part: str = "",
    moment: datetime = START,
) -> Label:
    """Somebody's word on one claim; what the feedback says of it, unless told otherwise."""
    person = by or a_person()
    says_right = feedback in (Feedback.SOLVED, Feedback.VERIFIED, Feedback.MERGED)
    return Label(
        id=label_id_of(task, subject, person.key, part=part),
        task=task,
        subject=subject,
        claim=Claim(probability=probability, bar=bar, model=model),
        right=says_right if right is None else right,
        feedback=feedback,
        at=moment,
        space_id=HELP,
        audience_id=audience_of_space(HELP),
        by=person.key,
        about=tuple(one.key for one in about),
    )


def an_embedding(text: str, *near: str, model: str = "stand-in 1") -> Embedding:
    """Of a text: a direction of its own, the same every time; or one between those of the texts that it is near."""
    numbers = sum((_direction(other) for other in near or (text,)), np.zeros(NUMBERS)) + 0.3 * _direction(text)
    scaled = (numbers / np.linalg.norm(numbers)).round(5).astype("<f4")
    return Embedding(model=model, text_hash=hash_of(text), numbers=scaled.tobytes())


def _direction(text: str) -> NDArray[np.float64]:
    chance = np.random.default_rng(int(hash_of(text), 16))
    numbers = chance.standard_normal(NUMBERS)
    return np.asarray(numbers / np.linalg.norm(numbers))
