"""A sentence model as the use cases see it: loaded on first use, each text computed once, absent without harm."""

import asyncio
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.adapters.embedding.absent import Unusable

type Rows = NDArray[np.float32]
"""float32[texts, 384], each row of length 1."""
type Engine = Callable[[Sequence[str]], Rows]

NUMBERS = 384
KEPT_AT_MOST = 8_192
"""Vectors that are kept: 12.6 MB."""

_log = logging.getLogger(__name__)


class SentenceModel:
    """Keeps what an engine computes, by the text's hash, the least used going first.

    Where the engine is absent, or another than the one that is meant, nothing fails: no text has a meaning
    then, the judgement goes by words alone, and log and `check` say so.
    """

    def __init__(self, model: str, load: Callable[[], Engine], *, kept_at_most: int = KEPT_AT_MOST) -> None:
        """`load` gives the engine or raises `Unusable`; it is called once, when a text has to be computed.

        `model` is its name and version.
        """
        self.model = model
        self.computed = 0
        """How many texts it has computed so far; the others were kept."""
        self._load = load
        self._kept: OrderedDict[bytes, Rows] = OrderedDict()
        self._kept_at_most = kept_at_most
        self._engine: Engine | None = None
        self._why_not: Unusable | None = None
        self._one_at_a_time = threading.Lock()

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, Rows]:
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

    def embed(self, texts: Sequence[str]) -> Rows:
        """float32[texts, 384], each row of length 1.

        Raises:
            Unusable: the model or a library is absent, or a file is not the one that is meant.
        """
        keys = [hashlib.sha256(text.encode("utf8", "surrogatepass")).digest() for text in texts]
        with self._one_at_a_time:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            if missing:
                plain = [text.encode("utf8", "replace").decode("utf8") for text in missing.values()]
                found.update(zip(missing, self._loaded()(plain), strict=True))
                self.computed += len(plain)
            for key in found:
                self._kept[key] = found[key]
                self._kept.move_to_end(key)
            while len(self._kept) > self._kept_at_most:
                self._kept.popitem(last=False)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, NUMBERS), np.float32)

    def _loaded(self) -> Engine:
        if self._why_not is not None:
            raise self._why_not
        if self._engine is None:
            try:
                self._engine = self._load()
            except Unusable as reason:
                self._why_not = reason
                raise
        return self._engine
