"""What texts mean, as a sentence model gave it: vectors that use cases hand to the judgement with the texts."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

type Meaning = NDArray[np.float32]
"""float32[384], of length 1."""
type Meanings = Mapping[str, Meaning]
"""By text. A text that is not in it is judged by its words alone."""

NO_MEANINGS: Meanings = {}
NUMBERS = 384


def known(meanings: Meanings, texts: Sequence[str]) -> bool:
    """Whether every one of the texts that has words has a meaning, and any has."""
    said = [text for text in texts if text.strip()]
    return bool(said) and all(text in meanings for text in said)


def rows(meanings: Meanings, texts: Sequence[str]) -> NDArray[np.float32]:
    """float32[texts, 384]; zeros for a text without a meaning."""
    nothing = np.zeros(NUMBERS, np.float32)
    found = [meanings.get(text, nothing) for text in texts]
    return np.stack(found) if found else np.zeros((0, NUMBERS), np.float32)


def likeness(meanings: Meanings, one: str, other: str) -> float | None:
    """The cosine of two meanings; None when either is not known."""
    if one not in meanings or other not in meanings:
        return None
    return float(meanings[one] @ meanings[other])
