"""Teams' HTML to plain text, by lxml; code, lists, tables, quotes and links are kept.

Hostile input is no more than odd: scripts and comments are dropped, depth and size are bounded.
"""

import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree, html

MOST_CHARACTERS = 1_000_000
"""Of markup that is looked at; a Teams message is at most about 100 KB."""
MOST_DEPTH = 200
_DROPPED = {"script", "style", "template", "noscript", "iframe", "object", "head", "title", "svg", "math"}
_BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "hr"}
_CODE_BLOCKS = {"pre", "codeblock"}


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

    def add(self, text: str) -> None:
        """Go on with some text; nothing adds nothing, so that the last part says how the text ends."""
        if text:
            self.parts.append(text)

    def line(self) -> None:
        """Begin a new line, unless one has just begun."""
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")


def text_of(markup: str) -> HtmlText:
    """The plain text of a message's HTML body; empty for an empty or unreadable one. Never raises."""
    clean = "".join(c for c in markup[:MOST_CHARACTERS] if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    if not clean.strip():
        return HtmlText()
    try:
        root = html.fragment_fromstring(clean, create_parent="div", parser=html.HTMLParser(huge_tree=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return HtmlText()
    reading = _Reading()
    _read(root, reading, depth=0)
    return HtmlText(
        text=_tidied("".join(reading.parts)),
        links=tuple(dict.fromkeys(reading.links)),
        mention_ids=tuple(reading.mentions),
        attachment_ids=tuple(reading.attachments),
    )


def _read(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag or tag in _DROPPED:
        return
    if depth > MOST_DEPTH:
        reading.add(_flat(str(element.text_content())))
        return
    if tag in _CODE_BLOCKS:
        _read_code(element, reading)
    elif tag == "code":
        reading.add(f"`{_code_text(element)}`")
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
    if tag in _BLOCKS or tag == "li":
        reading.line()
    if tag == "li":
        reading.add(_bullet(element))
    _read_inside(element, reading, depth)
    if tag in ("td", "th") and element.getnext() is not None:
        reading.add(" | ")
    if tag in _BLOCKS or tag == "li":
        reading.line()


def _read_inside(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    reading.add(_flat(element.text or ""))
    for child in element:
        _read(child, reading, depth + 1)
        reading.add(_flat(child.tail or ""))


def _read_code(element: html.HtmlElement, reading: _Reading) -> None:
    reading.line()
    code = _code_text(element).strip("\n")
    reading.add(f"```\n{code}\n```\n")


def _code_text(element: html.HtmlElement) -> str:
    """The text of code, its line breaks kept."""
    parts: list[str] = []
    for node in element.iter():
        if node.tag == "br":
            parts.append("\n")
        elif isinstance(node.tag, str):
            parts.append(node.text or "")
        if node is not element:
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
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _read_quote(element: html.HtmlElement, reading: _Reading, depth: int) -> None:
    inside = _Reading()
    _read_inside(element, inside, depth)
    reading.line()
    reading.parts += [f"> {line}\n" for line in _tidied("".join(inside.parts)).split("\n")]
    reading.links += inside.links
    reading.mentions += inside.mentions
    reading.attachments += inside.attachments


def _bullet(item: html.HtmlElement) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "- "
    place = 1 + sum(1 for sibling in item.itersiblings("li", preceding=True))
    return f"{place}. "


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
    for line in unicodedata.normalize("NFC", text).split("\n"):
        fence = line.strip() == "```"
        kept = line if in_code and not fence else " ".join(line.split()) if not line.startswith(">") else line.rstrip()
        in_code = in_code != fence
        if kept or in_code or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n ")
