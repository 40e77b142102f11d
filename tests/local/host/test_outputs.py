"""What functions put out: written after they succeeded, all of it or nothing."""

import logging

import httpx
import pytest

from shared.adapters.queues.sqlite import SqliteQueues
from tests.local.host.apps import RunHost

OUTPUTS = """
@app.route(route="many")
@app.queue_output(arg_name="one", queue_name="one", connection="C")
@app.queue_output(arg_name="more", queue_name="more", connection="C")
async def many(req: func.HttpRequest, one: func.Out[str], more: func.Out[typing.List[str]]) -> str:
    one.set("single")
    more.set(["a", '{"b": 2}', "x" * int(req.params.get("size", 1))])
    if "fail" in req.params:
        raise RuntimeError
    return "done"

@app.queue_trigger(arg_name="msg", queue_name="question", connection="C")
@app.queue_output(arg_name="$return", queue_name="answer", connection="C")
async def respond(msg: func.QueueMessage) -> str:
    return "answer to " + msg.get_body().decode()
"""


async def test_outputs_are_written_when_the_function_has_succeeded(
    run_host: RunHost, queues: SqliteQueues, web: httpx.AsyncClient
) -> None:
    async with run_host(OUTPUTS) as host:
        assert (await web.get(f"{host.url}/api/many")).text == "done"
        assert [message.body for message in queues.peek("one")] == ["single"]
        assert [message.body for message in queues.peek("more")] == ["a", '{"b": 2}', "x"]


async def test_a_returned_string_can_be_a_message(run_host: RunHost, queues: SqliteQueues) -> None:
    async with run_host(OUTPUTS) as host:
        await queues.send("question", "why")
        await host.idle()
        assert [message.body for message in queues.peek("answer")] == ["answer to why"]


@pytest.mark.parametrize("query", ["fail=1", "size=49153"])
async def test_no_output_is_written_unless_all_are(
    run_host: RunHost, queues: SqliteQueues, web: httpx.AsyncClient, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A function that fails puts out nothing; a message that is too large takes the others with it."""
    caplog.set_level(logging.ERROR)
    async with run_host(OUTPUTS) as host:
        answer = await web.get(f"{host.url}/api/many?{query}")
        assert (answer.status_code, answer.content) == (500, b"")
        assert await queues.lengths() == {}
        assert host.statistics.failures == {"many": 1}
        assert "function=many" in caplog.text
