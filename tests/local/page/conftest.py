"""A small company on a stage, its page, and a visitor's requests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.clock import SimulatedClock
from local.page.guard import TOKEN_HEADER
from local.page.progress import Progress
from local.page.server import Page
from local.stage import Stage
from shared import wiring
from shared.domain.identity import UserKey, user_key
from shared.ports import Store

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."


@dataclass(kw_only=True)
class Visitor:
    """A browser's requests, and the company that it looks at: Ann owns the team; the private channel is hers alone."""

    stage: Stage
    page: Page
    progress: Progress
    client: httpx.AsyncClient
    ann: str
    bob: str
    cleo: str
    help: str
    payroll: str

    async def get(self, path: str, **parameters: str) -> Any:
        answer = await self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers={TOKEN_HEADER: self.page.token} | headers)

    async def does(self, path: str, **body: Any) -> str:
        """Do something that works; returns the notice."""
        answer = await self.post(path, body)
        assert answer.status_code == 200, answer.text
        notice: str = answer.json()["notice"]
        return notice

    async def talk(self, viewer: str, place: str = "") -> list[dict[str, Any]]:
        """What the viewer sees in a place, without what Teams itself says."""
        seen = await self.get(f"/api/spaces/{place or self.help}/messages", **{"as": viewer})
        return [item for item in seen["items"] if not item["system"]]

    async def exchange(self, question: str = QUESTION, answer: str = ANSWER) -> str:
        """Bob asks, Cleo answers, Cairn keeps it; returns the question's key."""
        await self.does("/api/post", viewer=self.bob, place=self.help, text=question)
        root: str = (await self.talk(self.bob))[-1]["key"]
        self.stage.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
        await self.does("/api/reply", viewer=self.cleo, place=self.help, text=answer, message=root)
        await self.does("/api/wait", span="minutes")
        return root

    def key(self, person: str) -> UserKey:
        return user_key(self.stage.tenant.id, person)

    def own_chat(self, person: str) -> str:
        return self.stage.tenant.conversation_with(person).id

    async def store(self) -> Store:
        return (await wiring.services()).store


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with Stage(tmp_path, SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as stage:
        tenant = stage.tenant
        ann, bob, cleo = (tenant.add_user(name=name, department="IT") for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
        team = tenant.add_team("Operations", owners=[ann], members=[bob, cleo])
        channel = tenant.add_channel(team, "Help")
        payroll = tenant.add_channel(team, "Payroll", "private", owners=[ann])
        await tenant.install(team, by=ann)
        for person in (ann, bob, cleo):
            await tenant.install(person, by=person)
        await tenant.say(ann, channel, "capture on")
        await tenant.say(ann, payroll, "capture on")
        await stage.settle()
        progress = Progress()
        page = Page(stage, progress=progress)
        await page.start()
        async with httpx.AsyncClient(base_url=page.url) as client:
            yield Visitor(
                stage=stage,
                page=page,
                progress=progress,
                client=client,
                ann=ann,
                bob=bob,
                cleo=cleo,
                help=channel,
                payroll=payroll,
            )
        await page.stop()
