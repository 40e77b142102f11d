"""Which words a text has for a search: the same that SQLite's full-text index takes, whose rules are well known.

That index cuts at everything but letters and digits, drops accents and case, and takes the ends off English words
(Porter's algorithm): https://www.sqlite.org/fts5.html#tokenizers
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from unicodedata import category, normalize

import snowballstemmer  # type: ignore[import-untyped]

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 60
"""A question says what it is about in its first words; a pasted log must not become a query of thousands."""
_SHORTEST, _LONGEST = 3, 64
"""Words of fewer or more UTF-8 bytes keep their ends, as in SQLite."""

_stemmer = snowballstemmer.stemmer("porter")


def words_of(text: str) -> Iterator[str]:
    """Every word of a text in its order, as it is compared."""
    for found in _WORD.finditer(_plain(text)):
        yield _stem(found[0])


def words_asked_for(text: str) -> list[str]:
    """The different words of a question, the first of them alone where there are very many."""
    return list(islice(dict.fromkeys(islice(words_of(text), 10 * _MOST_WORDS)), _MOST_WORDS))


def _plain(text: str) -> str:
    lowered = normalize("NFC", text).lower()
    if lowered.isascii():
        return lowered
    return normalize("NFC", "".join(c for c in normalize("NFD", lowered) if category(c) != "Mn"))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if not _SHORTEST <= len(word.encode()) <= _LONGEST:
        return word
    stemmed: str = _stemmer.stemWord(word)
    return stemmed
