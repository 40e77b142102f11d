"""Made-up snippets, always the same: words as frequent as in talk, meanings in clusters; and questions about them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.domain.embeddings import NUMBERS, Embedding, hash_of
from shared.domain.identity import AudienceId
from shared.domain.snippets import Snippet
from tests.builders import a_snippet

MODEL = "made up"
_WORDS = 20_000
_CLUSTERS = 2_000
_SPREAD = 0.8
"""How long a snippet's own direction is, beside its cluster's: two of one cluster have a cosine of about 0.6."""
_QUESTION, _ANSWER = 14, 40
_AT_ONCE = 500


class Knowledge:
    """Draws snippets and questions."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = np.random.default_rng(seed)
        centres = np.random.default_rng(0).standard_normal((_CLUSTERS, NUMBERS))
        self._centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        self._drawn: list[NDArray[np.float32]] = []
        ranks = np.arange(1, _WORDS + 1)
        self._frequencies = np.cumsum(1 / ranks) / np.sum(1 / ranks)

    def snippets(self, audience_id: AudienceId, count: int, *, first: int = 0) -> Iterator[Snippet]:
        """So many snippets of an audience, numbered from `first`."""
        for number in range(first, first + count):
            question, answer = self.text(_QUESTION), self.text(_ANSWER)
            snippet = a_snippet(str(number), audience_id=audience_id, question=question, approaches=[answer])
            yield replace(snippet, embedding=self.embedding(question))

    def text(self, words: int = _QUESTION) -> str:
        """Words as they come in talk: a few all the time, most of them hardly ever."""
        drawn = np.searchsorted(self._frequencies, self._chance.random(words))
        return " ".join(f"word{number}" for number in drawn)

    def embedding(self, text: str) -> Embedding:
        """Near one of the clusters' centres."""
        if not self._drawn:
            self._drawn = list(self._vectors(_AT_ONCE))
        return Embedding(model=MODEL, text_hash=hash_of(text), numbers=self._drawn.pop().tobytes())

    def _vectors(self, count: int) -> NDArray[np.float32]:
        """float32[count, 384], each row of length 1."""
        near = self._centres[self._chance.integers(_CLUSTERS, size=count)]
        numbers = near + self._chance.standard_normal((count, NUMBERS)) * (_SPREAD / NUMBERS**0.5)
        return np.asarray((numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).round(5), "<f4")
