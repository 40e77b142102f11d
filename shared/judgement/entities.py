"""What must match exactly between two texts: error codes and version numbers."""

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.judgement.text import READ_AT_MOST

_ERROR_CODE = re.compile(
    r"\b(?:0x[0-9a-f]{4,16}|[a-z]{1,6}-?\d{3,10}[a-z]?(?!\w|\.\d)|(?-i:[A-Z]{1,3})-?\d{2}(?!\w|\.\d)|"
    r"(?:error|code|status|http|err|exception)(?: code)?[\s:#]{1,3}\d{2,6}(?!\w|\.\d))",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b(?:v ?)?(\d{1,4}(?:\.\d{1,5}){1,3})\b(?!\.?\d)")
# A name directly followed by its generation: Windows 11, SAP 4, Office 2019, Python3.
_GENERATION = re.compile(r"\b([A-Za-z][A-Za-z+#]{2,20})[ -]?(\d{1,4})\b(?![.:/%]\d)")
_BEFORE_NUMBERS = """
    the and for are about than last next over under only least most page line step room floor building day days
    week month year hour hours number option part chapter have has had need after before within every around between
    until from since level type size row column case phase team group version january february march april may june
    july august september october november december with error code status http err exception ticket order invoice
    top was were get got costs cost some all port just now paid pay give take
    """
_NO_PRODUCT = frozenset(_BEFORE_NUMBERS.split())
_ONLY_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Entities:
    """What a text names exactly."""

    codes: frozenset[str]
    versions: frozenset[str]
    generations: frozenset[tuple[str, str]]
    """(product in lower case, generation)"""


@lru_cache(maxsize=8192)
def entities_of(text: str) -> Entities:
    """The error codes, version numbers and product generations of a text's first `READ_AT_MOST` characters."""
    text = text[:READ_AT_MOST]
    codes = frozenset(_plain_code(found[0]) for found in _ERROR_CODE.finditer(text))
    pairs = frozenset(
        (found[1].lower(), found[2]) for found in _GENERATION.finditer(text) if found[1].lower() not in _NO_PRODUCT
    )
    return Entities(codes, frozenset(_VERSION.findall(text)), pairs)


def conflict(one: str, other: str) -> bool:
    """Whether both texts name something exact of one kind, and none of it is the same."""
    mine, theirs = entities_of(one), entities_of(other)
    return (
        _apart(mine.codes, theirs.codes)
        or _apart(_series(mine.versions), _series(theirs.versions))
        or any(_generations_apart(mine, theirs, product) for product in _products(mine) & _products(theirs))
    )


def shared_exactly(one: str, other: str) -> int:
    """How many error codes and versions both texts name."""
    mine, theirs = entities_of(one), entities_of(other)
    return len(mine.codes & theirs.codes) + len(mine.versions & theirs.versions)


def _plain_code(found: str) -> str:
    lowered = found.lower()
    return lowered if lowered[0] == "0" or lowered[-1].isalpha() else _ONLY_DIGITS.sub("", lowered)


def _series(versions: frozenset[str]) -> frozenset[str]:
    """Major and minor: 3.11.2 and 3.11 are not in conflict."""
    return frozenset(".".join(version.split(".")[:2]) for version in versions)


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


def _products(entities: Entities) -> set[str]:
    return {product for product, _ in entities.generations}


def _generations_apart(mine: Entities, theirs: Entities, product: str) -> bool:
    def of(entities: Entities) -> set[str]:
        return {generation for name, generation in entities.generations if name == product}

    return of(mine).isdisjoint(of(theirs))
