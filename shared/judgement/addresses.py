"""Who is spoken to: names at the start of a text ("bob: …", "Bob, …"), anywhere in it, and Teams' mentions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from shared.domain.identity import Person, UserKey

type Forms = Mapping[str, frozenset[UserKey]]
"""What the people of a conversation may be called, in lower case, and who that is."""

_NOBODY: frozenset[UserKey] = frozenset()
_HEAD = re.compile(r"\s*@?([^\s:,][^:,\n]{0,39})[:,](?:\s|$)")
_AROUND = "@.,:;!?()[]{}\"'*~<>"
_HUNG_ON = "_`^|-[]{}\\0123456789"
"""What people hang on a name to tell themselves from others."""
_SEEN_OF_TEXT = 2_000
_SHORT_FORM = 3
"""Letters from which the beginning of a name, with a colon or comma behind it, calls its bearer."""


def forms_of(people: Iterable[Person]) -> Forms:
    """What each person may be called: the whole name, and its first word."""
    called: dict[str, frozenset[UserKey]] = {}
    for person in people:
        for form in _names(person.name):
            called[form] = called.get(form, _NOBODY) | {person.key}
    return called


def addressed(text: str, mentions: Sequence[Person], forms: Forms) -> frozenset[UserKey]:
    """Whom a message speaks to: mentioned in Teams, or named where it starts."""
    return _called(_head(text)[0], forms) | {person.key for person in mentions}


def without_address(text: str, forms: Forms) -> str:
    """The text without the name at its start, if it starts with one."""
    name, rest = _head(text)
    return rest if _called(name, forms) else text


def named(text: str, forms: Forms) -> frozenset[UserKey]:
    """Whose names stand anywhere in a text."""
    shared = _words(text) & forms.keys()
    return frozenset().union(*(forms[form] for form in shared)) if shared else _NOBODY


def speaks_to_somebody(text: str) -> bool:
    """Whether a text starts as if with a name of one word ("bob: …"), known or not."""
    name, _ = _head(text)
    return bool(name) and " " not in name


def _called(name: str, forms: Forms) -> frozenset[UserKey]:
    if not name:
        return _NOBODY
    exact = forms.get(name)
    if exact is not None or len(name) < _SHORT_FORM or " " in name:
        return exact or forms.get(name.strip(_HUNG_ON), _NOBODY)
    beginning = [keys for form, keys in forms.items() if form.startswith(name)]
    return beginning[0] if len(set(beginning)) == 1 else _NOBODY


@lru_cache(maxsize=4096)
def _names(name: str) -> tuple[str, ...]:
    whole = name.strip().lower()
    first = whole.partition(" ")[0]
    return tuple(dict.fromkeys(form for form in (whole, first, whole.strip(_HUNG_ON)) if len(form) > 1))


@lru_cache(maxsize=8192)
def _head(text: str) -> tuple[str, str]:
    found = _HEAD.match(text)
    return (found[1].strip().lower(), text[found.end() :]) if found else ("", text)


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    words = [word.strip(_AROUND) for word in text[:_SEEN_OF_TEXT].lower().split()]
    return frozenset(words).union(bare for word in words if len(bare := word.strip(_HUNG_ON)) > 2)
