"""What a text means, as a sentence model has it; kept beside the text, so that it is computed once."""

import hashlib
import math
from array import array
from dataclasses import dataclass

NUMBERS = 384
_BYTES = 4 * NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A vector, which model made it, and of which text: another model or another text makes it out of date."""

    model: str
    """The model's name and version, as the embedder gives it; vectors of two models are never compared."""
    text_hash: str
    numbers: bytes
    """float32[384], little-endian, of length 1."""

    def __post_init__(self) -> None:
        if len(self.numbers) != _BYTES or not self.model:
            raise ValueError("an embedding has 384 numbers of 4 bytes, and a model that made it")
        if not math.isfinite(sum(array("f", self.numbers))):
            raise ValueError("an embedding's numbers are finite")

    def is_of(self, text: str) -> bool:
        """Whether it was made of exactly this text."""
        return self.text_hash == hash_of(text)


def hash_of(text: str) -> str:
    """By which a text is told from others, whatever it holds."""
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=16).hexdigest()
