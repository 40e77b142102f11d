"""The card that says: this was answered before."""

from typing import Any

from shared.adapters.teams.cards import approaches
from shared.adapters.teams.cards.elements import (
    Element,
    buttons,
    execute,
    heading,
    line,
    open_source,
    remark,
    run,
    words,
)
from shared.adapters.teams.cards.fitting import Room, cleaned, shortened
from shared.adapters.teams.cards.whole import whole_card
from shared.adapters.teams.cards.wording import asked_by, reason_for_trust, sentence, trust_of
from shared.domain.cards import AnsweredBefore
from shared.domain.identity import PostingId
from shared.domain.snippets import Approach, Snippet

MOST_APPROACHES = 3


def answered_before(card: AnsweredBefore, room: Room) -> dict[str, Any]:
    """The question as it was asked then, and up to three ways to answer it, side by side."""
    snippet = card.snippet
    ways = snippet.visible_approaches
    body = [heading("Answered before", marked=card.posting_id, size="Large")]
    if card.private:
        body.append(remark("Only you can see this."))
    body += question_of(snippet, card.space_label, room)
    body.append(trust_line(snippet, room))
    for position, approach in enumerate(ways[:MOST_APPROACHES]):
        body.append(approaches.shown(approach, position, room, *_buttons(approach, card.posting_id, room)))
    if len(ways) > MOST_APPROACHES:
        more = len(ways) - MOST_APPROACHES
        body.append(remark("One more way is in the thread." if more == 1 else f"{more} more ways are in the thread."))
    return whole_card(body, room=room)


def question_of(snippet: Snippet, space_label: str, room: Room) -> list[Element]:
    """What was asked, by whom, when and where."""
    place = shortened(" ".join(cleaned(space_label).split()), room.aside)
    where = ("for" if snippet.from_file else "in", place)
    asked = f"{asked_by(snippet)} {' '.join(where)}:" if place else f"{asked_by(snippet)}:"
    question = shortened(cleaned(snippet.question), room.question, lines=8)
    return [line(run(asked, isSubtle=True)), *words(question, weight="Bolder")]


def trust_line(snippet: Snippet, room: Room) -> Element:
    """Whether somebody checked it, and why that may have changed."""
    trust, reason = trust_of(snippet), shortened(reason_for_trust(snippet), room.aside)
    return line(run(f"{trust}.", weight="Bolder"), *([f" {sentence(reason)}"] if reason else []))


def _buttons(approach: Approach, posting_id: PostingId, room: Room) -> list[Element]:
    cut = approaches.text_within(approach, room)[1]
    source = next((source.web_url for source in approach.sources), "")
    return buttons(
        execute("This helped", "helped", posting_id, tooltip="Say that this way helped you", approach=approach.id),
        execute("Not this", "not_helped", posting_id, tooltip="Say that this way did not help", approach=approach.id),
        open_source(source, cut=cut),
    )
