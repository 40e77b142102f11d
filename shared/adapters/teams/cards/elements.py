"""The few Adaptive Card elements that our cards are made of.

What people wrote stands in RichTextBlocks only, which know no Markdown: TextBlocks read it, and Teams' clients
do not agree on how it is escaped (MicrosoftDocs/msteams-docs issue 5793). TextBlocks hold our own words.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from shared.adapters.teams.cards.fitting import cleaned
from shared.adapters.teams.cards.marking import mark_of
from shared.domain.identity import PostingId

type Element = dict[str, Any]

_TEAMS = ("teams.microsoft.com", "teams.cloud.microsoft", "teams.microsoft.us", "teams.live.com")
_FENCE = "```"
_BLANKS = re.compile(r"\t| {2,}|^ ", re.MULTILINE)


def heading(text: str, *, marked: PostingId | None = None, size: str = "Medium") -> Element:
    """A heading in our own words; the card's first one is marked with the posting that it belongs to."""
    mark = {"id": mark_of(marked)} if marked is not None else {}
    return {
        "type": "TextBlock",
        "text": text,
        "style": "heading",
        "size": size,
        "weight": "Bolder",
        "wrap": True,
    } | mark


def remark(text: str) -> Element:
    """A quiet line in our own words."""
    return {"type": "TextBlock", "text": text, "isSubtle": True, "wrap": True, "spacing": "Small"}


def run(text: str, **looks: Any) -> str | Element:
    """A piece of a line; `looks` are a TextRun's properties."""
    return {"type": "TextRun", "text": text} | looks if looks else text


def line(*runs: str | Element, spacing: str = "Small") -> Element:
    """One paragraph made of runs; anything may be in them."""
    return {"type": "RichTextBlock", "inlines": list(runs), "spacing": spacing}


def words(text: str, **looks: Any) -> list[Element]:
    """What a person wrote, as it stands: paragraphs, their lines, and blocks of code."""
    blocks: list[Element] = []
    rows: list[str] = []
    in_code = False
    for row in [*cleaned(text).split("\n"), None]:
        fence = row is not None and row.strip().startswith(_FENCE)
        if rows and (row is None or fence or (not row.strip() and not in_code)):
            blocks.append(_code(rows) if in_code else _prose(rows, looks))
            rows = []
        if fence:
            in_code = not in_code
        elif row is not None and (row.strip() or in_code):
            rows.append(row)
    return blocks


def _prose(rows: Sequence[str], looks: dict[str, Any]) -> Element:
    shown = [_isolated(re.sub(r"^(\s*)- ", "\\1• ", row)) for row in rows]
    block = line(run("\n".join(shown), **looks))
    return block | {"horizontalAlignment": "Right"} if _begins_rightwards(rows[0]) else block


def _code(rows: Sequence[str]) -> Element:
    # Renderers collapse blanks; an indentation must survive.
    kept = _BLANKS.sub(lambda found: "\u00a0" * (4 if found[0] == "\t" else len(found[0])), "\n".join(rows))
    return line(run(kept, fontType="Monospace"))


def _isolated(row: str) -> str:
    """A row with right-to-left script, kept from turning round what stands beside it (U+2068 … U+2069)."""
    return f"\u2068{row}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in row) else row


def _begins_rightwards(row: str) -> bool:
    strong = (unicodedata.bidirectional(c) for c in row)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def group(items: Sequence[Element], **looks: Any) -> Element:
    """Elements that belong together."""
    return {"type": "Container", "items": list(items), "spacing": "Medium"} | looks


def buttons(*actions: Element | None) -> list[Element]:
    """A row of buttons, without those that are None; nothing when none is left."""
    present = [action for action in actions if action is not None]
    return [{"type": "ActionSet", "actions": present, "spacing": "Small"}] if present else []


def execute(title: str, verb: str, posting_id: PostingId, *, tooltip: str, **data: str) -> Element:
    """A button that comes back to us as `verb`, with the posting and `data`, and with whatever inputs are beside it."""
    return {
        "type": "Action.Execute",
        "title": title,
        "tooltip": tooltip,
        "verb": verb,
        "data": {"posting": posting_id, **data},
    }


def open_source(web_url: str, *, cut: bool = False) -> Element | None:
    """A link to where something was said; None unless it leads into Teams."""
    if not _leads_into_teams(web_url):
        return None
    return {
        "type": "Action.OpenUrl",
        "title": "Read all of it in the thread" if cut else "Open the thread",
        "tooltip": "Opens the conversation in Teams",
        "url": web_url,
    }


def _leads_into_teams(web_url: str) -> bool:
    if not web_url.isascii() or any(c.isspace() or c in '<>"\\`' for c in web_url):
        return False
    try:
        parts = urlsplit(web_url)
        plain = parts.port is None and parts.username is None
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and plain and any(host == known or host.endswith(f".{known}") for known in _TEAMS)


def open_card(title: str, body: Sequence[Element], *actions: Element, tooltip: str) -> Element:
    """A button that unfolds a part of the card."""
    card = {"type": "AdaptiveCard", "body": list(body), "actions": list(actions)}
    return {"type": "Action.ShowCard", "title": title, "tooltip": tooltip, "card": card}
