"""Who is spoken to: names at the start of a text ("bob: …", "Bob, …"), anywhere in it, and Teams' mentions."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from shared.domain.identity import Person, UserKey
from shared.domain.messages import Message

type Forms = Mapping[str, frozenset[UserKey]]
"""What the people of a conversation may be called, in lower case, and who that is."""

_NOBODY: frozenset[UserKey] = frozenset()
_HEAD = re.compile(r"\s*@?([^\s:,][^:,\n]{0,39})[:,](?:\s|$)")
_AROUND = "@.,:;!?()[]{}\"'*~<>"
_SEEN_OF_TEXT = 2_000


def forms_of(people: Iterable[Person]) -> Forms:
    """What each person may be called: the whole name, and its first word."""
    called: dict[str, frozenset[UserKey]] = {}
    for person in people:
        for form in _names(person.name):
            called[form] = called.get(form, _NOBODY) | {person.key}
    return called


def addressed(message: Message, forms: Forms) -> frozenset[UserKey]:
    """Whom a message speaks to: mentioned in Teams, or named where it starts."""
    found = forms.get(_head(message.text), _NOBODY)
    if message.mentions:
        return found | {person.key for person in message.mentions}
    return found


def named(message: Message, forms: Forms) -> frozenset[UserKey]:
    """Whose names stand anywhere in a message."""
    shared = _words(message.text) & forms.keys()
    if not shared:
        return _NOBODY
    return frozenset().union(*(forms[form] for form in shared))


@lru_cache(maxsize=4096)
def _names(name: str) -> tuple[str, ...]:
    whole = name.strip().lower()
    first = whole.partition(" ")[0]
    return tuple(dict.fromkeys(form for form in (whole, first) if len(form) > 1))


@lru_cache(maxsize=8192)
def _head(text: str) -> str:
    found = _HEAD.match(text)
    return found[1].strip().lower() if found else ""


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(_AROUND) for word in text[:_SEEN_OF_TEXT].lower().split())
