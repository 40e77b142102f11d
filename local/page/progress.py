"""How far the story has been told."""

from dataclasses import dataclass

from local.page.views import Step


@dataclass(slots=True)
class Progress:
    """Written by whoever plays the scenario, read by the page."""

    done: int = 0
    total: int = 0
    moment: str = ""
    why: str = ""
    version: int = 0
    """Rises with everything that happens, so that the page knows when to look again."""
    story: tuple[Step, ...] = ()
    """What is worth seeing, in order; a visitor can step through it once the story is told."""

    @property
    def told(self) -> bool:
        """Whether the whole story has been played."""
        return self.done >= self.total
