"""How far the story has been told."""

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """Written by whoever plays the scenario, read by the page."""

    done: int = 0
    total: int = 0
    """Steps of the story; the time that passes after the last event counts as one of them."""
    moment: str = ""
    why: str = ""
    version: int = 0
    """Rises with everything that happens, so that the page knows when to look again."""

    @property
    def told(self) -> bool:
        """Whether the whole story has been played, so that visitors may act."""
        return self.done >= self.total
