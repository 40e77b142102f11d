"""The page's server: view models without ids on show, and only this machine's own page may change anything."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local.clock import SimulatedClock
from local.page.progress import Progress
from local.page.server import Page
from local.stage import Stage

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."


class Visitor:
    """A browser's requests, and the company that it looks at."""

    def __init__(self, page: Page, client: httpx2.AsyncClient, people: list[str], channel: str, private: str) -> None:
        self.page, self.client, self.channel, self.private = page, client, channel, private
        self.ann, self.bob, self.cleo = people

    async def get(self, path: str, **parameters: str) -> Any:
        answer = await self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return await self.client.post(path, json=body, headers={"X-Page-Token": self.page.token} | headers)

    async def say(self, who: str, text: str, **more: str) -> None:
        answer = await self.post("/api/say", {"as": who, "place": self.channel, "text": text} | more)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with Stage(tmp_path, SimulatedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as stage:
        tenant = stage.tenant
        people = [tenant.add_user(name=name, department="IT") for name in ("Ann Lee", "Bob Ray", "Cleo Fox")]
        team = tenant.add_team("Operations", owners=people[:1], members=people[1:])
        channel = tenant.add_channel(team, "Help")
        private = tenant.add_channel(team, "Payroll", "private", owners=people[:1])
        await tenant.install(team, by=people[0])
        for person in people:
            await tenant.install(person, by=person)
        await tenant.say(people[0], channel, "capture on")
        await stage.settle()
        page = Page(stage)
        await page.start()
        async with httpx2.AsyncClient(base_url=page.url) as client:
            yield Visitor(page, client, people, channel, private)
        await page.stop()


async def test_a_visitor_asks_answers_and_sees_what_cairn_makes_of_it(visitor: Visitor) -> None:
    await visitor.say(visitor.bob, QUESTION)
    talk = await visitor.get("/api/conversation", place=visitor.channel, **{"as": visitor.cleo})
    root = next(item for item in talk["items"] if QUESTION in item["html"])
    assert root["author"] == "Bob Ray"
    await visitor.say(visitor.cleo, ANSWER, replyTo=root["key"])
    await visitor.post("/api/wait", {"step": "hours"})
    known = await visitor.get("/api/knowledge", **{"as": visitor.bob})
    (answer,) = known["answers"]
    assert (answer["question"], answer["where"]) == (QUESTION, "Operations › Help")
    assert [(way["text"], way["by"]) for way in answer["approaches"]] == [(ANSWER, "Cleo Fox")]
    assert [person["name"] for person in known["people"]] == ["Cleo Fox"]
    assert any("drafted an answer" in line["text"] for line in known["log"])


async def test_a_button_pressed_by_the_wrong_person_gives_a_kind_notice(visitor: Visitor) -> None:
    await visitor.say(visitor.bob, QUESTION)
    talk = await visitor.get("/api/conversation", place=visitor.channel, **{"as": visitor.bob})
    root = next(item for item in talk["items"] if QUESTION in item["html"])
    await visitor.say(visitor.cleo, ANSWER, replyTo=root["key"])
    await visitor.post("/api/wait", {"step": "minutes"})
    places = (await visitor.get("/api/overview", **{"as": visitor.ann}))["places"]
    own = next(place["key"] for place in places if place["name"] == "Cairn")
    talk = await visitor.get("/api/conversation", place=own, **{"as": visitor.ann})
    review = next(item for item in talk["items"] if item["card"])
    verify = next(a for a in review["card"]["actions"] if a.get("verb") == "verify")
    press = {"place": own, "message": review["key"], "verb": "verify", "data": verify["data"]}
    wrong = await visitor.post("/api/press", press | {"as": visitor.bob})
    assert "nothing was changed" in wrong.json()["notice"]
    right = await visitor.post("/api/press", press | {"as": visitor.ann})
    assert right.json()["notice"] == ""
    known = await visitor.get("/api/knowledge")
    assert known["answers"][0]["reason"] == "Checked: checked by Ann Lee"


async def test_nobody_looks_into_a_place_that_they_are_not_in(visitor: Visitor) -> None:
    names = [place["name"] for place in (await visitor.get("/api/overview", **{"as": visitor.bob}))["places"]]
    assert names == ["Help", "Cairn"]
    answer = await visitor.client.get("/api/conversation", params={"place": visitor.private, "as": visitor.bob})
    assert answer.status_code == 404
    own = visitor.page.stage.tenant.conversation_with(visitor.ann).id
    answer = await visitor.client.get("/api/conversation", params={"place": own, "as": visitor.bob})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Page-Token": "guessed"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({}, 200),
    ],
)
async def test_only_the_page_itself_changes_anything(visitor: Visitor, headers: dict[str, str], status: int) -> None:
    before = len(visitor.page.stage.tenant.messages(visitor.channel))
    body = {"as": visitor.bob, "place": visitor.channel, "text": "Hello"}
    answer = await visitor.post("/api/say", body, **headers)
    assert answer.status_code == status
    after = len(visitor.page.stage.tenant.messages(visitor.channel))
    assert (after > before) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"as": "nobody", "place": "x", "text": "Hello"},
        {"as": "", "place": "", "text": ""},
        [],
    ],
)
async def test_senseless_requests_are_refused_in_words(visitor: Visitor, body: Any) -> None:
    answer = await visitor.client.post("/api/say", json=body, headers={"X-Page-Token": visitor.page.token})
    assert answer.status_code == 400
    assert answer.json() == {"error": "That can't be done here."}


async def test_while_the_story_is_told_visitors_only_watch(visitor: Visitor) -> None:
    visitor.page.progress = Progress(done=1, total=2)
    answer = await visitor.post("/api/wait", {"step": "day"})
    assert answer.status_code == 409


async def test_every_answer_carries_the_policy(visitor: Visitor) -> None:
    for path in ("/", "/static/page.js", "/api/overview"):
        headers = (await visitor.client.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_what_people_write_is_data_and_not_markup(visitor: Visitor) -> None:
    await visitor.say(visitor.bob, "<img src=x onerror=alert(1)>")
    talk = await visitor.get("/api/conversation", place=visitor.channel, **{"as": visitor.bob})
    assert "&lt;img" in talk["items"][-1]["html"]
