"""The topics that curators keep in one audience: their names, other wordings of them, and phrases that are none.

Topics and wordings stand in an order that no history decides, so that the same decisions in another order end alike.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Self

from shared.domain.erasure import Forgetting
from shared.domain.identity import AudienceId, Person

TOPICS_AT_MOST = 4
"""Topics of one text."""
CHANGES_KEPT = 100
"""How many of the latest decisions are remembered."""


def normalised(phrase: str) -> str:
    """What makes two phrases the same here: their letters, in any case and however they are spaced."""
    return " ".join(phrase.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic under the name that is shown, and other wordings that mean it."""

    name: str
    wordings: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """Its name, then its other wordings."""
        return (self.name, *self.wordings)

    def with_wordings(self, phrases: Iterable[str]) -> Self:
        """With these wordings too: each once, none that is its name, in order."""
        found = {normalised(phrase): phrase for phrase in (*phrases, *self.wordings)}
        found.pop(normalised(self.name), None)
        return replace(self, wordings=tuple(sorted(found.values(), key=_place)))

    def without(self, phrases: Iterable[str]) -> Self:
        """Without these wordings."""
        gone = frozenset(map(normalised, phrases))
        return replace(self, wordings=tuple(w for w in self.wordings if normalised(w) not in gone))


class TopicVerb(StrEnum):
    """What was decided of a topic."""

    ADDED = "added"
    RENAMED = "renamed"
    MERGED = "merged"
    BANNED = "banned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """One decision: of which topic, and for a new name or a merge what it became."""

    at: datetime
    verb: TopicVerb
    topic: str
    into: str = ""
    by: Person | None = None
    """None for an administrator, by the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTopics:
    """The topics of one audience; a phrase belongs to one topic at most, and to none when it is banned."""

    audience_id: AudienceId
    topics: tuple[Topic, ...] = ()
    banned: tuple[str, ...] = ()
    history: tuple[TopicChange, ...] = ()
    """The latest `CHANGES_KEPT` decisions, the last one at the end."""

    def topic(self, phrase: str) -> Topic | None:
        """The topic of that name, or else with that wording; None for none."""
        wanted = normalised(phrase)
        named = next((topic for topic in self.topics if normalised(topic.name) == wanted), None)
        return named or next((t for t in self.topics if wanted in map(normalised, t.wordings)), None)

    def is_banned(self, phrase: str) -> bool:
        """Whether that very phrase is no topic."""
        return normalised(phrase) in map(normalised, self.banned)


def added(kept: KeptTopics, name: str, wordings: Iterable[str], *, by: Person | None, now: datetime) -> KeptTopics:
    """With that topic, or with more wordings of it. What is banned is allowed again; other topics give wordings up.

    Raises `ValueError` when another topic has one of these as its name: the two are to be merged.
    """
    known = kept.topic(name)
    topic = (known if known and normalised(known.name) == normalised(name) else Topic(name=name)).with_wordings(
        wordings
    )
    for phrase in topic.phrases:
        other = kept.topic(phrase)
        if other is not None and normalised(other.name) == normalised(phrase) != normalised(topic.name):
            raise ValueError(f"“{other.name}” is a topic of its own")
    return _noted(kept, _with(kept, topic), TopicChange(at=now, verb=TopicVerb.ADDED, topic=name, by=by))


def renamed(kept: KeptTopics, name: str, to: str, *, by: Person | None, now: datetime) -> KeptTopics:
    """With another name for a topic; the old one is a wording from then on. Again, it changes nothing.

    Raises `ValueError` for an unknown topic, and for a name that another topic has.
    """
    topic = _found(kept, name)
    other = kept.topic(to)
    if other is not None and other != topic and normalised(other.name) == normalised(to):
        raise ValueError(f"“{other.name}” is a topic of its own")
    fresh = Topic(name=to).with_wordings(topic.phrases)
    left = _with(_without(kept, topic), fresh)
    return _noted(kept, left, TopicChange(at=now, verb=TopicVerb.RENAMED, topic=topic.name, into=to, by=by))


def merged(kept: KeptTopics, name: str, into: str, *, by: Person | None, now: datetime) -> KeptTopics:
    """With one topic for two: all wordings of both, and the first one's name as another. Again, it changes nothing.

    Raises `ValueError` for an unknown topic.
    """
    gone, stays = _found(kept, name), _found(kept, into)
    if gone == stays:
        return kept
    left = _with(_without(kept, gone), stays.with_wordings(gone.phrases))
    return _noted(kept, left, TopicChange(at=now, verb=TopicVerb.MERGED, topic=gone.name, into=stays.name, by=by))


def banned(kept: KeptTopics, phrase: str, *, by: Person | None, now: datetime) -> KeptTopics:
    """With a phrase that is no topic: one that was goes with all its wordings, a wording is taken out of its topic."""
    topic = kept.topic(phrase)
    phrases: tuple[str, ...] = (phrase,)
    left = kept
    if topic is not None and normalised(topic.name) == normalised(phrase):
        phrases, left = topic.phrases, _without(kept, topic)
    elif topic is not None:
        left = _with(_without(kept, topic), topic.without(phrases))
    more = {normalised(p): p for p in (*phrases, *left.banned)}
    left = replace(left, banned=tuple(sorted(more.values(), key=_place)))
    return _noted(kept, left, TopicChange(at=now, verb=TopicVerb.BANNED, topic=phrase, by=by))


def applied(kept: KeptTopics, topics: Iterable[str], *, same: Callable[[str], str] = normalised) -> tuple[str, ...]:
    """These topics in the words that are kept: the first `TOPICS_AT_MOST` that `as_kept` gives.

    Applied twice is as applied once.
    """
    return tuple(islice(as_kept(kept, topics, same=same), TOPICS_AT_MOST))


def as_kept(kept: KeptTopics, topics: Iterable[str], *, same: Callable[[str], str] = normalised) -> Iterator[str]:
    """Each of these topics under the name that is kept, once, in their order; none that is banned.

    `same` gives what makes two phrases the same, such as their stems. What a curator keeps outweighs a ban of
    something that is only the same by it.
    """
    names: dict[str, str] = {}
    for topic in kept.topics:
        names.setdefault(same(topic.name), topic.name)
    for topic in kept.topics:
        for wording in topic.wordings:
            names.setdefault(same(wording), names[same(topic.name)])
    banned_here, alike = frozenset(map(normalised, kept.banned)), frozenset(map(same, kept.banned))
    given: set[str] = set()
    for phrase in topics:
        key = same(phrase)
        name = names.get(key, phrase)
        if (key in alike and key not in names) or not banned_here.isdisjoint((normalised(phrase), normalised(name))):
            continue
        if (shown := same(name)) not in given:
            given.add(shown)
            yield name


def without_person(kept: KeptTopics, who: Forgetting) -> KeptTopics:
    """After somebody was erased: no decision names them, and no topic is made of their name."""
    if not who.whole:
        return kept
    topics = (replace(topic, wordings=who.topics(topic.wordings)) for topic in kept.topics if who.topics((topic.name,)))
    return replace(
        kept,
        topics=tuple(topics),
        banned=who.topics(kept.banned),
        history=tuple(_change_without(change, who) for change in kept.history),
    )


def newest_topics(known: KeptTopics | None, arrived: KeptTopics) -> KeptTopics:
    """Of two stores' lists the one in which something was decided last."""
    if known is None or not known.history:
        return arrived if known is None or arrived.history else known
    return arrived if arrived.history and arrived.history[-1].at > known.history[-1].at else known


def _change_without(change: TopicChange, who: Forgetting) -> TopicChange:
    by = who.other(change.by) if change.by else None
    return replace(change, by=by, topic=who.text(change.topic), into=who.text(change.into))


def _found(kept: KeptTopics, name: str) -> Topic:
    topic = kept.topic(name)
    if topic is None:
        raise ValueError(f"there is no topic “{name}”")
    return topic


def _place(phrase: str) -> tuple[str, str]:
    return normalised(phrase), phrase


def _without(kept: KeptTopics, topic: Topic) -> KeptTopics:
    return replace(kept, topics=tuple(one for one in kept.topics if one != topic))


def _with(kept: KeptTopics, topic: Topic) -> KeptTopics:
    """With this version of a topic, to which all its phrases belong from now on."""
    others = (one.without(topic.phrases) for one in kept.topics if normalised(one.name) != normalised(topic.name))
    allowed = frozenset(map(normalised, topic.phrases))
    return replace(
        kept,
        topics=tuple(sorted((*others, topic), key=lambda one: _place(one.name))),
        banned=tuple(phrase for phrase in kept.banned if normalised(phrase) not in allowed),
    )


def _noted(before: KeptTopics, after: KeptTopics, change: TopicChange) -> KeptTopics:
    """With the decision in its history, where it changed anything."""
    if after == before:
        return before
    return replace(after, history=(*before.history, change)[-CHANGES_KEPT:])
