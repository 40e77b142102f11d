"""From what an author types into a scenario to the HTML that Teams stores for a message.

Paragraphs, lists, `code`, fenced code, links and `<https://…>` are Markdown's; `@{hannah}` mentions the
person of that id. Everything else, HTML included, is text and comes out escaped.
"""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline

from local.scenarios.company import Person, PersonId
from local.scenarios.events import Body, Mention

_MENTION = re.compile(r"@\{([^}\s]+)\}")


def _mention_rule(state: StateInline, silent: bool) -> bool:
    """Turn `@{id}` into a token; left to Markdown, code spans and fences keep theirs as text."""
    found = _MENTION.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("mention", "at", 0)
        token.content = found[1]
    state.pos = found.end()
    return True


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False, "breaks": True, "xhtmlOut": False})
    markdown.enable(["fence", "list", "newline", "backticks", "link", "autolink"])
    markdown.inline.ruler.push("mention", _mention_rule)
    return markdown


_MARKDOWN = _markdown()


def body(written: str, people: Mapping[PersonId, Person]) -> Body:
    """The message body for what was typed; mentions are numbered in the order in which they stand.

    Raises `KeyError` with the id when a mention names nobody in `people`.
    """
    tokens = _MARKDOWN.parse(written)
    mentions: list[Mention] = []
    for child in (child for token in tokens for child in token.children or () if child.type == "mention"):
        person = people[PersonId(child.content)]
        mention = Mention(index=len(mentions), person=person.id, name=person.name)
        mentions.append(mention)
        child.type, child.tag, child.content = "html_inline", "", _at(mention)
    html = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    return Body(written=written, html=html.rstrip("\n"), mentions=tuple(mentions))


def _at(mention: Mention) -> str:
    """The mention's element; names in a company file hold no markup, but escaping costs nothing."""
    return f'<at id="{mention.index}">{escapeHtml(mention.name)}</at>'
