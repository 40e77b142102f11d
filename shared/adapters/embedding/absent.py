"""Without a sentence model everything still works, by words alone; and says so."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.errors import Misconfigured


class Unusable(Misconfigured):
    """The sentence model can't be used; the message says why."""


class NoEmbedder:
    """Stands where no sentence model is wanted: nothing has a meaning beyond its words."""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Nothing, for any texts."""
        return {}

    async def check(self) -> str:
        """The sentence for health reports."""
        return "Texts are compared by their words alone: no sentence model is set (CAIRN_EMBEDDING)."
