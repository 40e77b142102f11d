"""Words and pairs of neighbouring words as a weighed bag: the simplest reading of how somebody talks."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from shared.judgement.reply_features import plain

_PIECE = re.compile(r"\w+(?:'\w+)*|[?!.,:)(]+")
_PIECE_AT_MOST = 30


@lru_cache(maxsize=4096)
def phrases_of(text: str) -> Mapping[str, int]:
    """How often each word, run of marks, and pair of neighbours stands in a text; not to be changed."""
    pieces = [piece[:_PIECE_AT_MOST] for piece in _PIECE.findall(plain(text).lower())]
    counts = Counter(pieces)
    counts.update(f"{one} {other}" for one, other in pairwise(pieces))
    return counts


def weighed(text: str, telling: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The known phrases of a text by tf-idf, of length 1 together; `telling` has the idf first in each row."""
    raw = {
        phrase: (1 + math.log(count)) * telling[phrase][0]
        for phrase, count in phrases_of(text).items()
        if phrase in telling
    }
    length = math.sqrt(math.fsum(value * value for value in raw.values()))
    return {phrase: value / length for phrase, value in raw.items()} if length else {}
