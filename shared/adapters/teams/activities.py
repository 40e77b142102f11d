"""The activities that we send (Bot Framework activity schema), as plain JSON."""

import hashlib
from typing import Any

import msgspec

from shared.adapters.teams.cards import render
from shared.adapters.teams.cards.fitting import cleaned, encodable, shortened
from shared.domain.cards import AnsweredBefore, Card, Notice, Review

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
_SUMMARY = 150
_LONGEST = 4000


def message_with(card: Card) -> dict[str, Any]:
    """A message that is the card. It has no text of its own: Teams would split it into two messages."""
    content = render(card)
    heading = str(content["body"][0]["text"])
    about = " ".join(cleaned(_subject(card)).split())
    return {
        "type": "message",
        "summary": shortened(f"{heading}: {about}" if about else heading, _SUMMARY),
        "attachments": [{"contentType": ADAPTIVE_CARD, "content": content}],
    }


def message_saying(text: str) -> dict[str, Any]:
    """A message in plain words, in which no mark has a meaning."""
    return {"type": "message", "textFormat": "plain", "text": shortened(encodable(text), _LONGEST)}


def fingerprint(card: Card) -> str:
    """SHA-256, hexadecimal, of the card as it would be sent."""
    return hashlib.sha256(msgspec.json.encode(render(card), order="sorted")).hexdigest()


def _subject(card: Card) -> str:
    """What a notification says beside the heading."""
    match card:
        case Notice():
            return card.text
        case AnsweredBefore() | Review():
            return card.snippet.question
        case _:
            return card.question
