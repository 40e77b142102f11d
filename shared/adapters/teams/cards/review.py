"""The card on which a curator decides about a proposed answer."""

from collections.abc import Iterator
from typing import Any

from shared.adapters.teams.cards import approaches
from shared.adapters.teams.cards.answered_before import question_of, trust_line
from shared.adapters.teams.cards.elements import (
    Element,
    buttons,
    execute,
    heading,
    line,
    open_card,
    open_source,
    remark,
    run,
)
from shared.adapters.teams.cards.fitting import Room, cleaned, encodable, shortened
from shared.adapters.teams.cards.whole import whole_card
from shared.domain.audiences import ORGANISATION
from shared.domain.cards import Review
from shared.domain.snippets import Approach, Snippet, Trust

MOST_CHARACTERS = 4000
"""Of one text that can be edited on the card."""
_MOST_LINKS = 3


def review_card(card: Review, room: Room) -> dict[str, Any]:
    """The question, its approaches and where they come from; buttons as far as there is something to decide."""
    snippet = card.snippet
    ways = snippet.visible_approaches
    body = [
        heading(_heading_of(snippet), marked=card.posting_id, size="Large"),
        *question_of(snippet, card.space_label, room),
        trust_line(snippet, room),
    ]
    if others := shortened(cleaned("; ".join(snippet.wordings)), room.aside):
        body.append(line(run("Also asked as: ", isSubtle=True), others))
    if snippet.redactions:
        body.append(line(_redacted(snippet.redactions)))
    for position, approach in enumerate(ways[: approaches.MOST_SHOWN]):
        body.append(approaches.shown(approach, position, room, *_links(approach, room)))
    if len(ways) > approaches.MOST_SHOWN:
        body.append(remark(f"There are {len(ways) - approaches.MOST_SHOWN} more; the first ones are shown."))
    return whole_card(body, room=room, actions=list(_decisions(card, room)))


def _heading_of(snippet: Snippet) -> str:
    if snippet.merged_into is not None:
        return "Merged"
    return {
        Trust.PROPOSED: "A proposed answer to check",
        Trust.VERIFIED: "A checked answer",
        Trust.STALE: "An answer to check again",
        Trust.RETIRED: "An answer that is no longer used",
    }[snippet.trust]


def _redacted(count: int) -> str:
    if count == 1:
        return "One secret or personal detail was taken out before this was stored."
    return f"{count} secrets or personal details were taken out before this was stored."


def _links(approach: Approach, room: Room) -> list[Element]:
    addresses = dict.fromkeys(source.web_url for source in approach.sources)
    cut = approaches.text_within(approach, room)[1]
    links = [link for address in addresses if (link := open_source(address, cut=cut)) is not None][:_MOST_LINKS]
    if len(links) > 1:
        links = [link | {"title": f"Open message {number}"} for number, link in enumerate(links, 1)]
    return buttons(*links)


def _decisions(card: Review, room: Room) -> Iterator[Element]:
    snippet = card.snippet
    if not snippet.usable:
        return
    undecided = snippet.trust is not Trust.VERIFIED
    if undecided:
        verify = _decide("Verify", "verify", card, tooltip="Colleagues will see that you checked this answer")
        yield verify | {"style": "positive", "associatedInputs": "None"}
    if fields := _fields(snippet, room):
        save = _decide("Save", "edit", card, tooltip="Saves your words and marks the answer as checked by you")
        yield open_card("Edit", fields, save, tooltip="Change the question, the answers, or when they hold")
    if undecided and card.similar:
        merge = _decide("Merge", "merge", card, tooltip="Puts the ways of both answers side by side")
        yield open_card("Merge", _choice(card, room), merge, tooltip="Join this answer to another about the same")
    if card.may_share and not undecided:
        yield _share(card)
    reject = _decide("Reject", "reject", card, tooltip="What you chose will not be suggested")
    asked = [*_what_to_reject(snippet), _reason()]
    yield open_card("Reject", asked, reject | {"style": "destructive"}, tooltip="Take this answer out of use")


def _share(card: Review) -> Element:
    if ORGANISATION in card.snippet.wider:
        return _decide("Stop sharing", "narrow", card, tooltip="Only members here will be shown this answer again")
    return _decide("Share", "widen", card, tooltip="Lets everybody in the organisation be shown this answer")


def _decide(title: str, verb: str, card: Review, *, tooltip: str) -> Element:
    return execute(title, verb, card.posting_id, tooltip=tooltip, snippet=card.snippet.id)


def _fields(snippet: Snippet, room: Room) -> list[Element]:
    """An input for each text that fits whole: saving a text that was cut would lose the rest of it."""
    fields: list[Element] = []
    left = room.edit
    question = encodable(snippet.question)
    if len(question) <= min(left, MOST_CHARACTERS):
        fields.append(_field("question", "Question", question, required="Please write the question."))
        left -= len(question)
    for position, approach in enumerate(snippet.visible_approaches[: approaches.MOST_SHOWN]):
        title, text, conditions = (
            approaches.title_of(position),
            encodable(approach.text),
            encodable(approach.conditions),
        )
        length = len(text) + len(conditions)
        if length > left or max(len(text), len(conditions)) > MOST_CHARACTERS:
            fields.append(remark(f"“{title}” is too long to be edited here."))
            continue
        fields.append(_field(f"text:{approach.id}", title, text, required="Please write the answer, or reject it."))
        fields.append(_field(f"conditions:{approach.id}", f"{title}: when it holds, and when not", conditions))
        left -= length
    return fields if any(field["type"] == "Input.Text" for field in fields) else []


def _field(field_id: str, label: str, value: str, *, required: str = "") -> Element:
    field: Element = {
        "type": "Input.Text",
        "id": field_id,
        "label": label,
        "isMultiline": True,
        "maxLength": MOST_CHARACTERS,
    }
    filled = {"value": value} if value else {}
    return field | filled | ({"isRequired": True, "errorMessage": required} if required else {})


def _what_to_reject(snippet: Snippet) -> list[Element]:
    """With several ways, one of them may be struck and the others kept; nothing to choose with one."""
    ways = snippet.visible_approaches[: approaches.MOST_SHOWN]
    if len(ways) < 2:
        return []
    each = [
        {"title": f"Only “{approaches.title_of(position)}”", "value": approach.id}
        for position, approach in enumerate(ways)
    ]
    choice: Element = {
        "type": "Input.ChoiceSet",
        "id": "approach",
        "label": "What should no longer be suggested?",
        "style": "expanded",
        "wrap": True,
        "value": "all",
        "choices": [{"title": "The whole answer", "value": "all"}, *each],
    }
    return [choice]


def _reason() -> Element:
    return {
        "type": "Input.Text",
        "id": "reason",
        "label": "Why? (optional; those who received this answer are told)",
        "isMultiline": True,
        "maxLength": 300,
    }


def _choice(card: Review, room: Room) -> list[Element]:
    choices = [
        {"title": shortened(" ".join(cleaned(other.question).split()), room.aside) or "…", "value": other.id}
        for other in card.similar
    ]
    choice: Element = {
        "type": "Input.ChoiceSet",
        "id": "into",
        "label": "Which answer is about the same question?",
        "style": "expanded",
        "wrap": True,
        "isRequired": True,
        "errorMessage": "Please choose an answer.",
        "choices": choices,
    }
    return [choice, line(run("Its question stays; the ways of both answers stand side by side.", isSubtle=True))]
