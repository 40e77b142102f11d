"""What a snippet's question means, as properties of its document: numbers, because that is what a vector policy takes.

A number is written with as many digits as float32 needs, so what is read is what was written.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.adapters.cosmos.containers import EMBEDDED_BY, EMBEDDING
from shared.adapters.ranking.vectors import vector_of
from shared.domain.embeddings import Embedding, hash_of

_NUMBERS, _MODEL = EMBEDDING.removeprefix("/"), EMBEDDED_BY.removeprefix("/")


def columns_of(embedding: Embedding | None) -> dict[str, object]:
    """The properties that hold an embedding; none for none."""
    if embedding is None:
        return {}
    return {_NUMBERS: [float(str(number)) for number in vector_of(embedding)], _MODEL: embedding.model}


def embedding_in(content: Mapping[str, Any], question: str) -> Embedding | None:
    """The embedding in a document with that question, or None: only one of the question as it stands is ever kept."""
    numbers = content.get(_NUMBERS)
    if not numbers:
        return None
    return Embedding(model=content[_MODEL], text_hash=hash_of(question), numbers=np.array(numbers, "<f4").tobytes())
