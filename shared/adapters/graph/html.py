"""Teams' HTML to plain text, by lxml; code, lists, tables, quotes and links are kept.

lxml's parser calls a target as it reads, so no tree is built and nothing is recursive: deep nesting costs
no stack, and many attributes no more than their length.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree

from shared.adapters.graph.characters import plain
from shared.adapters.graph.lines import Lines

MOST_CHARACTERS = 1_000_000
"""Of markup that is looked at; Graph leaves out longer content, and a message of Teams is at most about 100 KB."""
MOST_TAGS = 40_000
"""That are looked at. For a tag that closes nothing the parser searches all open ones: unbounded, a minute's work."""
MOST_DEPTH = 6
"""Lists within lists that are indented further."""
_DROPPED = {"script", "style", "template", "noscript", "noframes", "iframe", "object", "applet", "title", "svg"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "section", "summary", "table", "tr", "ul",
}  # fmt: skip
_CODE_BLOCKS = {"pre", "codeblock"}
_CELLS = {"td", "th"}
_PICTURES = {"img", "emoji", "customemoji"}
_HIDING = {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse"), ("mso-hide", "all")}


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlText:
    """What a body says, and what it refers to.

    A mention (`<at>`) is in the text by its name, a picture by its description; an `<attachment>` only says
    where one of the message's attachments would be shown, and is left out.
    """

    text: str = ""
    links: tuple[str, ...] = ()
    """http and https addresses, each once and in order."""
    images: int = 0
    """Pictures that Teams holds for the message (hosted contents)."""


def text_of(markup: str | None) -> HtmlText:
    """The plain text of a message's HTML body; empty for None and for what says nothing. Never raises.

    Takes time in proportion to the markup, of which `MOST_CHARACTERS` and `MOST_TAGS` are read. Scripts,
    comments and what a style hides are dropped.
    """
    body = _Body()
    encoded = _bounded(plain(markup or "")).encode()
    if encoded.strip():
        # The stub asks for targets that take bytes as well, which lxml gives to none.
        parser = etree.HTMLParser(target=body, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]
        with suppress(etree.LxmlError):  # what was read until then is the text
            etree.fromstring(encoded, parser)
    return HtmlText(
        text=plain(body.lines.text()),
        links=tuple(dict.fromkeys(body.links)),
        images=body.images,
    )


def web_address(address: object) -> str | None:
    """An http or https address of up to 4,000 printable characters; None for anything else."""
    if not isinstance(address, str) or len(address) > 4_000 or not address.isprintable() or " " in address.strip():
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme in ("http", "https") and parts.netloc else None


def _bounded(markup: str) -> str:
    return "<".join(markup[:MOST_CHARACTERS].split("<", MOST_TAGS)[:MOST_TAGS])


@dataclass(slots=True)
class _Link:
    address: str
    shown: list[str] = field(default_factory=list)


class _Body:
    """The target that lxml's parser calls; its state is where in the body the parser is."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.links: list[str] = []
        self.images = 0
        self._dropped = 0
        self._code_blocks = 0
        self._codes = 0
        self._code: list[str] = []
        self._cells = 0
        self._rows: list[int] = []
        """How many cells each open row has so far."""
        self._numbers: list[int | None] = []
        """The next item's number in each open list; None in one without numbers."""
        self._link: _Link | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if self._dropped or tag in _DROPPED or _is_hidden(attributes):
            self._dropped += 1
            return
        self._refer(tag, attributes)
        if tag in _CODE_BLOCKS or tag == "code":
            self._code_blocks += tag != "code"
            self._codes += tag == "code"
        elif tag == "br" or (self._in_code and tag in _BLOCKS):
            self._break(tag)
        elif tag in _CELLS:
            self._start_cell()
        elif tag in _BLOCKS:
            self._start_block(tag, attributes)

    def end(self, tag: str) -> None:
        """An element ends, by its tag or because the parser closes it."""
        if self._dropped:
            self._dropped -= 1
        elif tag in _CODE_BLOCKS or tag == "code":
            self._end_code(tag)
        elif tag == "a":
            self._end_link()
        elif tag in _CELLS:
            self._cells = max(0, self._cells - 1)
        elif tag in _BLOCKS and not self._in_code:
            self._end_block(tag)

    def data(self, text: str) -> None:
        """Text within the innermost element; a run of it may come in several pieces."""
        if self._dropped:
            return
        if self._link is not None:
            self._link.shown.append(text)
        if self._in_code:
            self._code.append(text)
        else:
            self.lines.flow(text)

    def close(self) -> None:
        """The body ends."""

    @property
    def _in_code(self) -> bool:
        return self._code_blocks > 0 or self._codes > 0

    def _refer(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note what an element refers to, and say what stands in its attributes."""
        if tag in _PICTURES:
            self._show(attributes)
        elif tag == "a":
            self._end_link()  # a link within a link is two in a row
            if (address := web_address(attributes.get("href"))) is not None:
                self.links.append(address)
                self._link = _Link(address)

    def _show(self, attributes: Mapping[str, str]) -> None:
        """A picture's description, unless Teams gave the one that it gives to every picture pasted."""
        is_hosted = "/hostedContents/" in attributes.get("src", "")
        description = attributes.get("alt", "")
        self.images += is_hosted
        if description and not (is_hosted and description.casefold() == "image"):
            self.data(description)

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link is None or self._in_code:
            return
        shown = " ".join("".join(link.shown).split())
        if not shown:
            self.lines.write(link.address)
        elif _bare(shown) != _bare(link.address):
            self.lines.space = True
            self.lines.write(f"({link.address})")

    def _end_code(self, tag: str) -> None:
        self._code_blocks -= tag != "code" and self._code_blocks > 0
        self._codes -= tag == "code" and self._codes > 0
        if self._in_code:
            return
        code, self._code = plain("".join(self._code)).replace("\xa0", " ").strip("\n"), []
        if not code.strip():
            return
        if "\n" in code or (tag != "code" and not self._cells):
            self.lines.block(code)
        else:
            self.lines.write(f"`{code}`")

    def _break(self, tag: str) -> None:
        if not self._in_code and not self._cells:
            self.lines.end_line(even_empty=True)
        elif not self._in_code:
            self.lines.space = True
        elif tag == "br" or (self._code and not self._code[-1].endswith("\n")):
            self._code.append("\n")

    def _start_cell(self) -> None:
        if self._rows:
            if self._rows[-1]:
                self.lines.flow(" | ")
            self._rows[-1] += 1
        self._cells += 1

    def _start_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._end_paragraph()
        if tag == "blockquote":
            self.lines.quotes += 1
        elif tag == "tr":
            self._rows.append(0)
        elif tag in ("ul", "ol"):
            self._numbers.append(_first_number(attributes) if tag == "ol" else None)
        elif tag == "li":
            self.lines.bullet = self._bullet()

    def _end_block(self, tag: str) -> None:
        self._end_paragraph()
        if tag == "blockquote":
            self.lines.quotes = max(0, self.lines.quotes - 1)
        elif tag == "tr" and self._rows:
            self._rows.pop()
        elif tag in ("ul", "ol") and self._numbers:
            self._numbers.pop()
        elif tag == "li":
            self.lines.bullet = ""

    def _end_paragraph(self) -> None:
        """Paragraphs are lines; within a table's cell they stay within the row's."""
        if self._cells:
            self.lines.space = True
        else:
            self.lines.end_line()

    def _bullet(self) -> str:
        indent = "  " * min(max(0, len(self._numbers) - 1), MOST_DEPTH)
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return f"{indent}- "
        self._numbers[-1] = number + 1
        return f"{indent}{number}. "


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether an element asks not to be seen, by the attribute for it or by its own style."""
    if "hidden" in attributes:
        return True
    for declaration in attributes.get("style", "").lower().split(";"):
        name, _, value = (part.strip() for part in declaration.partition("!")[0].partition(":"))
        is_nothing = name in ("opacity", "font-size") and value[:1] == "0" and not value.strip("0.%cehimnprtx")
        if is_nothing or (name, value) in _HIDING:
            return True
    return False


def _first_number(attributes: Mapping[str, str]) -> int:
    start = attributes.get("start", "")
    return int(start) if start.isascii() and start.isdigit() and len(start) <= 6 else 1


def _bare(address: str) -> str:
    """An address as people shorten it."""
    return address.partition("://")[2].removesuffix("/").casefold() or address.removesuffix("/").casefold()
