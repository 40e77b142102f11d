"""The page of a small company: a question that was answered, and asked again."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from local.page.progress import Progress
from local.page.server import Page
from tests.e2e.conftest import Company, company

__all__ = ["company"]

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"


@dataclass
class Served:
    """A page that is served, and a client that has opened it."""

    company: Company
    page: Page
    progress: Progress
    client: httpx2.AsyncClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Origin": self.page.url.rstrip("/"), "X-Page-Token": self.token}


@pytest.fixture
async def answered(company: Company) -> Company:
    """The company after one question was answered and asked again."""
    question = await company.ask(f"<p>{QUESTION}</p>")
    await company.reply(question, f"<p>{ANSWER}</p>")
    await company.later(minutes=15)
    await company.ask(f"<p>{AGAIN}</p>", company.cleo)
    return company


@pytest.fixture
async def served(answered: Company) -> AsyncIterator[Served]:
    """Its page, once the story has been told."""
    progress = Progress()
    page = Page(answered.stage, progress=progress)
    await page.start()
    async with httpx2.AsyncClient(base_url=page.url) as client:
        found = re.search(r'name="page-token" content="([^"]+)"', (await client.get("/")).text)
        assert found is not None
        yield Served(answered, page, progress, client, found[1])
    await page.stop()
