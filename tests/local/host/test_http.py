"""HTTP functions through a real server and a real client."""

import asyncio
import contextlib
import logging

import httpx
import pytest

from tests.local.host.apps import RunHost, TheApp

ECHO = """
import json

@app.route(route="echo/{name}/{number:int?}", methods=["POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    told = {
        "method": req.method, "url": req.url, "query": dict(req.params), "route": dict(req.route_params),
        "body": req.get_body().decode(), "header": req.headers.get("X-Told"), "repeated": req.headers.get("x-many"),
    }
    return func.HttpResponse(json.dumps(told), status_code=201, headers={"X-Answer": "yes"},
                             mimetype="application/json")

@app.route(route="handshake", methods=["POST"])
async def handshake(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.params["validationToken"])

@app.route(route="words", methods=["GET"])
def words(req: func.HttpRequest) -> str:
    return "só"

@app.route(route="fails")
async def fails(req: func.HttpRequest) -> str:
    raise ValueError("the launch code is 0000")

@app.route(route="cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("", headers={"Set-Cookie": "a=1; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60"})

@app.route(route="notes/{id}", methods=["GET"])
async def a_note(req: func.HttpRequest) -> str:
    return "note " + req.route_params["id"]

@app.route(route="notes/latest", methods=["GET"])
async def the_latest(req: func.HttpRequest) -> str:
    return "latest"

@app.route(route="files/{*path}", methods=["GET"])
async def a_file(req: func.HttpRequest) -> str:
    return "file " + req.route_params.get("path", "none")
"""


async def test_a_request_reaches_its_function_whole_and_the_response_comes_back_whole(
    run_host: RunHost, web: httpx.AsyncClient
) -> None:
    async with run_host(ECHO) as host:
        answer = await web.post(
            f"{host.url}/api/echo/Ada/7?a=1&a=2&empty=",
            content="plain wörds",
            headers=[("X-Told", "so"), ("X-Many", "one"), ("X-Many", "two")],
        )
        assert answer.status_code == 201
        assert answer.headers["x-answer"] == "yes"
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {
            "method": "POST",
            "url": f"{host.url}/api/echo/Ada/7?a=1&a=2&empty=",
            "query": {"a": "1,2"},
            "route": {"name": "Ada", "number": "7"},
            "body": "plain wörds",
            "header": "so",
            "repeated": "one, two",
        }


async def test_the_validation_handshake_gets_its_token_back_decoded_as_plain_text(
    run_host: RunHost, web: httpx.AsyncClient
) -> None:
    async with run_host(ECHO) as host:
        answer = await web.post(f"{host.url}/api/handshake?validationToken=Validation%3a+a%26b%3C%3E")
        assert (answer.status_code, answer.text) == (200, "Validation: a&b<>")
        assert answer.headers["content-type"].startswith("text/plain")


async def test_a_string_returned_by_a_sync_function_is_a_plain_text_response(
    run_host: RunHost, web: httpx.AsyncClient
) -> None:
    async with run_host(ECHO) as host:
        answer = await web.get(f"{host.url}/api/words")
        assert (answer.status_code, answer.text) == (200, "só")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_routes_choose_as_azures_do(run_host: RunHost, web: httpx.AsyncClient) -> None:
    expected = {
        ("GET", "/api/notes/latest"): (200, "latest"),
        ("GET", "/api/notes/19:x@thread.tacv2"): (200, "note 19:x@thread.tacv2"),
        ("GET", "/API/Notes/latest/"): (200, "latest"),
        ("GET", "/api/files/a/b.txt"): (200, "file a/b.txt"),
        ("GET", "/api/files"): (200, "file none"),
        ("POST", "/api/echo/Ada/seven"): (404, ""),
        ("GET", "/api/unknown"): (404, ""),
        ("GET", "/"): (404, ""),
        ("GET", "/handshake"): (404, ""),
        ("DELETE", "/api/notes/latest"): (404, ""),
        ("HEAD", "/api/notes/latest"): (404, ""),
        ("PATCH", "/api/fails"): (500, ""),
    }
    async with run_host(ECHO) as host:
        answers = {asked: await web.request(asked[0], host.url + asked[1]) for asked in expected}
    assert {asked: (answer.status_code, answer.text) for asked, answer in answers.items()} == expected


async def test_an_optional_part_of_a_route_may_be_left_out(run_host: RunHost, web: httpx.AsyncClient) -> None:
    async with run_host(ECHO) as host:
        assert (await web.post(f"{host.url}/api/echo/Ada")).json()["route"] == {"name": "Ada"}


async def test_the_route_prefix_of_host_json_is_followed(run_host: RunHost, web: httpx.AsyncClient) -> None:
    async with run_host(ECHO, {"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}) as host:
        assert (await web.get(f"{host.url}/words")).status_code == 200
        assert (await web.get(f"{host.url}/api/words")).status_code == 404


async def test_a_failing_function_answers_500_with_nothing_and_its_text_stays_out_of_the_log(
    run_host: RunHost, web: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with run_host(ECHO) as host:
        answer = await web.get(f"{host.url}/api/fails")
        assert (answer.status_code, answer.content) == (500, b"")
        assert host.statistics.failures == {"fails": 1}
    [line] = [record.message for record in caplog.records if "function_failed" in record.message]
    assert "function=fails" in line
    assert "error=ValueError at=function_app.py:" in line
    assert "launch code" not in caplog.text


async def test_cookies_are_set_with_their_attributes(run_host: RunHost, web: httpx.AsyncClient) -> None:
    async with run_host(ECHO) as host:
        cookie = (await web.get(f"{host.url}/api/cookies")).headers["set-cookie"]
    for part in ("a=1", "Path=/", "Secure", "HttpOnly", "SameSite=strict", "Max-Age=60"):
        assert part in cookie


async def test_a_body_over_the_limit_is_refused_as_soon_as_that_is_known(
    run_host: RunHost, web: httpx.AsyncClient
) -> None:
    async with run_host(ECHO, body_limit=1000) as host:
        assert (await web.post(f"{host.url}/api/echo/Ada", content=b"x" * 1000)).status_code == 201
        assert (await web.post(f"{host.url}/api/echo/Ada", content=b"x" * 1001)).status_code == 413
        # In chunks, so that nothing declares the length, and without an end: the answer may not wait for it.
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(host.url).port)
        writer.write(b"POST /api/echo/Ada HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"3e9\r\n" + b"x" * 1001 + b"\r\n")
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 413 ")
        writer.close()
        assert host.statistics.invocations == {"echo": 1}


KEYED = """
@app.route(route="keyed", auth_level=func.AuthLevel.FUNCTION)
async def keyed(req: func.HttpRequest) -> str:
    return "in"
"""


async def test_a_function_that_asks_for_a_key_is_closed_without_it(run_host: RunHost, web: httpx.AsyncClient) -> None:
    async with run_host(KEYED, function_key="s3cret") as host:
        assert (await web.get(f"{host.url}/api/keyed")).status_code == 401
        assert (await web.get(f"{host.url}/api/keyed?code=wrong")).status_code == 401
        assert (await web.get(f"{host.url}/api/keyed?code=s3cret")).text == "in"
        assert (await web.get(f"{host.url}/api/keyed", headers={"x-functions-key": "s3cret"})).text == "in"


MEETING = """
first_came = asyncio.Event()
second_came = asyncio.Event()

@app.route(route="first")
async def first(req: func.HttpRequest) -> str:
    first_came.set()
    await second_came.wait()
    return "met"

@app.route(route="second")
async def second(req: func.HttpRequest) -> str:
    second_came.set()
    await first_came.wait()
    return "met"
"""


async def test_two_functions_that_wait_for_each_other_both_finish(run_host: RunHost, web: httpx.AsyncClient) -> None:
    async with run_host(MEETING) as host:
        answers = await asyncio.wait_for(
            asyncio.gather(web.get(f"{host.url}/api/first"), web.get(f"{host.url}/api/second")), 10
        )
    assert [answer.text for answer in answers] == ["met", "met"]


SLOW = """
came = asyncio.Event()
go_on = asyncio.Event()

@app.route(route="slow")
async def slow(req: func.HttpRequest) -> str:
    came.set()
    await go_on.wait()
    return "finished"
"""


async def test_stopping_lets_a_running_request_finish_and_takes_no_new_one(
    run_host: RunHost, web: httpx.AsyncClient, the_app: TheApp
) -> None:
    async with run_host(SLOW) as host:
        answer = asyncio.create_task(web.get(f"{host.url}/api/slow"))
        app = the_app()
        await app.came.wait()
        stopping = asyncio.create_task(host.stop())
        await asyncio.wait_for(_refused(host.url), 5)
        assert not stopping.done()
        app.go_on.set()
        await stopping
        assert (await answer).text == "finished"


async def _refused(url: str) -> None:
    """Return when nothing is served any more."""
    with contextlib.suppress(httpx.TransportError):
        while True:
            async with httpx.AsyncClient() as client:
                await client.get(f"{url}/api/none")
