"""The cards about people: who may be able to help, and the request to one of them."""

from collections import Counter
from typing import Any

from shared.adapters.teams.cards.elements import Element, buttons, execute, group, heading, line, remark, run, words
from shared.adapters.teams.cards.fitting import Room, cleaned, shortened
from shared.adapters.teams.cards.whole import whole_card
from shared.adapters.teams.cards.wording import first_name, name, name_without_marks
from shared.domain.cards import Ask, Helpers
from shared.domain.postings import Suggested

MOST_PEOPLE = 5
MOST_REASONS = 4


def helpers_card(card: Helpers, room: Room) -> dict[str, Any]:
    """The question that nobody has answered, and who may know, with the reasons for each."""
    suggested = card.suggested[:MOST_PEOPLE]
    first_names = Counter(first_name(one.person) for one in suggested)
    body = [
        heading("These people may be able to help", marked=card.posting_id, size="Large"),
        *_question(f"{name(card.asker)} asked:", card.question, room),
    ]
    for one in suggested:
        short = first_name(one.person)
        called = short if first_names[short] == 1 else name(one.person)
        body.append(_suggested(one, called, card, room))
    return whole_card(body, room=room)


def _suggested(one: Suggested, called: str, card: Helpers, room: Room) -> Element:
    whole = name(one.person)
    if one.person.key in card.asked:
        ending = [line(run("Asked", weight="Bolder"))]
    else:
        tooltip = f"Ask {whole} in the thread"
        ending = buttons(execute(f"Ask {called}", "ask", card.posting_id, tooltip=tooltip, person=one.person.key))
    items = [line(run(whole, weight="Bolder")), *_reasons(one.reasons, room), *ending]
    return group(items, style="emphasis", separator=True)


def ask_card(card: Ask, room: Room) -> dict[str, Any]:
    """A request to one person by name; the mention lets Teams tell them of it."""
    mention = f"<at>{name_without_marks(card.mentor)}</at>"
    body = [
        heading(f"{name_without_marks(card.asker)} would like your help", marked=card.posting_id, size="Large"),
        {"type": "TextBlock", "text": f"{mention}, can you answer this question?", "wrap": True},
        *_question("", card.question, room),
    ]
    if card.reasons:
        body += [line(run("Why you", weight="Bolder")), *_reasons(card.reasons, room)]
    body.append(remark("If you can, answer in this thread."))
    body += buttons(
        execute(
            "I can't right now",
            "pass",
            card.posting_id,
            tooltip="Takes this request away; nobody is told why",
        )
    )
    mentioned = {"id": card.mentor.object_id, "name": name_without_marks(card.mentor)}
    entity = {"type": "mention", "text": mention, "mentioned": mentioned}
    return whole_card(body, room=room, teams={"entities": [entity]})


def _question(introduction: str, question: str, room: Room) -> list[Element]:
    shown = shortened(cleaned(question), room.question, lines=8)
    introduced = [line(run(introduction, isSubtle=True))] if introduction else []
    return [*introduced, *words(shown, weight="Bolder")]


def _reasons(reasons: tuple[str, ...], room: Room) -> list[Element]:
    lines = (shortened(" ".join(cleaned(reason).split()), room.aside) for reason in reasons[:MOST_REASONS])
    return [line(f"• {reason}", spacing="None") for reason in lines if reason]
