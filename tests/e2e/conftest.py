"""A stage with a small company on it: simulated tenant, local host and product, all real but Microsoft."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.stage import Stage
from shared import wiring
from shared.domain.identity import MessageId, SpaceId
from shared.domain.messages import Message
from shared.ports import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Company:
    """Three people in a team with one channel that is read."""

    stage: Stage
    ann: str
    bob: str
    cleo: str
    team: str
    channel: str
    kept_at_first: int = 0
    """Messages that are kept before anybody has said anything: what Cairn itself has said."""

    @property
    def webhook(self) -> str:
        return f"{self.stage.host.url}/api/notifications"

    async def store(self) -> Store:
        return (await wiring.services()).store

    async def kept(self, message_id: str) -> Message | None:
        stored = await (await self.store()).message(SpaceId(self.channel), MessageId(message_id))
        return stored.value if stored else None

    async def ask(self, text: str, who: str | None = None) -> str:
        message = await self.stage.tenant.post(self.channel, who or self.bob, text)
        await self.stage.settle()
        return message

    async def reply(self, root: str, text: str, who: str | None = None) -> str:
        self.stage.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
        message = await self.stage.tenant.post(self.channel, who or self.cleo, text, reply_to=root)
        await self.stage.settle()
        return message

    async def later(self, **span: float) -> None:
        await self.stage.advance_to(self.stage.clock.now() + timedelta(**span))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """A company whose channel is read from the start."""
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        tenant = stage.tenant
        ann, bob, cleo = (tenant.add_user(name=name, department="IT") for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
        team = tenant.add_team("Operations", owners=[ann], members=[bob, cleo])
        channel = tenant.add_channel(team, "Help")
        await tenant.install(team, by=ann)
        for person in (ann, bob, cleo):
            await tenant.install(person, by=person)
        await tenant.say(ann, channel, "capture on")
        await stage.settle()
        company = Company(stage, ann, bob, cleo, team=team, channel=channel)
        company.kept_at_first = await (await company.store()).count_messages()
        yield company
