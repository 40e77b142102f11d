"""The page's door: for this machine's own page alone, and only once the story has been told."""

from typing import Any

import httpx2
import pytest

from shared.domain.postings import PostingKind
from tests.local.page.conftest import Served


def post(served: Served, text: str = "Is the printer back?") -> dict[str, Any]:
    return {"as": served.company.bob, "place": served.company.channel, "text": text}


def said(served: Served) -> int:
    return len(served.company.stage.tenant.messages(served.company.channel))


async def test_what_a_visitor_writes_is_said_by_the_person_they_chose(served: Served) -> None:
    answer = await served.client.post("/api/say", json=post(served, "a <b> & c"), headers=served.headers)
    assert (answer.status_code, answer.json()) == (200, {"notice": ""})
    last = served.company.stage.tenant.messages(served.company.channel)[-1]
    assert (last.author, last.content) == (served.company.bob, "<p>a &lt;b&gt; &amp; c</p>")


async def test_what_a_visitor_asks_becomes_knowledge(served: Served) -> None:
    company, question = served.company, "Who has the key to the archive in the cellar?"
    await served.client.post("/api/say", json=post(served, question), headers=served.headers)
    root = company.stage.tenant.messages(company.channel)[-1].id
    reply = post(served, "Ask at the gate, they keep it in the blue box.") | {"as": company.ann, "replyTo": root}
    await served.client.post("/api/say", json=reply, headers=served.headers)
    await served.client.post("/api/wait", json={"step": "hours"}, headers=served.headers)
    known = (await served.client.get("/api/knowledge", params={"as": company.cleo})).json()
    assert [way["by"] for answer in known["answers"] if answer["question"] == question for way in answer["approaches"]]


async def test_a_button_shows_the_card_anew_or_says_kindly_why_not(served: Served) -> None:
    company = served.company
    (review,) = [p for p in await (await company.store()).all_postings() if p.kind is PostingKind.REVIEW]
    about = {"place": review.conversation_id, "message": review.activity_id}
    press: dict[str, Any] = about | {"verb": "verify", "data": {"posting": review.id}}
    wrong = await served.client.post("/api/press", json=press | {"as": company.bob}, headers=served.headers)
    assert "nothing was changed" in wrong.json()["notice"]
    right = await served.client.post("/api/press", json=press | {"as": company.ann}, headers=served.headers)
    assert right.json() == {"notice": ""}
    known = (await served.client.get("/api/knowledge")).json()
    assert [(a["trustWord"], a["trustReason"]) for a in known["answers"]] == [("Checked", " by Ann Lee")]


async def test_time_passes_when_a_visitor_lets_it(served: Served) -> None:
    before = served.company.stage.clock.now()
    await served.client.post("/api/wait", json={"step": "hours"}, headers=served.headers)
    assert (served.company.stage.clock.now() - before).total_seconds() == 3 * 3600


async def test_a_foreign_host_is_refused(served: Served) -> None:
    for path in ("/", "/api/overview", "/static/page.js"):
        answer = await served.client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 403
        assert served.token not in answer.text


@pytest.mark.parametrize(
    "spoilt",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"X-Page-Token": ""},
        {"X-Page-Token": "wrong"},
        {"X-Page-Token": "wröng"},
    ],
)
async def test_another_origin_or_token_changes_nothing(served: Served, spoilt: dict[str, str]) -> None:
    before = said(served)
    headers = httpx2.Headers(served.headers | spoilt, encoding="utf-8")
    answer = await served.client.post("/api/say", json=post(served), headers=headers)
    assert answer.status_code == 403
    assert said(served) == before


async def test_without_an_origin_nothing_is_changed(served: Served) -> None:
    before = said(served)
    answer = await served.client.post("/api/say", json=post(served), headers={"X-Page-Token": served.token})
    assert (answer.status_code, said(served)) == (403, before)


async def test_visitors_wait_until_the_story_has_been_told(served: Served) -> None:
    served.progress.total, before = 5, said(served)
    answer = await served.client.post("/api/say", json=post(served), headers=served.headers)
    assert (answer.status_code, said(served)) == (409, before)
    assert answer.json()["error"] == "Please wait until the story has been played."


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/say", b"not json"),
        ("/api/say", b"[]"),
        ("/api/say", b'{"as": "nobody", "place": "nowhere", "text": "hello"}'),
        ("/api/say", b'{"text": "' + b"x" * 70_000 + b'"}'),
        ("/api/press", b'{"as": "nobody", "place": "nowhere", "message": "1", "verb": "verify"}'),
        ("/api/press", b"{}"),
        ("/api/wait", b'{"step": "century"}'),
    ],
)
async def test_what_makes_no_sense_is_refused_in_plain_words(served: Served, path: str, body: bytes) -> None:
    answer = await served.client.post(path, content=body, headers=served.headers)
    assert (answer.status_code, answer.json()) == (400, {"error": "That can't be done here."})


async def test_every_answer_binds_the_browser(served: Served) -> None:
    for path, headers in (("/", {}), ("/nowhere", {}), ("/static/page.js", {}), ("/", {"Host": "evil.example"})):
        answer = await served.client.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'; script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_overview_comes_again_only_when_it_has_changed(served: Served) -> None:
    first = await served.client.get("/api/overview", params={"as": served.company.bob})
    known = {"If-None-Match": first.headers["etag"]}
    again = await served.client.get("/api/overview", params={"as": served.company.bob}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    served.progress.version += 1
    changed = await served.client.get("/api/overview", params={"as": served.company.bob}, headers=known)
    assert changed.status_code == 200


async def test_the_page_serves_nothing_but_its_own_files(served: Served) -> None:
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/lib/dompurify/../../../package.json"):
        assert (await served.client.get(path)).status_code == 404
