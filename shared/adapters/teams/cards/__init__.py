"""What a card says, as an Adaptive Card 1.5 that Teams takes."""

from typing import Any

from shared.adapters.teams.cards.answered_before import answered_before
from shared.adapters.teams.cards.fitting import Room, fitted
from shared.adapters.teams.cards.marking import posting_id_in
from shared.adapters.teams.cards.mentors import ask_card, helpers_card
from shared.adapters.teams.cards.notices import notice_card, recall_card
from shared.adapters.teams.cards.review import review_card
from shared.domain.cards import AnsweredBefore, Ask, Card, Helpers, Notice, Recall, Review

__all__ = ["posting_id_in", "render"]


def render(card: Card) -> dict[str, Any]:
    """The card as JSON: always within Teams' limit of size, and always with the same in plain words.

    Words that don't fit are left out at the end of each text, between two words, and a link leads to the rest.
    """

    def build(room: Room) -> dict[str, Any]:
        match card:
            case AnsweredBefore():
                return answered_before(card, room)
            case Helpers():
                return helpers_card(card, room)
            case Review():
                return review_card(card, room)
            case Ask():
                return ask_card(card, room)
            case Notice():
                return notice_card(card, room)
            case Recall():
                return recall_card(card, room)

    return fitted(build)
