"""Only this machine's own page is served, and only it changes anything; wrong input is refused in words."""

import asyncio
from typing import Any

import pytest

from local.page.actions import MAX_TEXT
from local.page.guard import TOKEN_HEADER
from local.page.server import MAX_BODY
from tests.local.page.conftest import Visitor


async def test_only_the_page_itself_changes_anything(visitor: Visitor) -> None:
    body = {"viewer": visitor.bob, "place": visitor.help, "text": "Good morning"}
    before = len(visitor.stage.tenant.messages(visitor.help))
    for headers in (
        {TOKEN_HEADER: "guessed"},
        {TOKEN_HEADER: ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
    ):
        assert (await visitor.post("/api/post", body, **headers)).status_code == 403, headers
    assert len(visitor.stage.tenant.messages(visitor.help)) == before
    own = visitor.page.url.rstrip("/")
    assert (await visitor.post("/api/post", body, Origin=own)).status_code == 200
    assert len(visitor.stage.tenant.messages(visitor.help)) == before + 1


async def test_a_name_that_was_rebound_to_this_machine_reads_nothing(visitor: Visitor) -> None:
    for path in ("/", "/api/overview", "/api/knowledge", "/static/page.js", "/api/events"):
        answer = await visitor.client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 403, path
        assert answer.json() == {"error": "This page is for this machine alone."}


async def test_every_answer_carries_the_policy(visitor: Visitor) -> None:
    for path in ("/", "/static/page.js", "/api/overview", "/lib/nothing.js", "/api/spaces/x/messages"):
        headers = (await visitor.client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; "), path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_each_start_has_a_token_of_its_own_in_the_page(visitor: Visitor) -> None:
    html = (await visitor.client.get("/")).text
    assert f'content="{visitor.page.token}"' in html
    assert "{{" not in html
    assert "<script>" not in html


async def test_senseless_requests_are_refused_in_words(visitor: Visitor) -> None:
    for path in ("/api/post", "/api/reply", "/api/press", "/api/wait"):
        senseless: tuple[Any, ...] = ([], {}, {"viewer": 1}, {"span": "year"}, "words")
        for body in senseless:
            answer = await visitor.post(path, body)
            assert answer.status_code == 400, (path, body)
            assert answer.json() == {"error": "The page sent something that makes no sense here. Reload it."}


async def test_what_is_no_json_or_too_long_is_refused_in_words(visitor: Visitor) -> None:
    headers = {TOKEN_HEADER: visitor.page.token}
    answer = await visitor.client.post("/api/post", content=b"{", headers=headers)
    assert answer.status_code == 400
    answer = await visitor.client.post("/api/post", content=b"x" * (MAX_BODY + 1), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "That is too long.")


async def test_what_cannot_be_done_changes_nothing_and_is_said_with_the_reason(visitor: Visitor) -> None:
    tenant, here = visitor.stage.tenant, {"viewer": visitor.bob, "place": visitor.help}
    before = len(tenant.activity_log()), len(tenant.messages(visitor.help)), len(tenant.messages(visitor.payroll))
    for path, body, reason in (
        ("/api/post", here | {"text": "  "}, "Write something first."),
        ("/api/post", here | {"text": "x" * (MAX_TEXT + 1)}, f"At most {MAX_TEXT:,} characters, please."),
        ("/api/post", here | {"viewer": "nobody", "text": "Hi"}, "There is no such person or place."),
        ("/api/post", here | {"place": "nowhere", "text": "Hi"}, "There is no such person or place."),
        ("/api/post", here | {"place": visitor.payroll, "text": "Hi"}, "Bob Ray is not a member here"),
        ("/api/reply", here | {"text": "Hi", "message": "1"}, "That message is not there any more."),
        ("/api/press", here | {"place": visitor.payroll, "message": "1", "verb": "x"}, "Bob Ray is not a member here"),
    ):
        answer = await visitor.post(path, body)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith(reason)
    after = len(tenant.activity_log()), len(tenant.messages(visitor.help)), len(tenant.messages(visitor.payroll))
    assert after == before


async def test_while_the_story_is_told_visitors_only_watch(visitor: Visitor) -> None:
    visitor.progress.total = 2
    answer = await visitor.post("/api/wait", {"span": "day"})
    assert answer.status_code == 409
    visitor.progress.done = 2
    assert (await visitor.post("/api/wait", {"span": "day"})).status_code == 200


async def test_an_error_that_nobody_foresaw_shows_no_traceback(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("local.page.server.conversation", breaks)
    answer = await visitor.client.get(f"/api/spaces/{visitor.help}/messages", params={"as": visitor.bob})
    assert answer.status_code == 500
    assert answer.json() == {"error": "Something went wrong; the terminal says what."}


async def test_the_page_is_told_of_what_happens_and_lets_go_when_it_stops(visitor: Visitor) -> None:
    async with visitor.client.stream("GET", "/api/events") as answer:
        lines = answer.aiter_lines()
        assert '"version":0' in await anext(lines)
        visitor.progress.version += 1
        await anext(lines)
        assert '"version":1' in await asyncio.wait_for(anext(lines), 5)
        await asyncio.wait_for(visitor.page.stop(), 1.5)
