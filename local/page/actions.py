"""What a visitor does as the person they chose to be: press, post, reply, let time pass. One thing at a time."""

import asyncio
import html
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec

from local.stage import Stage
from local.tenant.activities import BotUnreachableError

MAX_TEXT = 8_000
"""Characters of a message."""


class ActionRefused(Exception):
    """What was asked can't be done; the message says why, to the visitor."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """As whom something is done."""

    viewer: str


class Press(Wanted, frozen=True):
    """A card's button; `data` holds what the button carries and what was typed beside it."""

    place: str
    message: str
    verb: str
    data: dict[str, Any] = {}


class Post(Wanted, frozen=True):
    """Words, for a place."""

    place: str
    text: str


class Reply(Post, frozen=True):
    """Words, in answer to a message."""

    message: str


class Span(StrEnum):
    """How long a visitor may let pass at once."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAY = "day"


SPANS = {Span.MINUTES: timedelta(minutes=10), Span.HOURS: timedelta(hours=3), Span.DAY: timedelta(days=1)}


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Let time pass."""

    span: Span


class Actions:
    """Does what visitors want on a stage, one after the other; each returns when all that follows from it is done."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._acting = asyncio.Lock()

    async def press(self, wanted: Press) -> str:
        """Press a button; returns what Cairn says to this person alone, empty when the card itself says it.

        Raises `ActionRefused`, as the others do.
        """
        async with self._acting:
            self._check_member(wanted.viewer, wanted.place)
            try:
                answer = await self._stage.tenant.press(
                    wanted.viewer, wanted.place, wanted.message, wanted.verb, wanted.data
                )
            except BotUnreachableError as error:
                raise ActionRefused("Cairn did not answer in time. Press again.") from error
            await self._stage.settle()
        value = answer.body.get("value")
        if answer.status != 200:
            raise ActionRefused("Cairn could not do that.")
        return value if isinstance(value, str) else ""

    async def post(self, wanted: Post) -> None:
        """Say something in a channel or chat; or to Cairn, in the person's own chat or after `@Cairn`."""
        await self._write(wanted, None)

    async def reply(self, wanted: Reply) -> None:
        """Answer a message: in its thread where the place has threads, else quoting it."""
        await self._write(wanted, wanted.message)

    async def wait(self, wanted: Wait) -> None:
        """Let time pass; what falls due on the way happens at its own moment."""
        async with self._acting:
            await self._stage.advance_to(self._stage.clock.now() + SPANS[wanted.span])

    async def _write(self, wanted: Post, answered: str | None) -> None:
        text = wanted.text.strip()
        if not text or len(text) > MAX_TEXT:
            raise ActionRefused("Write something first." if not text else f"At most {MAX_TEXT:,} characters, please.")
        async with self._acting:
            self._check_member(wanted.viewer, wanted.place)
            await self._say(wanted.viewer, wanted.place, text, answered)
            await self._stage.settle()

    async def _say(self, viewer: str, place: str, text: str, answered: str | None) -> None:
        tenant = self._stage.tenant
        space = tenant.core.state.known_space(place)
        if answered is not None and not any(message.id == answered for message in tenant.messages(place)):
            raise ActionRefused("That message is not there any more.")
        to_cairn = text.removeprefix("@Cairn").removeprefix("@cairn").strip()
        if place == tenant.conversation_with(viewer).id:
            await tenant.say(viewer, None, to_cairn or text)
        elif to_cairn and to_cairn != text:
            thread = f"{place};messageid={answered}" if answered and space.is_channel else place
            await tenant.say(viewer, thread, to_cairn)
        else:
            await tenant.post(
                place,
                viewer,
                _markup(text),
                mentions=self._mentioned(place, text),
                reply_to=answered if space.is_channel else None,
                quote=None if space.is_channel else answered,
            )

    def _mentioned(self, place: str, text: str) -> list[str]:
        """Members whose name stands after an `@` in the text."""
        tenant = self._stage.tenant
        return [user for user in tenant.members(place) if f"@{tenant.person(user).name}" in text]

    def _check_member(self, viewer: str, place: str) -> None:
        tenant = self._stage.tenant
        try:
            name, members = tenant.person(viewer).name, tenant.members(place)
        except LookupError as error:
            raise ActionRefused("There is no such person or place.") from error
        if viewer not in members:
            raise ActionRefused(f"{name} is not a member here, so nothing was done.")


def _markup(text: str) -> str:
    """Typed text as Teams' HTML: a paragraph for each block, everything else as it stands."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return "".join(f"<p>{html.escape(block, quote=False)}</p>".replace("\n", "<br>") for block in blocks)
