"""What a visitor does as the person they chose to be: press, write, let time pass."""

import asyncio
import html
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from local.stage import Stage

MAX_TEXT = 8_000
STEPS = {"minutes": timedelta(minutes=10), "hours": timedelta(hours=3), "day": timedelta(days=1)}
"""How far a visitor may let time pass at once."""


class Actions:
    """One at a time; each returns when everything that follows from it has been worked off.

    Each returns what Cairn says to this person alone, empty when it says nothing. All raise KeyError,
    LookupError or ValueError for what can't be done, `press` and `say` also BotUnreachableError.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._acting = asyncio.Lock()

    async def press(self, wanted: Mapping[str, Any]) -> str:
        """Press a card's button: `as`, `place`, `message`, `verb`, `data`."""
        data = wanted.get("data")
        async with self._acting:
            answer = await self._stage.tenant.press(
                str(wanted["as"]),
                str(wanted["place"]),
                str(wanted["message"]),
                str(wanted["verb"]),
                data if isinstance(data, dict) else None,
            )
            await self._stage.settle()
        value = answer.body.get("value")
        return value if isinstance(value, str) else ""

    async def say(self, wanted: Mapping[str, Any]) -> str:
        """Write `text` as `as` into `place`: a post, a reply to `replyTo`, a chat message, or a word to Cairn."""
        text, who, place = str(wanted["text"]).strip(), str(wanted["as"]), str(wanted["place"])
        if not text or len(text) > MAX_TEXT:
            raise ValueError("nothing to say, or too much")
        tenant, reply_to = self._stage.tenant, wanted.get("replyTo")
        async with self._acting:
            if place == tenant.conversation_with(who).id:
                await tenant.say(who, None, text)
            else:
                content = "<p>" + html.escape(text, quote=False).replace("\n", "<br>") + "</p>"
                await tenant.post(place, who, content, reply_to=str(reply_to) if reply_to else None)
            await self._stage.settle()
        return ""

    async def wait(self, wanted: Mapping[str, Any]) -> str:
        """Let time pass by a `step` of STEPS, so that what falls due until then happens."""
        async with self._acting:
            await self._stage.advance_to(self._stage.clock.now() + STEPS[str(wanted["step"])])
        return ""
