"""The meanings of the labelled texts, by the sentence model that the app uses."""

import logging
from collections.abc import Iterable
from functools import cache

from shared.adapters.embedding.absent import Unusable
from shared.adapters.embedding.kept import SentenceModel
from shared.adapters.embedding.minilm import minilm
from shared.judgement.meaning import NO_MEANINGS, Meanings

_TEXTS_KEPT = 50_000
_log = logging.getLogger(__name__)


@cache
def sentence_model() -> SentenceModel:
    """One for the process, which keeps all it has computed."""
    return minilm(kept_at_most=_TEXTS_KEPT)


def meanings_of(texts: Iterable[str]) -> Meanings:
    """By text. Raises `Unusable` when the sentence model is not there: a fit without it would be another model."""
    wanted = [text for text in dict.fromkeys(texts) if text.strip()]
    return dict(zip(wanted, sentence_model().embed(wanted), strict=True)) if wanted else {}


def meanings_if_any(texts: Iterable[str]) -> Meanings:
    """By text; none, and a line in the log, where the sentence model is not there: as the app does."""
    try:
        return meanings_of(texts)
    except Unusable as reason:
        _say_once(str(reason))
        return NO_MEANINGS


@cache
def _say_once(reason: str) -> None:
    _log.warning("No sentence model: %s", reason)
