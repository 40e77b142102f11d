"""The fitted models: small JSON files beside this module, read on first use and kept."""

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "models"

type Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A logistic model over named features and, beside them, words."""

    bias: float
    features: Mapping[str, float]
    words: Mapping[str, float]

    def logit(self, features: Mapping[str, float], words: Iterable[str] = ()) -> float:
        """The model's log-odds. A feature or word that the model does not know counts nothing.

        Words count once each, scaled by how many there are, so that long texts do not run away.
        """
        known = [self.words[word] for word in set(words) if word in self.words]
        said = math.fsum(known) / math.sqrt(len(known)) if known else 0.0
        weights = self.features
        return self.bias + math.fsum(weights.get(name, 0.0) * value for name, value in features.items()) + said


def probability(logit: float) -> float:
    """The logistic function, without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1.0 + grown)


def read(name: str) -> dict[str, Any]:
    """The model file of that name, with its provenance."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf8"))
    return content


def unpacked(text: str, rows: int, columns: int) -> Rows:
    """float32[rows, columns] from what `training.files.packed` wrote: float16, little end first, in base64."""
    numbers = np.frombuffer(base64.b64decode(text), dtype="<f2")
    return np.asarray(numbers.reshape(rows, columns), np.float32)


@cache
def fingerprint(name: str) -> str:
    """Tells a fitted model from the one before and the one after it: 12 hexadecimal digits of its file."""
    return hashlib.blake2b((FOLDER / f"{name}.json").read_bytes(), digest_size=6).hexdigest()


@cache
def linear(name: str) -> Linear:
    """The fitted logistic model of that name."""
    content = read(name)
    return Linear(bias=content["bias"], features=content["features"], words=content.get("words", {}))
