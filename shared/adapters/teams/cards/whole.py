"""The card around its elements, and the same in plain words for clients that can't show it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.adapters.teams.cards.elements import Element
from shared.adapters.teams.cards.fitting import Room, shortened

_UNSEEN = str.maketrans({"\u00a0": " ", "\u2068": None, "\u2069": None})


def whole_card(
    body: Sequence[Element],
    *,
    room: Room,
    actions: Sequence[Element] = (),
    teams: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An Adaptive Card 1.5; `teams` are Teams' own extensions (`msteams`), which the published schema doesn't know."""
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "lang": "en",
        "fallbackText": shortened("\n".join(_said(body)).translate(_UNSEEN), room.fallback),
        "body": list(body),
    }
    if actions:
        card["actions"] = list(actions)
    if teams:
        card["msteams"] = dict(teams)
    return card


def _said(elements: Sequence[Element]) -> Iterator[str]:
    """What the elements say, in reading order; buttons that need us are left out."""
    for element in elements:
        match element:
            case {"type": "TextBlock", "text": text}:
                yield str(text).replace("<at>", "").replace("</at>", "")
            case {"type": "RichTextBlock", "inlines": inlines}:
                yield "".join(one if isinstance(one, str) else str(one["text"]) for one in inlines)
            case {"type": "Container", "items": items}:
                yield from _said(items)
            case {"type": "ActionSet", "actions": actions}:
                yield from (f"{one['title']}: {one['url']}" for one in actions if one["type"] == "Action.OpenUrl")
            case _:
                pass
