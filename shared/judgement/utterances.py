"""What one message tells by its words alone, read once a text: the ground on which links are judged."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from shared.judgement import models
from shared.judgement.cues import Cue, cues_in
from shared.judgement.text import Reading, read

REQUESTING = frozenset({Cue.SEEKS, Cue.INQUIRES, Cue.TROUBLE})
_REPLYING = frozenset({Cue.AGREES, Cue.REFUSES, Cue.FIXED, Cue.STILL_BROKEN})
_ADVISING = frozenset({Cue.ADVISES, Cue.INSTRUCTS})
_WORDS_WEIGHED = 60
type Weights = tuple[float, float, float]
"""Log-odds that a conversation starts here, that the same person goes on, that somebody else will reply."""


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """What words say about whose turn it was and is: fitted, three logistic models in one."""

    bias: Weights
    words: Mapping[str, Weights]

    def weigh(self, pieces: frozenset[str]) -> Weights:
        """The three log-odds; pieces count once each, scaled by how many there are."""
        known = [self.words[piece] for piece in pieces if piece in self.words]
        if not known:
            return self.bias
        scale = 1 / math.sqrt(len(known))
        starts, continues, draws = (
            bias + scale * math.fsum(of) for bias, of in zip(self.bias, zip(*known, strict=True), strict=True)
        )
        return starts, continues, draws


@cache
def fitted_turns() -> Turns:
    """The fitted ones."""
    content = models.read("turns")
    words = {word: (a, b, c) for word, (a, b, c) in content["words"].items()}
    a, b, c = content["bias"]
    return Turns((a, b, c), words)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message's words, seen as a move in a conversation."""

    reading: Reading
    question: bool
    ends_asking: bool
    requests: bool
    replies: bool
    thanks: bool
    greets: bool
    advises: bool
    clarifies: bool
    laughs: bool
    commands: bool
    """It begins with "!" or "/": for a bot."""
    links: bool
    code: bool
    words: int
    starts: float
    """Log-odds by the words alone that this starts a conversation."""
    continues: float
    """That, if not, its author goes on with what they said themselves."""
    draws: float
    """That somebody else replies to it."""


@lru_cache(maxsize=8192)
def utterance(text: str, turns: Turns) -> Utterance:
    """What a text tells by itself."""
    cues, reading = cues_in(text), read(text)
    starts, continues, draws = turns.weigh(pieces_of(text))
    return Utterance(
        reading=reading,
        question="?" in text,
        ends_asking=text.rstrip().endswith("?"),
        requests=not cues.isdisjoint(REQUESTING),
        replies=not cues.isdisjoint(_REPLYING),
        thanks=Cue.THANKS in cues,
        greets=Cue.GREETS in cues,
        advises=not cues.isdisjoint(_ADVISING),
        clarifies=Cue.CLARIFIES in cues,
        laughs=Cue.LAUGHS in cues,
        commands=text[:1] in ("!", "/"),
        links=reading.links > 0,
        code="```" in text or "/" in text[:2_000],
        words=len(reading.words),
        starts=starts,
        continues=continues,
        draws=draws,
    )


def pieces_of(text: str) -> frozenset[str]:
    """What the turn models weigh: words, those at the start as such, and how the text ends."""
    words = read(text).words[:_WORDS_WEIGHED]
    found = set(words)
    found.update(f"^{word}" for word in words[:1])
    if len(words) > 1:
        found.add(f"^{words[0]} {words[1]}")
    found.update(f"{a} {b}" for a, b in pairwise(words))
    bare = text.rstrip()
    if bare.endswith(("?", "!", ".", ":", "…", ")")):
        found.add(f"{bare[-1]}$")
    found.add(f"#{min(len(words).bit_length(), 6)}")
    return frozenset(found)
