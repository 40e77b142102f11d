"""What speaks for an answer in languages whose wording no labelled data has taught: by hand, and only there."""

from shared.judgement.cues import Cue, cues_in
from shared.judgement.languages import Language, language_of
from shared.judgement.text import cosine, read

_ADVISES, _ALIKE, _TELLS, _SAYS_LITTLE = 1.0, 2.0, 0.5, -1.5
"""Log-odds that advice adds, that likeness to the question adds in full, that new words add, and that a reply
takes away which neither advises, nor shares a word with the question, nor says much."""
_MUCH = 6
"""Telling words from which a reply says much."""


def hint(question: str, reply: str) -> float:
    """Log-odds for an answer; 0 where the question is in English or nobody can say in what."""
    if language_of(question) in (None, Language.ENGLISH):
        return 0.0
    asked, said = read(question), read(reply)
    advises = Cue.ADVISES in cues_in(reply)
    likeness = cosine(asked, said)
    much = len(said.stems) >= _MUCH
    if not advises and not likeness and not much:
        return _SAYS_LITTLE
    return _ADVISES * advises + _ALIKE * likeness + _TELLS * much
