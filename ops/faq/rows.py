"""Rows of a table as plain text without secrets: questions, answers, and where each stood."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime

from markdown_it import MarkdownIt

from ops.faq.columns import Columns
from ops.faq.table import Table
from shared.adapters.graph.characters import plain
from shared.adapters.graph.html import text_of, web_address
from shared.domain.faq import Row
from shared.domain.redaction import redact
from shared.domain.snippets import Imported

LONGEST = 8_000
"""Characters of a question or an answer, as much as a curator may write."""
_LONGEST_RAW = 200_000
_UNANSWERED = "#$unanswered$#"
"""What FAQ Plus keeps as the answer of a question that nobody has answered."""
_MARKUP = re.compile(r"</?[a-z][^<>]*>|\]\(\s*https?://", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
_CARD = ("Title", "Subtitle", "Description", "RedirectionUrl")
"""What a rich answer of FAQ Plus says, beside its picture."""
_GUARDED = re.compile(r"^'(?=[=+\-@])")
"""Spreadsheets put an apostrophe before what would be a formula."""


@dataclass(slots=True)
class Rows:
    """The rows that can be used, and those that can't, by number and reason."""

    good: list[Row] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    left_out: int = 0
    """Follow-ups, and questions without an answer."""


def rows_of(table: Table, columns: Columns, *, file: str, by: str, now: datetime) -> Rows:
    """Every row of a table, read as its columns say; `by` is who brings it in."""
    found = Rows()
    for number, fields in table.rows:
        if len(fields) <= max(columns.question, columns.answer):
            found.bad.append((number, "it has too few columns"))
            continue
        if max(map(len, fields)) > _LONGEST_RAW:
            found.bad.append((number, f"a field has more than {_LONGEST_RAW:,} characters"))
            continue
        question = _question(fields[columns.question])
        answer = _answer(fields[columns.answer], markdown=columns.markdown)
        if not answer or answer == _UNANSWERED or _said(fields, columns.follow_up).casefold() == "true":
            found.left_out += 1
        elif not question:
            found.bad.append((number, "it has an answer and no question"))
        elif max(len(question), len(answer)) > LONGEST:
            found.bad.append((number, f"its question or answer has more than {LONGEST:,} characters"))
        else:
            source = Imported(
                file=file,
                row=number,
                at=now,
                by=by,
                key=_said(fields, columns.key)[:100],
                stated=redact(_source(_said(fields, columns.source))).text,
            )
            found.good.append(_row(question, answer, source))
    return found


def _row(question: str, answer: str, source: Imported) -> Row:
    asked, said = redact(question), redact(answer)
    return Row(question=asked.text, answer=said.text, source=source, redactions=len(asked.found) + len(said.found))


def _question(text: str) -> str:
    return " ".join(_words(text, markdown=False).replace("\\n", " ").split())


def _answer(text: str, *, markdown: bool) -> str:
    card = _card_in(text)
    if card is not None:
        return "\n".join(filter(None, (_words(card.get(name) or "", markdown=markdown) for name in _CARD)))
    return _words(text, markdown=markdown)


def _card_in(text: str) -> dict[str, str] | None:
    """A rich answer of FAQ Plus; None for words."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    names = {str(name)[:1].upper() + str(name)[1:]: value for name, value in found.items()}
    return {name: value for name, value in names.items() if name in _CARD and isinstance(value, str)} or None


def _words(text: str, *, markdown: bool) -> str:
    """Plain text: HTML and Markdown without their marks, links beside what they stand on."""
    text = _GUARDED.sub("", text)
    if markdown:
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
    if markdown or _MARKUP.search(text):
        return text_of(_MARKDOWN.render(text)).text.strip()
    return plain(text).strip()


def _source(text: str) -> str:
    """Where the file says that it is from: an address or a name, on one line."""
    line = " ".join(plain(text).split())
    return web_address(line) or line[:200]


def _said(fields: tuple[str, ...], place: int | None) -> str:
    return fields[place].strip() if place is not None and place < len(fields) else ""
