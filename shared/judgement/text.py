"""Reading text: words, stems, how telling each is, sentences. Every judgement reads through here."""

import math
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer  # type: ignore[import-untyped]

from shared.judgement import models
from shared.judgement.languages import Language, language_of, stem_in, stop_words

READ_AT_MOST = 20_000
"""Characters of a text that are read; the rest of a pasted log says nothing more, and time stays bounded."""
_WORD_AT_MOST = 48

_LINK = re.compile(r"https?://([^\s/<>\"']+)[^\s<>\"']*", re.IGNORECASE)
# Words with what holds them together inside (can't, libc6-dev, 2.6.8, snake_case), and C++ or C#.
_WORD = re.compile(r"\w+(?:['’.\-]\w+)*(?:\+\+|#)?")
_PARTS = re.compile(r"[.\-_]")
# Scripts that do not put spaces between words are read as pairs of characters.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_HIRAGANA = re.compile(r"[\u3040-\u309fー]+")
"""Pairs of these alone are endings and particles."""
_BESIDE_UNSPACED = re.compile(r"[a-z0-9][a-z0-9.+#_\-]+")
"""What stands in Latin letters inside such a run: product names, codes."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+")
_FENCE = "```"

_STOP_WORDS = """
    a about above after again all almost also although always am an and any anybody anyone anything are aren't
    around as at away be because been before being both but by came can can't cannot could couldn't did didn't do
    does doesn't doing don't done down during each either else ever every everybody everyone everything few for
    from further get gets getting give given go goes going gonna got had has hasn't have haven't having he hello
    help her here hey hi him his how how's i i'd i'll i'm i've if in into is isn't it it's its just know let let's
    like lot many may maybe me might mine more most much must my myself need needs never no nobody none not nothing
    now of off oh ok okay on once one only or other others our out over own please possible probably quite rather
    really right said same say see seem seems several shall she should shouldn't since so some somebody someone
    something sometimes soon still such sure take tell than thank thanks that that's the their them then there
    there's these they they're thing things think this those though through to today tomorrow too tried try trying
    two under until up upon us use used using very via want wanted wants was wasn't way we we'd we'll we're we've
    well went were what what's when where where's whether which while who who's why will with without won't wonder
    wondering work worked working works would wouldn't yeah yes yesterday yet you you'd you'll you're you've your
    yours idea ideas guys folks team hope best good great new old many day days time times people lately currently
    keep keeps able look looking anyway actually already question answer problem issue
    """
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that say nothing about a topic: function words, and what every question holds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the judgement reads it."""

    words: tuple[str, ...]
    """In order, lower case."""
    stems: tuple[str, ...]
    """In order, without stop words; of a compound the whole and its parts."""
    weights: Mapping[str, float]
    """How telling each stem is here: tf-idf, of length 1 together."""
    links: int
    """How many web addresses it holds."""


@lru_cache(maxsize=8192)
def read(text: str) -> Reading:
    """The words, stems and weights of a text; of its first `READ_AT_MOST` characters. Empty for nothing."""
    words, stems, links = split(text)
    return Reading(words, stems, _weighted(Counter(stems)), links)


def split(text: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """The words, the stems and the number of links of a text: what `read` gives, before any weighing."""
    plain, links = _LINK.subn(lambda found: f" {found[1]} ", text[:READ_AT_MOST])
    words: list[str] = []
    stems: list[str] = []
    language = language_of(text) or Language.ENGLISH
    silent = STOP_WORDS | stop_words(language) if language is not Language.ENGLISH else STOP_WORDS
    for found in _WORD.findall(plain.lower().replace("’", "'")):
        word = found[:_WORD_AT_MOST]
        words.append(word)
        if word not in silent:
            stems.extend(_stems_of(word, language))
    return tuple(words), tuple(stems), links


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one lower-case word; identifiers and numbers stay as they are."""
    bare = word.removesuffix("'s").replace("'", "")
    if len(bare) < 4 or not bare.isalpha():
        return bare or word
    with _stemming:  # the stemmer keeps the word it works on in itself
        return str(_stemmer().stemWord(bare))


@lru_cache(maxsize=65536)
def _stems_of(word: str, language: Language) -> tuple[str, ...]:
    if unspaced := _UNSPACED.findall(word):
        pairs = tuple(run[at : at + 2] for run in unspaced for at in range(max(1, len(run) - 1)))
        telling = tuple(pair for pair in pairs if not _HIRAGANA.fullmatch(pair))
        return (*_BESIDE_UNSPACED.findall(word), *(telling or pairs))
    if language is not Language.ENGLISH:
        return _stems_elsewhere(word, language)
    parts = [part for part in _PARTS.split(word) if part.isalpha() and len(part) > 1]
    if len(parts) < 2 and "".join(parts) == word:
        return (stem(word),)
    whole = word.replace("'", "")
    return (whole, *(stem(part) for part in parts if part != word and part not in STOP_WORDS))


def _stems_elsewhere(word: str, language: Language) -> tuple[str, ...]:
    """In a language that elides (l'imprimante, j'ai) what follows the apostrophe; identifiers stay as they are."""
    bare = word.rpartition("'")[2] or word
    if not bare.isalpha():
        parts = tuple(part for part in _PARTS.split(bare) if part.isalpha() and len(part) > 1)
        return (bare, *(stem_in(language, part) for part in parts if part != bare))
    silent = len(bare) < 2 or bare in stop_words(language)
    return () if silent else (stem_in(language, bare) if len(bare) > 3 else bare,)


_stemming = threading.Lock()


@cache
def _stemmer() -> snowballstemmer.basestemmer.BaseStemmer:
    return snowballstemmer.stemmer("english")


@cache
def _idf() -> tuple[Mapping[str, float], float]:
    content = models.read("idf")
    return content["idf"], content["unseen"]


def idf(stemmed: str) -> float:
    """How telling a stem is; one that was never seen is as telling as the rarest."""
    known, unseen = _idf()
    return known.get(stemmed, unseen)


def forget() -> None:
    """Drop everything that was read with the idf of before; for whoever has fitted a new one."""
    _idf.cache_clear()
    read.cache_clear()


def _weighted(counts: Counter[str]) -> Mapping[str, float]:
    raw = {one: (1.0 + math.log(count)) * idf(one) for one, count in counts.items()}
    length = math.sqrt(math.fsum(weight * weight for weight in raw.values()))
    return {one: weight / length for one, weight in raw.items()} if length else {}


def cosine(one: Reading, other: Reading) -> float:
    """How alike two texts are by their weighted stems, from 0 to 1."""
    if len(other.weights) < len(one.weights):
        one, other = other, one
    theirs = other.weights
    return sum([weight * theirs[key] for key, weight in one.weights.items() if key in theirs])


def sentences(text: str) -> tuple[str, ...]:
    """The sentences and lines of a text, in order, none empty; a code block is one piece."""
    pieces: list[str] = []
    code: list[str] | None = None
    for line in text.split("\n"):
        if code is None and line.startswith(_FENCE):
            code = [line]
        elif code is None:
            pieces.extend(stripped for piece in _SENTENCE_END.split(line) if (stripped := piece.strip()))
        else:
            code.append(line)
            if line.startswith(_FENCE):
                pieces.append("\n".join(code))
                code = None
    return (*pieces, *(["\n".join(code)] if code else ()))
