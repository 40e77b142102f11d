"""Writing a fitted model beside the judgement, with where it comes from."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.judgement.models import FOLDER


def write(name: str, content: Mapping[str, Any], *, fitted_on: str, figures: Mapping[str, float]) -> bool:
    """Write a model file; True when it differs from the one that was there.

    The date stands for when these numbers were first fitted: a refit that gives the same keeps it,
    and with it every byte.
    """
    provenance = {"fitted_on": fitted_on, "figures": {key: round(value, 2) for key, value in figures.items()}}
    path = FOLDER / f"{name}.json"
    if path.exists():
        known = json.loads(path.read_text(encoding="utf8"))
        known["provenance"].pop("fitted_at", None)
        if known == json.loads(json.dumps({"provenance": provenance, **content})):
            return False
    FOLDER.mkdir(exist_ok=True)
    dated = {"provenance": {**provenance, "fitted_at": datetime.now(UTC).date().isoformat()}, **content}
    path.write_text(_laid_out(dated), encoding="utf8")
    return True


def _laid_out(content: Mapping[str, Any]) -> str:
    parts = (f"{json.dumps(key)}: {_compact(value)}" for key, value in content.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rounded(numbers: NDArray[np.floating]) -> Any:
    """Nested lists of numbers with four significant digits: all that these models can tell apart."""
    if numbers.ndim == 1:
        return [float(f"{number:.4g}") for number in numbers]
    return [rounded(row) for row in numbers]


def packed(numbers: NDArray[np.floating]) -> str:
    """Many numbers as float16, little end first, in base64: a quarter of what their digits take."""
    return base64.b64encode(numbers.astype("<f2").tobytes()).decode("ascii")
