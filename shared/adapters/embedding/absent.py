"""Without a sentence model everything still works, by words alone; and says so."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.errors import Misconfigured


class Unusable(Misconfigured):
    """The sentence model can't be used; the message says why, and what that means."""

    def __init__(self, why: str) -> None:
        """`why` is a clause such as "the package … is not installed"."""
        super().__init__(f"texts are compared by their words alone: {why}")


class NoEmbedder:
    """Stands where no sentence model is wanted: nothing has a meaning beyond its words."""

    model = ""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:  # noqa: ARG002 - the port's
        """Nothing, for any texts."""
        return {}

    async def check(self) -> None:
        """Nothing to complain of: somebody chose this."""
