"""Lines of plain text in the making: quote marks, bullets, code, and white space that collapses."""

from dataclasses import dataclass, field

MOST_QUOTES = 3
"""Quotes within quotes that are marked as such; deeper ones look like the last of these."""
_CODE = "```"


@dataclass(slots=True)
class Lines:
    """What was written so far; a line begins with its quote marks and bullet once something is written in it."""

    quotes: int = 0
    """How many quotes are open."""
    bullet: str = ""
    """For the line that comes."""
    space: bool = False
    """Whether white space came last: it shows only between words."""
    _done: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    """Of the line that is being written."""
    _wanted_empty: bool = False
    """Whether the line, empty though it is, is wanted (`<p>&nbsp;</p>`)."""

    def flow(self, text: str) -> None:
        """Add running text."""
        words = text.split()
        self.space = self.space or text[:1].isspace()
        self._wanted_empty = self._wanted_empty or "\xa0" in text
        if words:
            self.write(" ".join(words))
            self.space = text[-1].isspace()

    def write(self, piece: str) -> None:
        """Add something as it stands, within the line."""
        if not self._parts:
            self._parts.append(self._quote_marks + self.bullet)
            self.bullet = ""
        elif self.space:
            self._parts.append(" ")
        self.space = False
        self._parts.append(piece)

    def end_line(self, *, even_empty: bool = False) -> None:
        """Begin a new line, unless one has just begun. Of empty lines in a row only one is kept."""
        if self._parts:
            self._done.append("".join(self._parts))
        elif (even_empty or self._wanted_empty) and self._done and self._done[-1].strip("> "):
            self._done.append(self._quote_marks.rstrip())
        self._parts, self.space, self._wanted_empty = [], False, False

    def block(self, code: str) -> None:
        """Add lines of code between fences, on lines of their own."""
        self.end_line()
        self.bullet = ""
        for line in (_CODE, *code.split("\n"), _CODE):
            self._done.append(self._quote_marks + line if line else self._quote_marks.rstrip())

    def text(self) -> str:
        """Everything that was written."""
        self.end_line()
        return "\n".join(self._done).strip("\n")

    @property
    def _quote_marks(self) -> str:
        return "> " * min(self.quotes, MOST_QUOTES)
