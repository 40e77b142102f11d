"""The product's side of the connector: what it posts, and what it hears when that is refused."""

from typing import Any

import httpx
import pytest
from microsoft_teams.api.activities.message import MessageActivityInput


def card(text: str) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": text}]}


def showing(text: str) -> MessageActivityInput:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card(text)}
    return MessageActivityInput.model_validate({"summary": f"A card: {text}", "attachments": [attachment]})


def status(caught: pytest.ExceptionInfo[httpx.HTTPStatusError]) -> tuple[int, str]:
    response = caught.value.response
    return response.status_code, response.json()["error"]["code"]
