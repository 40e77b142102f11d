"""The cards that tell something and ask for nothing: a notice to a space, and the recall of advice."""

from typing import Any

from shared.adapters.teams.cards import approaches
from shared.adapters.teams.cards.answered_before import trust_line
from shared.adapters.teams.cards.elements import Element, buttons, heading, line, open_source, remark, run, words
from shared.adapters.teams.cards.fitting import Room, cleaned, shortened
from shared.adapters.teams.cards.whole import whole_card
from shared.adapters.teams.cards.wording import day, sentence
from shared.domain.cards import Notice, Recall
from shared.domain.snippets import Snippet

MOST_APPROACHES = 2


def notice_card(card: Notice, room: Room) -> dict[str, Any]:
    """One plain sentence or two."""
    text = shortened(cleaned(card.text), room.text)
    return whole_card([heading("A note from Cairn", marked=card.posting_id), *words(text)], room=room)


def recall_card(card: Recall, room: Room) -> dict[str, Any]:
    """What no longer holds, since when and why, and what replaces it."""
    body = [
        heading("This advice no longer holds", marked=card.posting_id, size="Large"),
        line(run("It was about this question:", isSubtle=True)),
        *words(shortened(cleaned(card.question), room.question, lines=8), weight="Bolder"),
        line(run(f"Since {day(card.at)}: ", weight="Bolder"), sentence(shortened(card.reason, room.aside))),
    ]
    body += [_nothing_instead()] if card.replacement is None else _instead(card.replacement, room)
    return whole_card(body, room=room)


def _nothing_instead() -> Element:
    return remark("Nothing replaces it yet. If you relied on it, please ask again.")


def _instead(snippet: Snippet, room: Room) -> list[Element]:
    items = [
        heading("What to use instead"),
        *words(shortened(cleaned(snippet.question), room.question, lines=8), weight="Bolder"),
        trust_line(snippet, room),
    ]
    for position, approach in enumerate(snippet.visible_approaches[:MOST_APPROACHES]):
        cut = approaches.text_within(approach, room)[1]
        source = next((source.web_url for source in approach.sources), "")
        items.append(approaches.shown(approach, position, room, *buttons(open_source(source, cut=cut))))
    return items
