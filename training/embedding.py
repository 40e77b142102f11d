"""The meanings of the training texts, by the sentence model that the app uses."""

from collections.abc import Iterable
from functools import cache

from shared.adapters.embedding.minilm import MiniLm
from shared.judgement.meaning import Meanings

_TEXTS_KEPT = 50_000


@cache
def sentence_model() -> MiniLm:
    """One for the process, which keeps all it has computed."""
    return MiniLm(kept_at_most=_TEXTS_KEPT)


def meanings_of(texts: Iterable[str]) -> Meanings:
    """By text. Raises `Unusable` when the sentence model is not there: a fit without it would be another model."""
    wanted = [text for text in dict.fromkeys(texts) if text.strip()]
    return dict(zip(wanted, sentence_model().embed(wanted), strict=True)) if wanted else {}
