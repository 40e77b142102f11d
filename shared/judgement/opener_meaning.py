"""What the meaning of somebody's words tells about whether they open a request: one number beside all others."""

from dataclasses import dataclass
from functools import cache

from shared.judgement import models
from shared.judgement.meaning import NUMBERS, Meanings
from shared.judgement.models import Rows

MEANT = "means a request"
"""The name of that number among those that the models weigh."""
_BY_WORDS = {"openers-chat": "openers-chat-meant", "openers-due": "openers-due-meant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A fitted logistic model of what openers mean."""

    bias: float
    weights: Rows
    """float32[384, 1]"""


def meant(text: str, meanings: Meanings) -> float | None:
    """Log-odds, by meaning alone, that a message of a chat opens a request; None where it is not known."""
    vector = meanings.get(text)
    if vector is None:
        return None
    fitted = _fitted()
    return fitted.bias + float((vector @ fitted.weights).item())


def fitted_beside(name: str) -> str:
    """The model of openers that weighs meaning beside what the one of that name weighs."""
    return _BY_WORDS[name]


@cache
def _fitted() -> Meant:
    content = models.read("openers-meaning")
    return Meant(bias=content["bias"], weights=models.unpacked(content["weights"], NUMBERS, 1))
