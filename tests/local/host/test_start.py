"""What is wrong with an app is said at start, in a sentence that names it, and nothing runs."""

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.clock import SimulatedClock, SystemClock
from local.host.errors import HostError
from local.host.host import FunctionSummary, Host
from local.host.settings import read_host_settings
from shared.adapters.queues.sqlite import SqliteQueues
from shared.errors import Misconfigured
from tests.local.host.apps import RunHost, TheApp, WriteApp

GOOD = """
@app.route(route="fine", methods=["GET"])
async def fine(req: func.HttpRequest) -> str:
    return "fine"
"""


async def _refusal(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock, source: str, **options: Any
) -> str:
    before = list(sys.path)
    host = Host(write_app(source), queues, clock, **options)
    with pytest.raises(HostError) as refused:
        await host.start()
    assert sys.path == before, "a host that did not start leaves nothing behind"
    return str(refused.value)


async def test_an_output_that_azures_worker_would_refuse_is_refused_in_its_words(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock
) -> None:
    """`func.Out[list[str]]` is not an annotation that the library understands; `typing.List[str]` is."""
    said = await _refusal(
        write_app,
        queues,
        clock,
        """
        @app.queue_trigger(arg_name="msg", queue_name="work", connection="C")
        @app.queue_output(arg_name="out", queue_name="more", connection="C")
        async def wrongly_put_out(msg: func.QueueMessage, out: func.Out[list[str]]) -> None: ...
        """,
    )
    assert "cannot load the wrongly_put_out function: binding out has invalid non-type annotation" in said
    async with Host(write_app(GOOD), queues, clock) as host:
        assert [function.name for function in host.functions] == ["fine"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            'async def f(req: func.HttpRequest, other: str) -> str: ...\napp.route(route="f")(f)',
            r"the f function: the following parameters are declared in Python but not .*other",
        ),
        (
            'async def f(req: func.QueueMessage) -> str: ...\napp.route(route="f")(f)',
            r"the f function: .*httpTrigger.* annotation QueueMessage",
        ),
        (
            'async def f(req: "NoSuchType") -> str: ...\napp.route(route="f")(f)',
            "the function f was refused: NameError",
        ),
        ("import not_there", r"function_app.py was refused: ModuleNotFoundError: No module named 'not_there'$"),
        ("1 / 0", "ZeroDivisionError"),
        ("app = None", "Could not find top level function app instances"),
        ("", "registers no functions"),
        (
            """
            @app.queue_trigger(arg_name="m", queue_name="%UNSET_NAME%", connection="C")
            async def f(m: func.QueueMessage): ...
            """,
            "f names the setting UNSET_NAME, which is not set",
        ),
        (
            '@app.route(route="a/{id:alpha}")\nasync def f(req: func.HttpRequest) -> str: ...',
            "route of the function f has the constraint alpha",
        ),
        ('@app.route(route="a/{id=5}")\nasync def f(req: func.HttpRequest) -> str: ...', "route of the function f"),
        (
            '@app.route(route="a", auth_level=func.AuthLevel.FUNCTION)\nasync def f(req: func.HttpRequest) -> str: ...',
            "f asks callers for a key",
        ),
        (
            """
            @app.event_hub_message_trigger(arg_name="e", event_hub_name="h", connection="C")
            async def f(e: func.EventHubEvent): ...
            """,
            "f takes events one by one",
        ),
        (
            """
            @app.route(route="a")
            @app.blob_input(arg_name="b", path="p", connection="C")
            async def f(req: func.HttpRequest, b: func.InputStream) -> str: ...
            """,
            "f has a binding of type blob",
        ),
        (
            """
            @app.timer_trigger(arg_name="t", schedule="0 0 * * * *")
            @app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
            async def f(t: func.TimerRequest): ...
            """,
            "f has a retry policy",
        ),
        (
            "".join(
                f'@app.queue_trigger(arg_name="m", queue_name="work", connection="C")\n'
                f"async def {name}(m: func.QueueMessage): ...\n"
                for name in "fg"
            ),
            "f and g take from one queue, work",
        ),
    ],
)
async def test_a_wrong_app_is_refused_with_a_sentence(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock, source: str, said: str
) -> None:
    refusal = await _refusal(write_app, queues, clock, source)
    assert re.search(said, refusal), refusal


async def test_the_concurrency_of_a_queue_that_nothing_takes_from_is_refused(
    write_app: WriteApp, queues: SqliteQueues, clock: SimulatedClock
) -> None:
    assert "the queue wrok" in await _refusal(write_app, queues, clock, GOOD, concurrency={"wrok": 1})


async def test_a_directory_without_an_app_or_without_host_json_is_refused(
    tmp_path: Path, queues: SqliteQueues, clock: SimulatedClock
) -> None:
    with pytest.raises(HostError, match=r"no readable host\.json"):
        await Host(tmp_path, queues, clock).start()
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    with pytest.raises(HostError, match=r"no function_app\.py"):
        await Host(tmp_path, queues, clock).start()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "host.json is wrong"),
        ("{}", "`version`"),
        ('{"version": "1.0"}', r"\$\.version"),
        ('{"version": "2.0", "loging": {}}', "`loging`"),
        ('{"version": "2.0", "extensions": {"queues": {"batchsize": 4}}}', "`batchsize`"),
        ('{"version": "2.0", "extensions": {"queues": {"batchSize": 33}}}', r"<= 32.*batchSize"),
        ('{"version": "2.0", "extensions": {"queues": {"batchSize": "4"}}}', "batchSize"),
        ('{"version": "2.0", "extensions": {"queues": {"maxDequeueCount": 0}}}', "maxDequeueCount"),
        ('{"version": "2.0", "extensions": {"queues": {"maxPollingInterval": 2}}}', "maxPollingInterval"),
        ('{"version": "2.0", "extensions": {"queues": {"maxPollingInterval": "00:00:00"}}}', "at least 00:00:00.1"),
        ('{"version": "2.0", "extensions": {"queues": {"visibilityTimeout": "8.00:00:00"}}}', "at most 7"),
        ('{"version": "2.0", "extensions": {"http": {"routePrefix": "{x}"}}}', "routePrefix"),
    ],
)
def test_a_wrong_host_json_is_refused_with_one_sentence_that_names_it(
    write_app: WriteApp, text: str, said: str
) -> None:
    with pytest.raises(HostError, match=said) as refused:
        read_host_settings(write_app(GOOD, text))
    assert "\n" not in str(refused.value)


def test_host_json_has_the_defaults_of_azures_host(write_app: WriteApp) -> None:
    settings = read_host_settings(write_app(GOOD)).extensions
    assert (settings.queues.batch_size, settings.queues.threshold, settings.queues.max_dequeue_count) == (16, 8, 5)
    assert settings.queues.longest_poll == timedelta(minutes=1)
    assert settings.queues.retry_after == timedelta(0)
    assert settings.http.route_prefix == "api"


def test_spans_of_time_are_read_as_dotnet_writes_them(write_app: WriteApp) -> None:
    queues = {"visibilityTimeout": "1.02:03:04.5", "maxPollingInterval": "00:00:01.250", "newBatchThreshold": 0}
    settings = read_host_settings(write_app(GOOD, {"version": "2.0", "extensions": {"queues": queues}}))
    assert settings.extensions.queues.retry_after == timedelta(days=1, hours=2, minutes=3, seconds=4.5)
    assert settings.extensions.queues.longest_poll == timedelta(seconds=1.25)
    assert settings.extensions.queues.threshold == 0


async def test_a_function_with_a_skipped_binding_is_left_out_and_listed(
    run_host: RunHost, web: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    source = GOOD + (
        '\n@app.event_hub_message_trigger(arg_name="e", event_hub_name="h", connection="C")\n'
        "async def streamed(e: func.EventHubEvent): ...\n"
    )
    async with run_host(source, skip=frozenset({"eventHubTrigger"})) as host:
        assert host.functions == [
            FunctionSummary(name="fine", trigger="httpTrigger", at="GET /api/fine", driven=True),
            FunctionSummary(name="streamed", trigger="eventHubTrigger", at="not driven on one machine", driven=False),
        ]
        assert (await web.get(f"{host.url}/api/fine")).text == "fine"
    assert "not_driven_here function=streamed binding=eventHubTrigger" in caplog.text


async def test_a_queue_may_be_named_by_a_setting(
    run_host: RunHost, queues: SqliteQueues, the_app: TheApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORK_QUEUE", "from-a-setting")
    source = (
        '@app.queue_trigger(arg_name="m", queue_name="%WORK_QUEUE%", connection="C")\n'
        "async def f(m: func.QueueMessage): seen.append(m)\n"
    )
    async with run_host(source) as host:
        await queues.send("from-a-setting", "x")
        await host.idle()
        assert len(the_app().seen) == 1


async def test_a_process_runs_one_host_at_a_time_and_a_file_has_one_consumer(
    run_host: RunHost, write_app: WriteApp, tmp_path: Path, clock: SimulatedClock
) -> None:
    async with run_host(GOOD):
        other = SqliteQueues(tmp_path / "other.sqlite", clock.now)
        with pytest.raises(HostError, match="already runs a host"):
            await Host(write_app(GOOD), other, clock).start()
        other.close()
        same = SqliteQueues(tmp_path / "queues.sqlite", clock.now)
        with pytest.raises(Misconfigured, match=r"already takes messages from queues\.sqlite"):
            same.recover()
        same.close()


async def test_a_taken_port_is_said_and_nothing_is_left_behind(
    run_host: RunHost, write_app: WriteApp, tmp_path: Path, clock: SimulatedClock, web: httpx.AsyncClient
) -> None:
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    with pytest.raises(HostError, match=f"Port {port}"):
        async with run_host(GOOD, port=port):
            pass
    taken.close()
    await taken.wait_closed()
    async with run_host(GOOD, port=port) as host:
        assert host.url == f"http://127.0.0.1:{port}"
        assert (await web.get(f"{host.url}/api/fine")).text == "fine"


async def test_a_blueprint_can_be_loaded_by_one_host_after_another(
    run_host: RunHost, queues: SqliteQueues, write_app: WriteApp, the_app: TheApp
) -> None:
    """The library keeps state in its modules; a second app in one process must not see the first."""
    source = """
    import doors
    app.register_blueprint(doors.blueprint)
    """
    directory = write_app(source)
    (directory / "doors.py").write_text(
        "import azure.functions as func\nblueprint = func.Blueprint()\nseen = []\n"
        '@blueprint.queue_trigger(arg_name="m", queue_name="work", connection="C")\n'
        "async def door(m: func.QueueMessage): seen.append(m)\n"
    )
    try:
        for expected in (1, 2, 3):
            async with run_host(source) as host:
                assert [each.name for each in host.functions] == ["door"]
                await queues.send("work", "x")
                await host.idle()
                assert len(the_app().doors.seen) == expected
    finally:
        sys.modules.pop("doors", None)


async def test_on_the_systems_clock_a_message_is_dealt_with_at_once(write_app: WriteApp, tmp_path: Path) -> None:
    """What this process sends wakes the host; a delay and another's message are found in their time."""
    clock = SystemClock()
    queues = SqliteQueues(tmp_path / "system.sqlite", clock.now)
    elsewhere = SqliteQueues(tmp_path / "system.sqlite", clock.now)
    source = """
    @app.queue_trigger(arg_name="m", queue_name="work", connection="C")
    async def f(m: func.QueueMessage): seen.append((m.get_body(), m.insertion_time))
    """
    async with Host(write_app(source), queues, clock) as host:
        started = datetime.now(UTC)
        await elsewhere.send("work", "now")
        await elsewhere.send("work", "soon", delay=timedelta(milliseconds=300))
        await host.idle()
        app = sys.modules["function_app"]
        assert [body for body, _ in app.seen] == [b"now"]
        while len(app.seen) < 2:
            assert datetime.now(UTC) - started < timedelta(seconds=5)
            await asyncio.sleep(0.01)
        assert timedelta(milliseconds=290) < datetime.now(UTC) - started < timedelta(seconds=1.5)
    queues.close()
    elsewhere.close()


async def test_a_host_that_is_stopped_can_be_asked_and_stopped_again(run_host: RunHost) -> None:
    async with run_host(GOOD) as host:
        await host.stop()
        await host.stop()
        await host.idle()
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(host.url)
