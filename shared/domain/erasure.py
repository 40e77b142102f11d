"""Forgetting a person: what may stay of each document when they are gone, and the tombstone that remembers it.

Everything here can be applied twice: what is clean already stays as it is.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.exchanges import Thread
from shared.domain.identity import Person, UserKey
from shared.domain.messages import Message
from shared.domain.people import Expertise
from shared.domain.postings import Posting, PostingKind, Suggested, forgotten
from shared.domain.spaces import Space, SpaceKind

FORMER = Person(key=UserKey(""), name="A former colleague")
"""Stands where an erased person was named."""
SOMEBODY = Person(key=UserKey(""), name="A colleague")
"""Stands where a person was named who has opted out."""
_IN_TEXT = "a former colleague"
_UNNAMED = frozenset({"", FORMER.name.lower(), SOMEBODY.name.lower()})
_QUOTED = 100
"""Characters of a question that a reason quotes at most."""


class Trace(StrEnum):
    """What Cairn held of a person, in the words of the report."""

    MESSAGES = "messages of theirs"
    MENTIONS = "colleagues' messages with their name, a mention or a reaction of theirs"
    APPROACHES = "approaches of theirs in answers"
    QUESTIONS = "questions of theirs in answers"
    ANSWERS = "answers that named them otherwise"
    THREADS = "threads that they opened"
    EXPERTISE = "lists of what they have shown they know"
    CARDS_WITHDRAWN = "cards to them or about their question, taken away"
    CARDS_CHANGED = "cards that named them, changed"
    SPACES = "channels and chats that named them"
    TOPICS = "lists of topics that named them"
    LABELS = "what was learned from what they decided, or from what others said of their answers"
    EVENTS = "facts for reports about what they did"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of erasing removed, by kind, and what it could not reach, in plain sentences."""

    removed: Mapping[Trace, int]
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """That somebody was erased, by the salted hash of their key, and since when."""

    hashed: str
    at: datetime


def tombstone_of(user: UserKey, salt: str) -> str:
    """HMAC-SHA256 of a person's key under the tenant's salt, both hexadecimal: names nobody, yet is known again."""
    return hmac.new(bytes.fromhex(salt), user.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Whom to forget, and how thoroughly."""

    user: UserKey
    whole: bool = True
    """They are erased. False for opting out: who stays a colleague keeps their cards, decisions and membership."""
    names: tuple[str, ...] = ()
    """Names under which they are known; full ones are taken out of what others wrote, too."""
    nameless: bool = False
    """Their approaches stay without their name, rather than go."""
    quotes: tuple[str, ...] = ()
    """Questions whose words go wherever they are quoted."""

    @property
    def stand_in(self) -> Person:
        """Who is named instead."""
        return FORMER if self.whole else SOMEBODY

    @property
    def searched(self) -> tuple[str, ...]:
        """The texts by which documents that concern them are found."""
        return (self.user, *_full(self.names))

    def is_them(self, person: Person | None) -> bool:
        """Whether that is the person to forget."""
        return person is not None and person.key == self.user

    def other(self, person: Person) -> Person:
        """The person, or who stands in."""
        return self.stand_in if person.key == self.user else person

    def text(self, text: str) -> str:
        """A text without their full names and without quotes of questions that go."""
        for quote in self.quotes:
            text = text.replace(f"“{quote}", "“…")
        return without_names(text, _full(self.names)) if self.whole else text

    def topics(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Topics without those that were made of their name."""
        parts = {part.casefold() for name in _full(self.names) for part in name.split()}
        return tuple(t for t in topics if self.text(t) == t and not {*t.casefold().split()} <= parts)

    def own_text(self, text: str) -> str:
        """As `text`, for a sentence that Cairn itself made with their name: any name of theirs goes."""
        return without_names(self.text(text), self.names) if self.whole else text


def quotes_of(question: str) -> tuple[str, ...]:
    """How a question begins where it is quoted: whole, or cut short. Empty for no words."""
    whole = " ".join(question.split())
    short = whole[:_QUOTED].rsplit(" ", 1)[0] if len(whole) > _QUOTED else whole
    return tuple(dict.fromkeys(filter(None, (question, whole, short))))


def without_names(text: str, names: Iterable[str]) -> str:
    """A text in which none of these names stands any more, in whatever case of letters; whole words only."""
    wanted = sorted({" ".join(name.split()) for name in names} - {""}, key=len, reverse=True)
    if not wanted or not text:
        return text
    either = "|".join(r"\s+".join(re.escape(part) for part in name.split()) for name in wanted)
    return re.sub(rf"(?<!\w)@?(?:{either})(?!\w)", _IN_TEXT, text, flags=re.IGNORECASE)


def names_of(user: UserKey, value: object) -> frozenset[str]:
    """Every name that a document gives a person."""
    if isinstance(value, Person):
        known = value.key == user and value.name.lower() not in _UNNAMED
        return frozenset({value.name}) if known else frozenset()
    if isinstance(value, tuple):
        return frozenset[str]().union(*(names_of(user, part) for part in value))
    if is_dataclass(value):
        return frozenset[str]().union(*(names_of(user, getattr(value, field.name)) for field in fields(value)))
    return frozenset()


def _full(names: Iterable[str]) -> tuple[str, ...]:
    """Names of two words or more: a single one may be anybody's, or a word like any other."""
    return tuple(name for name in names if len(name.split()) > 1)


def message_of_others(message: Message, who: Forgetting) -> Message:
    """What a colleague wrote, without mentions, reactions and full names of the person."""
    erased = frozenset({who.user}) if who.whole else frozenset[UserKey]()
    kept = without_people(message, frozenset({who.user}), erased)
    return replace(kept, subject=who.text(kept.subject), text=who.text(kept.text))


def without_people(message: Message, gone: frozenset[UserKey], erased: frozenset[UserKey]) -> Message:
    """A message without mentions and reactions of some people; where those are `erased`, their names leave the words.

    A mention may show the first name alone; so that goes where the whole name is not found.
    """
    names: list[str] = []
    for person in message.mentions:
        if person.key in erased and person.name.lower() not in _UNNAMED:
            found = without_names(f"{message.subject}\n{message.text}", [person.name])
            names.append(person.name if _IN_TEXT in found else person.name.split()[0])
    return replace(
        message,
        mentions=tuple(person for person in message.mentions if person.key not in gone),
        reactions=tuple(reaction for reaction in message.reactions if reaction.by not in gone),
        subject=without_names(message.subject, names),
        text=without_names(message.text, names),
    )


def thread_without(thread: Thread, who: Forgetting) -> Thread:
    """A thread whose opener is no longer named."""
    if not who.is_them(thread.asker):
        return thread
    return replace(thread, asker=None, question_ids=(), looked_up="")


def expertise_without(expertise: Expertise, who: Forgetting) -> Expertise:
    """What somebody else has shown, without the name in the questions that it quotes."""
    cleaned = (replace(e, question=who.text(e.question), topics=who.topics(e.topics)) for e in expertise.evidence)
    return replace(expertise, evidence=tuple(cleaned))


def space_without(space: Space, who: Forgetting) -> Space:
    """A space that does not name the person; in a chat that they alone could switch, nothing is read any more."""
    if not who.whole:
        return space
    members = space.members
    if members is not None:
        members = tuple(member for member in members if not who.is_them(member.person))
    lost = 0 if members is None or space.members is None else len(space.members) - len(members)
    switched_by_them = space.kind is SpaceKind.CHAT and who.is_them(space.installed_by)
    return replace(
        space,
        name=who.text(space.name),
        members=members,
        unnamed=space.unnamed + lost,
        installed_by=None if who.is_them(space.installed_by) else space.installed_by,
        capture=space.capture and not switched_by_them,
        capture_by=None if who.is_them(space.capture_by) else space.capture_by,
        named_curators=tuple(key for key in space.named_curators if key != who.user),
    )


def posting_without(posting: Posting, who: Forgetting) -> Posting:
    """A card that does not name the person; one that is to them, or about their question, is to be forgotten."""
    about_people = posting.kind in (PostingKind.HELPERS, PostingKind.ASK)
    to_them = who.is_them(posting.recipient) and (who.whole or about_people)
    suggested = tuple(_reasons_without(s, who) for s in posting.suggested if not who.is_them(s.person))
    nobody_left = about_people and bool(posting.suggested) and not suggested
    if to_them or nobody_left or (about_people and who.is_them(posting.asker)):
        return forgotten(posting)
    return replace(
        posting,
        asker=None if who.whole and who.is_them(posting.asker) else posting.asker,
        suggested=suggested,
        asked=tuple(key for key in posting.asked if key != who.user),
        text=who.own_text(posting.text) if posting.kind is PostingKind.RECALL else who.text(posting.text),
    )


def _reasons_without(suggested: Suggested, who: Forgetting) -> Suggested:
    return replace(suggested, reasons=tuple(who.text(reason) for reason in suggested.reasons))
