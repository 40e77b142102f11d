"""How a card shows one way to answer: whose it is, what it says, when it holds, what became of it."""

from shared.adapters.teams.cards.elements import Element, group, heading, line, run, words
from shared.adapters.teams.cards.fitting import Room, cleaned, shortened
from shared.adapters.teams.cards.wording import objections_to, outcomes_of, said_by
from shared.domain.snippets import Approach

MOST_LINES = 20

_TITLES = ("One way", "Another way", "A third way", "A fourth way", "A fifth way")
MOST_SHOWN = len(_TITLES)


def title_of(position: int) -> str:
    """What the approach at that place is called; none is called the best."""
    return _TITLES[position]


def text_within(approach: Approach, room: Room) -> tuple[str, bool]:
    """What the card shows of an approach's words, and whether some are missing."""
    whole = cleaned(approach.text)
    shown = shortened(whole, room.text, lines=MOST_LINES)
    return shown, shown != whole


def shown(approach: Approach, position: int, room: Room, *after: Element) -> Element:
    """The approach as a group that ends with `after`."""
    items = [heading(title_of(position), size="Default")]
    if voices := said_by(approach):
        items.append(line(run(voices, isSubtle=True), spacing="None"))
    items += words(text_within(approach, room)[0])
    if conditions := shortened(cleaned(approach.conditions), room.aside):
        items.append(line(run("When this holds: ", weight="Bolder"), conditions))
    if objections := objections_to(approach):
        items.append(group([line(objections)], style="warning", spacing="Small"))
    if outcomes := outcomes_of(approach):
        items.append(line(run(outcomes, isSubtle=True)))
    return group([*items, *after], style="emphasis", separator=True)
