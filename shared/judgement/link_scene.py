"""The conversation as it stands when a message arrives: who said what to whom, and in which thread."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shared.domain.identity import MessageId, Person, UserKey
from shared.domain.messages import Message
from shared.judgement.addresses import Forms, addressed, forms_of, named, speaks_to_somebody, without_address
from shared.judgement.utterances import Turns, Utterance, utterance


@dataclass(slots=True)
class Turn:
    """One person's message, seen from the one that has just arrived."""

    message: Message
    author: UserKey
    utterance: Utterance
    to: frozenset[UserKey]
    naming: frozenset[UserKey]
    calls_unknown: bool
    by_bot: bool
    form: tuple[bool, bool]
    lines: int
    """How many lines back, those of the system included."""
    gap: float
    """Minutes ago."""
    parent: int | None = None
    """The place of what it replies to, as far as it is known and in sight."""
    placed: bool = False
    """Whether it was placed at all, as a reply or as a start."""
    sure: float = 0.0
    parent_author: UserKey | None = None
    root: int = -1
    """The place of the oldest message in sight of its thread."""
    children: int = 0
    children_by_others: int = 0
    children_by: dict[UserKey, int] = field(default_factory=dict)
    newer_in_thread: int = 0
    run_before: int = 0
    """How many messages its author had said just before, with nobody else between."""
    run_after: int = 0
    next_own: "Turn | None" = None
    """Its author's next message in sight."""
    last_own: "Turn | None" = None


@dataclass(slots=True)
class Thread:
    """The messages that hang together so far, by the links of the past."""

    starter: UserKey
    newest: int
    gap: float
    age: float
    size: int = 0
    people: set[UserKey] = field(default_factory=set)
    places: list[int] = field(default_factory=list)

    def newer_than(self, place: int | None) -> int:
        """How many of its messages came after the message at `place`; all of them for None."""
        return self.size if place is None else sum(1 for at in self.places if at < place)


@dataclass(slots=True)
class Scene:
    """What precedes a message: people's messages, newest first, and their threads by root."""

    now: Turn
    turns: list[Turn]
    threads: dict[int, Thread]
    own_at: int | None
    """The place of the author's own last message."""
    talked: Counter[UserKey]
    """How often the author and each other person spoke to each other."""

    def thread(self, turn: Turn) -> Thread:
        """The thread that a message stands in; of a message not yet placed, itself alone."""
        return self.threads[turn.root]


def scene_of(message: Message, before: Sequence[Message], turns_by: Turns) -> Scene:
    """The scene for a message that has an author; `before` is oldest first, of every kind."""
    recent = [(lines, m) for lines, m in enumerate(reversed(before), 1) if m.said_by_a_person]
    people = {m.author.key: m.author for _, m in recent if m.author}
    company = _company(frozenset(people.values()))
    turns = [_turn(m, lines, message, company, turns_by) for lines, m in recent]
    now = _turn(message, 0, message, company, turns_by)
    own_at = next((at for at, turn in enumerate(turns) if turn.author == now.author), None)
    talked: Counter[UserKey] = Counter()
    for turn in turns:
        if turn.author == now.author:
            talked.update(turn.to)
        elif now.author in turn.to:
            talked[turn.author] += 1
    _tie(turns)
    _run(turns)
    return Scene(now=now, turns=turns, threads=_threads(turns), own_at=own_at, talked=talked)


def _turn(message: Message, lines: int, newest: Message, company: "_Company", turns_by: Turns) -> Turn:
    assert message.author is not None
    said = _said(message.text, message.subject, message.mentions, message.author, company, turns_by)
    return Turn(
        message=message,
        author=message.author.key,
        utterance=said.utterance,
        to=said.to,
        naming=said.naming,
        calls_unknown=said.calls_unknown,
        by_bot=said.by_bot,
        form=said.form,
        lines=lines,
        gap=max(0.0, (newest.created_at - message.created_at).total_seconds() / 60),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Company:
    """The people in sight, who seldom change from one message to the next."""

    forms: Forms


@lru_cache(maxsize=512)
def _company(people: frozenset[Person]) -> _Company:
    return _Company(forms_of(sorted(people, key=lambda person: person.key)))


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What a message says among these people; see `Turn`."""

    utterance: Utterance
    to: frozenset[UserKey]
    naming: frozenset[UserKey]
    calls_unknown: bool
    by_bot: bool
    form: tuple[bool, bool]


@lru_cache(maxsize=16_384)
def _said(
    text: str, subject: str, mentions: tuple[Person, ...], author: Person, company: _Company, turns_by: Turns
) -> _Said:
    """Read once for the hundred messages that come after it."""
    forms = company.forms
    to = addressed(text, mentions, forms) - {author.key}
    return _Said(
        utterance=utterance(_bare(text, subject, forms), turns_by),
        to=to,
        naming=named(text, forms) - {author.key},
        calls_unknown=not to and speaks_to_somebody(text),
        by_bot="bot" in author.name.lower(),
        form=(text[:1].isupper(), text.rstrip().endswith((".", "!", "?"))),
    )


def said_in(message: Message, forms: Forms) -> str:
    """The words of a message without the name of whom it speaks to."""
    return _bare(message.text, message.subject, forms)


def _bare(text: str, subject: str, forms: Forms) -> str:
    bare = without_address(text, forms)
    return f"{subject}\n{bare}" if subject else bare


def _tie(turns: Sequence[Turn]) -> None:
    """Follow the links of the past, oldest first."""
    place: dict[MessageId, int] = {}
    for at in range(len(turns) - 1, -1, -1):
        turn = turns[at]
        message = turn.message
        turn.root = at
        turn.placed = message.thread_id is not None or message.parent_id is not None
        turn.sure = message.link_probability if turn.placed else 0.0
        parent = place.get(message.parent_id) if message.parent_id else None
        if parent is not None:
            above = turns[parent]
            turn.parent, turn.root, turn.parent_author = parent, above.root, above.author
            above.children += 1
            above.children_by_others += above.author != turn.author
            above.children_by[turn.author] = above.children_by.get(turn.author, 0) + 1
        place[message.id] = at


def _run(turns: Sequence[Turn]) -> None:
    """What each author said just before and after; `turns` are newest first."""
    newer: dict[UserKey, Turn] = {}
    for above, turn in zip([None, *turns], turns, strict=False):
        if above is not None and above.author == turn.author:
            turn.run_after = above.run_after + 1
        turn.next_own = newer.get(turn.author)
        if turn.next_own is not None:
            turn.next_own.last_own = turn
        newer[turn.author] = turn
    for at in range(len(turns) - 2, -1, -1):
        if turns[at + 1].author == turns[at].author:
            turns[at].run_before = turns[at + 1].run_before + 1


def _threads(turns: Sequence[Turn]) -> dict[int, Thread]:
    threads: dict[int, Thread] = {}
    for at, turn in enumerate(turns):
        thread = threads.get(turn.root)
        if thread is None:
            root = turns[turn.root]
            thread = threads[turn.root] = Thread(starter=root.author, newest=at, gap=turn.gap, age=root.gap)
        turn.newer_in_thread = thread.size
        thread.size += 1
        thread.people.add(turn.author)
        thread.places.append(at)
    return threads
