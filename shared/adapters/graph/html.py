"""Teams' HTML to plain text, by lxml; code, lists, tables, quotes and links are kept.

Hostile input is no more than odd: scripts and comments are dropped, depth and size are bounded.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree, html

MOST_CHARACTERS = 1_000_000
"""Of markup that is looked at; a Teams message is at most about 100 KB."""
MOST_DEPTH = 200
MOST_QUOTES = 8
"""Quotes within quotes that are still marked as such."""
_DROPPED = {"script", "style", "template", "noscript", "iframe", "object", "head", "title", "svg", "math"}
_BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "hr"}
_LISTS = {"ul", "ol"}
_CODE_BLOCKS = {"pre", "codeblock"}
_BULLET = re.compile(r"- |\d+\. ")


@dataclass(slots=True)
class HtmlText:
    """What a body says, and what it refers to."""

    text: str = ""
    links: tuple[str, ...] = ()
    """http and https addresses, each once, in order."""
    mention_ids: tuple[str, ...] = ()
    attachment_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    parts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    """The next item's number in each list that is open; None in one without numbers."""
    quotes: int = 0

    def add(self, text: str) -> None:
        """Go on with some text; nothing adds nothing, so that the last part says how the text ends."""
        if text:
            self.parts.append(text)

    def flow(self, text: str) -> None:
        """Go on with text outside code; white space that only lays out the markup is not text."""
        begun = bool(self.parts) and not self.parts[-1].endswith("\n")
        if begun or not text.isspace():
            self.add(_flat(text))

    def line(self) -> None:
        """Begin a new line, unless one has just begun or holds no more than its bullet."""
        if self.parts and not self.parts[-1].endswith("\n") and not _BULLET.fullmatch(self.parts[-1]):
            self.parts.append("\n")


def text_of(markup: str) -> HtmlText:
    """The plain text of a message's HTML body; empty for an empty or unreadable one. Never raises."""
    clean = _printable(markup[:MOST_CHARACTERS])
    if not clean.strip():
        return HtmlText()
    parser = html.HTMLParser(huge_tree=True)
    try:
        root = html.document_fromstring(clean, parser=parser)
        if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
            # Thousands of nested elements: nothing that Teams sends, so only the words are kept.
            words = _Words()
            etree.fromstring(clean, etree.HTMLParser(target=words, huge_tree=True))
            return HtmlText(text=_tidied("".join(words.parts)))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return HtmlText()
    reading = _Reading()
    _read(root, reading, depth=0)
    return HtmlText(
        text=_tidied("".join(reading.parts)),
        links=tuple(dict.fromkeys(reading.links)),
        mention_ids=tuple(filter(None, reading.mentions)),
        attachment_ids=tuple(filter(None, reading.attachments)),
    )


def _printable(text: str) -> str:
    """Without control characters, lone surrogates and noncharacters; every kind of line break is one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or _is_text(c))


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in "\ufffe\uffff"


class _Words:
    """A target for lxml's parser that keeps the words alone, however deep they are nested."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._dropped = 0

    def start(self, tag: str | bytes, attrib: dict[str | bytes, str | bytes]) -> None:  # noqa: ARG002 - lxml's own
        self._dropped += tag in _DROPPED

    def end(self, tag: str | bytes) -> None:
        self._dropped -= tag in _DROPPED

    def data(self, data: str | bytes) -> None:
        if not self._dropped:
            self.parts.append(_flat(str(data)))

    def comment(self, text: str | bytes) -> None:
        """A comment is nobody's words."""

    def close(self) -> None:
        """The words are in `parts`."""


def _read(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag or tag in _DROPPED:
        return
    if depth > MOST_DEPTH:
        reading.add(_flat(_plain(element)))
        return
    if tag in _CODE_BLOCKS:
        _read_code(element, reading)
    elif tag == "code":
        reading.add(f"`{_plain(element)}`")
    elif tag == "br":
        reading.add("\n")
    elif tag in ("img", "emoji"):
        reading.add(element.get("alt") or "")
    elif tag == "attachment":
        reading.attachments.append(element.get("id") or "")
    elif tag == "a":
        _read_link(element, reading, depth)
    elif tag == "blockquote":
        _read_quote(element, reading, depth)
    else:
        _read_rest(element, tag, reading, depth)


def _read_rest(element: html.HtmlElement, tag: str, reading: _Reading, depth: int) -> None:
    if tag == "at":
        reading.mentions.append(element.get("id") or "")
    if tag in ("td", "th"):
        _read_cell(element, reading, depth)
        return
    if tag in _BLOCKS or tag == "li":
        reading.line()
    if tag == "li":
        reading.add(_bullet(reading))
    if tag in _LISTS:
        reading.numbers.append(_first_number(element) if tag == "ol" else None)
    _read_inside(element, reading, depth)
    if tag in _LISTS:
        reading.numbers.pop()
    if tag in _BLOCKS or tag == "li":
        reading.line()


def _read_cell(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    """A cell stays within its row's line, whatever paragraphs it is made of; code alone keeps its lines."""
    start = len(reading.parts)
    _read_inside(element, reading, depth)
    said = "".join(reading.parts[start:])
    if "```" not in said:
        reading.parts[start:] = [" ".join(said.split())]
    if element.getnext() is not None:
        reading.add(" | ")


def _read_inside(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    reading.flow(element.text or "")
    for child in element:
        _read(child, reading, depth + 1)
        reading.flow(child.tail or "")


def _read_code(element: html.HtmlElement, reading: _Reading) -> None:
    reading.line()
    code = _plain(element).strip("\n")
    reading.add(f"```\n{code}\n```\n")


def _plain(element: html.HtmlElement) -> str:
    """The text as it stands, line breaks kept, without what is dropped everywhere; not recursive."""
    parts = [element.text or ""]
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if node is element:
            continue
        if event == "start":
            if node.tag in _DROPPED:
                walk.skip_subtree()
            else:
                parts.append("\n" if node.tag == "br" else node.text or "")
        else:
            parts.append(node.tail or "")
    return "".join(parts).replace("\xa0", " ")


def _read_link(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    address = (element.get("href") or "").strip()
    start = len(reading.parts)
    _read_inside(element, reading, depth)
    if not _is_web(address):
        return
    reading.links.append(address)
    shown = "".join(reading.parts[start:]).strip()
    if not shown:
        reading.add(address)
    elif shown not in (address, address.removesuffix("/"), address.partition("://")[2].removesuffix("/")):
        reading.add(f" ({address})")


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and address.isprintable()


def _read_quote(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    reading.line()
    if reading.quotes >= MOST_QUOTES:
        _read_inside(element, reading, depth)
        reading.line()
        return
    inside = _Reading(quotes=reading.quotes + 1)
    _read_inside(element, inside, depth)
    reading.parts += [f"> {line}\n" for line in _tidied("".join(inside.parts)).split("\n")]
    reading.links += inside.links
    reading.mentions += inside.mentions
    reading.attachments += inside.attachments


def _bullet(reading: _Reading) -> str:
    number = reading.numbers[-1] if reading.numbers else None
    if number is None:
        return "- "
    reading.numbers[-1] = number + 1
    return f"{number}. "


def _first_number(element: html.HtmlElement) -> int:
    start = element.get("start") or ""
    return int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1


def _flat(text: str) -> str:
    """Text outside code: runs of white space are one space."""
    if not text:
        return ""
    collapsed = " ".join(text.replace("\xa0", " ").split())
    return (" " if text[0].isspace() else "") + collapsed + (" " if text[-1].isspace() and collapsed else "")


def _tidied(text: str) -> str:
    """Lines without spaces at their ends (but inside code), at most one empty line in a row, NFC."""
    lines: list[str] = []
    in_code = False
    for line in unicodedata.normalize("NFC", _printable(text)).split("\n"):
        fence = line.strip() == "```"
        kept = line if in_code and not fence else " ".join(line.split()) if not line.startswith(">") else line.rstrip()
        in_code = in_code != fence
        if kept or in_code or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n ")
