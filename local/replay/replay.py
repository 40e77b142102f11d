"""Plays conversations as group chats, window by window, and goes on where a killed run stopped.

A window is some messages that follow each other closely. The clock is moved to the end of a window, its
messages are sent and worked off, and what falls due before the next window is worked off at its own
moment. Windows depend on the file alone; so a run that was killed in the middle of one sends the rest of
it at the same simulated moment, and ends as an undisturbed run does.
"""

import asyncio
import html
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.clock import SimulatedClock
from local.replay.conversation import Conversation, Line
from local.replay.report import Report, message_id_of, report
from local.stage import Stage
from local.tenant.events import members_joined
from shared import wiring
from shared.domain.identity import SpaceId
from shared.errors import CairnError

START = datetime(2026, 1, 5, tzinfo=UTC)
WINDOW_MESSAGES = 25
WINDOW_SPAN = timedelta(minutes=3)
AFTERMATH = timedelta(hours=4)
"""After the last message, so that what is still open is looked at to its end."""
ONE_AT_A_TIME = {"notifications": 1, "threads": 1, "deliveries": 1}
"""A replay is to end the same way each time; so each queue is worked off in order."""
SETTINGS = {"CAIRN_KEEP_DAYS": "3650"}
"""The conversation may be of any year; nothing of it is to be purged while it is played."""


async def replay(
    conversations: tuple[Conversation, ...],
    folder: Path,
    *,
    progress: Callable[[int], None] = lambda _: None,
    seconds_per_hour: float = 0.0,
) -> Report:
    """Play the conversations and report. `progress` is told how many messages have been sent so far.

    Everything is kept in `folder`; with what a killed run left there, it goes on. `seconds_per_hour` is
    how long an hour of the conversation takes; 0 plays as fast as possible.
    """
    started = time.monotonic()
    moment = _Moment(folder / "moment")
    clock = SimulatedClock(moment.read() or conversations[0].lines[0].at - timedelta(hours=1))
    async with Stage(folder, clock, settings=SETTINGS, concurrency=ONE_AT_A_TIME) as stage:
        stage.tenant.faults.send_limits = False
        stage.tenant.notifier.parallel = 1
        stage.tenant.retry_now()
        chats: dict[str, str] = {}
        sent = fresh = 0
        for conversation in conversations:
            chat = chats[conversation.id] = await _set_up(stage, conversation)
            there = {message.id for message in stage.tenant.messages(chat) if not message.from_app}
            for window in _windows(conversation):
                missing = [line for line in window if message_id_of(line.at) not in there]
                if missing:
                    await _advance(stage, window[-1].at, moment, seconds_per_hour)
                    await _send(stage, chat, missing)
                sent, fresh = sent + len(window), fresh + len(missing)
                progress(sent)
            await stage.advance_to(conversation.lines[-1].at + AFTERMATH)
        seconds = time.monotonic() - started
        return await report(stage, chats, conversations, fresh=fresh, seconds=seconds)


class _Moment:
    """The simulated moment of the window under way, kept beside the stores for a run that is killed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> datetime | None:
        return datetime.fromisoformat(self._path.read_text()) if self._path.exists() else None

    def write(self, moment: datetime) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(moment.isoformat())
        fresh.replace(self._path)


async def _advance(stage: Stage, to: datetime, moment: _Moment, seconds_per_hour: float) -> None:
    if seconds_per_hour:
        span = (to - stage.clock.now()).total_seconds() / 3600
        await asyncio.sleep(max(0.0, span * seconds_per_hour))
    await stage.advance_to(to)
    moment.write(max(to, stage.clock.now()))


async def _set_up(stage: Stage, conversation: Conversation) -> str:
    """Found the chat, add Cairn to it and switch capture on; whatever of that is done already stays."""
    tenant = stage.tenant
    known = {person.name: person.id for person in tenant.people()}
    people = [known.get(author) or tenant.add_user(name=author) for author in conversation.authors]
    chat = next((space.id for space in tenant.spaces() if space.name == conversation.id), None)
    chat = chat or tenant.add_chat(conversation.id, members=people)
    await tenant.install(people[0], by=people[0])
    if not await _is_read(chat):
        # A bot that was killed in the middle of this has missed what it was told, as it would in Teams.
        await tenant.uninstall(chat, by=people[0])
        await tenant.install(chat, by=people[0])
        await tenant.say(people[0], chat, "capture on")
    await stage.settle()
    if not await _is_read(chat):
        raise CairnError("the chat could not be set up for the replay")
    return chat


async def _is_read(chat: str) -> bool:
    store = (await wiring.services()).store
    space = await store.space(SpaceId(chat))
    subscribed = any(s.space_id == chat and s.id for s in await store.all_subscriptions())
    return space is not None and space.value.capture and subscribed


def _windows(conversation: Conversation) -> Iterator[tuple[Line, ...]]:
    window: list[Line] = []
    for line in conversation.lines:
        if window and (len(window) >= WINDOW_MESSAGES or line.at - window[0].at > WINDOW_SPAN):
            yield tuple(window)
            window = []
        window.append(line)
    if window:
        yield tuple(window)


async def _send(stage: Stage, chat: str, lines: list[Line]) -> None:
    """Post what is missing of a window, each message at its own time, and have it worked off."""
    tenant = stage.tenant
    people = {person.name: person.id for person in tenant.people()}
    for line in lines:
        message_id = message_id_of(line.at)
        if line.author is None:
            somebody = tenant.members(chat)[0]
            detail = members_joined(tenant.core.shapes, [somebody], somebody)
            await tenant.post_system(chat, detail, at=line.at, message_id=message_id)
        else:
            await tenant.post(chat, people[line.author], html.escape(line.text), at=line.at, message_id=message_id)
    await stage.settle()
