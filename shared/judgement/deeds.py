"""What a question wants to do, and what kind of thing it asks for: small closed lists of general English."""

from collections.abc import Mapping
from functools import cache

from shared.judgement.text import Reading, stem

_DEEDS = {
    "make": "add create set setup install configure enable register activate connect mount build",
    "unmake": "delete remove cancel uninstall disable deactivate unsubscribe disconnect unmount terminate revoke close",
    "alter": "change edit modify update rename upgrade",
    "renew": "reset renew refresh extend expire reissue",
    "put another in": "replace swap exchange",
    "clean": "clean wash wipe purge empty",
    "obtain": "request order buy purchase obtain apply rent hire",
    "part with": "sell return donate",
    "reserve": "book reserve schedule",
    "approve": "approve authorise authorize confirm",
    "hand in": "upload submit import send post",
    "take out": "download export receive extract",
    "move": "move transfer migrate copy sync synchronise",
    "print": "print scan",
    "travel": "drive fly travel commute park",
}
_ASKED_FOR = {
    "person": "who whom whose responsible",
    "time": "when deadline date hours schedule",
    "way or place": "how where way steps procedure process location located find",
    "reason": "why reason cause",
    "amount": "much many cost price often fee",
    "choice": "best which recommend better suggest recommendation",
}


@cache
def _by_stem() -> Mapping[str, str]:
    return {stem(word): deed for deed, words in _DEEDS.items() for word in words.split()}


@cache
def _by_word() -> Mapping[str, str]:
    return {stem(word): kind for kind, words in _ASKED_FOR.items() for word in words.split()}


def deed_of(stemmed: str) -> str:
    """The kind of deed that a stem names; empty when it names none."""
    return _by_stem().get(stemmed, "")


def same_deed(one: str, other: str) -> bool:
    """Whether two stems name the same kind of deed."""
    return bool(deed_of(one)) and deed_of(one) == deed_of(other)


def asked_for(reading: Reading) -> frozenset[str]:
    """The kinds of thing that a text asks for, as far as single words say; empty when they do not."""
    kinds = _by_word()
    return frozenset(kind for word in reading.words if (kind := kinds.get(stem(word))))
