"""The mark by which our own cards are known again in a conversation."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from shared.domain.identity import PostingId

_PREFIX = "cairn:"
_POSTING = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST = 5_000
"""Values that are looked at in a card: anybody may have made it."""


def mark_of(posting_id: PostingId) -> str:
    """The id that the card's first element bears."""
    return f"{_PREFIX}{posting_id}"


def posting_id_in(content: Mapping[str, object]) -> PostingId | None:
    """The posting that a card (an attachment's parsed content) shows, or None when it is none of ours.

    The first element's id says so, or else the data of any of its buttons. Anybody can copy a mark:
    who posted the message says whether it is true.
    """
    body = content.get("body")
    first = body[0] if isinstance(body, list) and body else None
    mark = first.get("id") if isinstance(first, dict) else None
    if isinstance(mark, str) and mark.startswith(_PREFIX):
        return _posting(mark.removeprefix(_PREFIX))
    return _of_buttons(content)


def _of_buttons(content: Mapping[str, object]) -> PostingId | None:
    waiting: deque[Any] = deque([content])
    for _ in range(_MOST):
        if not waiting:
            break
        value = waiting.popleft()
        if isinstance(value, dict):
            data = value.get("data")
            if value.get("type") == "Action.Execute" and isinstance(data, dict) and "posting" in data:
                return _posting(data["posting"])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value[:_MOST])
    return None


def _posting(text: object) -> PostingId | None:
    return PostingId(text) if isinstance(text, str) and _POSTING.fullmatch(text) else None
