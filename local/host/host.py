"""The host: runs a function app on one machine as Azure Functions would, its queues in a SQLite file.

It reads host.json, lets Microsoft's worker library index function_app.py, and then drives what
triggers the functions: HTTP routes, queues, timers, event hubs. docs/host.md says what Azure's host does otherwise.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from local.clock import LocalClock
from local.host.activity import Statistics
from local.host.errors import HostError
from local.host.event_hub import LocalEventHub
from local.host.functions import Catalogue, EventHubTrigger, Function, QueueTrigger, TimerTrigger, understand
from local.host.http import HttpServer, build_app
from local.host.hub_listener import HubListener
from local.host.invocation import Invoker
from local.host.queue_listener import QueueListener
from local.host.queue_source import QueueSource, SqliteSource
from local.host.settings import Extensions, read_host_settings
from local.host.timer_listener import TimerListener
from local.host.timer_records import TimerRecords
from local.host.worker import Worker
from shared.adapters.queues.sqlite import SqliteQueues

_log = logging.getLogger(__name__)

BODY_LIMIT = 104_857_600
"""The largest request body in bytes that Azure's host takes unless told otherwise."""

_GRACE = timedelta(seconds=10)
_LOOK_AGAIN = 1.0  # seconds after which `idle` looks for what another process may have sent


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSummary:
    """A function of the app: `at` is its route, queue or schedule, or why it is not driven here."""

    name: str
    trigger: str
    at: str
    driven: bool


class Host:
    """Runs the function app of one directory until it is stopped."""

    def __init__(
        self,
        app_directory: Path,
        queues: SqliteQueues | QueueSource,
        clock: LocalClock,
        *,
        port: int = 0,
        skip: frozenset[str] = frozenset(),
        concurrency: Mapping[str, int] | None = None,
        function_key: str | None = None,
        body_limit: int = BODY_LIMIT,
        event_hubs: Mapping[str, LocalEventHub] | None = None,
    ) -> None:
        """`queues` tells the time by the same clock and stays the caller's to close.

        Args:
            port: of 127.0.0.1; 0 takes any free one.
            skip: binding types whose functions are left out instead of being refused.
            concurrency: the most invocations at once, by queue, in place of host.json's batches.
            function_key: what callers of functions with an auth level other than anonymous must send.
            body_limit: the largest request body, in bytes.
            event_hubs: those that functions may listen to, by name; they stay the caller's to close.
        """
        self._directory = app_directory
        self._queues: QueueSource = SqliteSource(queues) if isinstance(queues, SqliteQueues) else queues
        self._clock = clock
        self._port = port
        self._skip = skip
        self._concurrency = dict(concurrency or {})
        self._function_key = function_key
        self._body_limit = body_limit
        self._event_hubs = dict(event_hubs or {})
        self._worker = Worker(app_directory)
        self._invoker = Invoker(self._worker, self._queues)
        self._catalogue = Catalogue(driven=(), left_out={})
        self._queue_listeners: list[QueueListener] = []
        self._timer_listeners: list[TimerListener] = []
        self._hub_listeners: list[HubListener] = []
        self._listening: list[asyncio.Task[None]] = []
        self._records: TimerRecords | None = None
        self._http: HttpServer | None = None
        self._url: str | None = None
        self._forget: list[Callable[[], None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Load the app, take over its queues and begin to serve.

        Raises `HostError` for anything that is wrong with the app or its host.json, before anything
        runs, and `Misconfigured` when another host already takes from these queues.
        """
        settings = read_host_settings(self._directory)
        try:
            found = await self._worker.load()
            self._catalogue = understand(found, settings.extensions.http.route_prefix, self._skip)
            self._make_listeners(settings.extensions)
            self._http = HttpServer(
                build_app(self._catalogue.driven, self._invoker, key=self._function_key, body_limit=self._body_limit)
            )
            recovered = await self._queues.recover()
            port = await self._http.start(self._port)
        except BaseException:
            self._let_go()
            raise
        self._url = f"http://127.0.0.1:{port}"
        self._forget.append(self._queues.when_enqueued(self._enqueued))
        for listener in self._listeners:
            task = asyncio.create_task(listener.run(), name="host-listener")
            task.add_done_callback(_report_breakdown)
            self._listening.append(task)
        _log.info("host_started url=%s functions=%d recovered=%d", self._url, len(self._catalogue.driven), recovered)
        for name, binding in self._catalogue.left_out.items():
            _log.warning("not_driven_here function=%s binding=%s", name, binding)

    @property
    def url(self) -> str:
        """Where the app is served, without a path. Raises `HostError` before `start`."""
        if self._url is None:
            raise HostError("The host has not been started.")
        return self._url

    @property
    def functions(self) -> Sequence[FunctionSummary]:
        """Every function of the app, driven here or not."""
        driven = [
            FunctionSummary(name=each.name, trigger=each.trigger.TYPE, at=str(each.trigger), driven=True)
            for each in self._catalogue.driven
        ]
        left_out = [
            FunctionSummary(name=name, trigger=binding, at="not driven on one machine", driven=False)
            for name, binding in self._catalogue.left_out.items()
        ]
        return driven + left_out

    @property
    def statistics(self) -> Statistics:
        """What has been done since the start; goes on counting."""
        return self._invoker.statistics

    async def idle(self) -> None:
        """Return when nothing runs, no message can be taken now and no timer is due.

        A message that a running function sends counts, one that is delayed into the future does not.
        Returns at once when the host is stopping. Raises `HostError` when a listener has broken down.
        """
        while not self._stopping and not await self._at_rest():
            for listener in self._queue_listeners:
                listener.wake()
            for hub_listener in self._hub_listeners:
                hub_listener.wake()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._invoker.activity.changed()

    async def next_due(self) -> datetime | None:
        """The next moment at which a queue, timer or event hub gives the host something to do; None for never."""
        queues = [await self._queues.next_visible_at(listener.queue) for listener in self._queue_listeners]
        timers = [listener.next_run for listener in self._timer_listeners]
        hubs = [listener.next_due for listener in self._hub_listeners]
        return min((moment for moment in (*queues, *timers, *hubs) if moment is not None), default=None)

    async def call_timer(self, name: str) -> bool:
        """Run a timer's function once, now, after a run at work; its schedule stays as it was.

        Returns whether it succeeded. Raises `HostError` when the app has no timer of that name.
        """
        for listener in self._timer_listeners:
            if listener.name == name:
                return await listener.run_now()
        raise HostError(f"The app has no timer named {name}.")

    async def stop(self, grace: timedelta = _GRACE) -> None:
        """Take nothing new, let what runs finish within `grace` of real time, and let go of everything.

        What is still running then is broken off; its messages come back when the next host starts.
        Called again while it waits, it waits too, but no longer than by its own `grace`.
        """
        if self._url is None:
            return
        self._stopping = True
        for listener in self._listeners:
            listener.stop()
        ending = list(self._listening)
        if self._http is not None and (serving := self._http.close()) is not None:
            ending.append(serving)
        if ending:
            _, late = await asyncio.wait(ending, timeout=grace.total_seconds())
            if late:
                await self._break_off(late)
        self._let_go()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def _listeners(self) -> list[QueueListener | TimerListener | HubListener]:
        return [*self._queue_listeners, *self._timer_listeners, *self._hub_listeners]

    def _make_listeners(self, settings: Extensions) -> None:
        self._records = TimerRecords(self._queues.path)
        for function in self._catalogue.driven:
            if isinstance(function.trigger, QueueTrigger):
                self._queue_listeners.append(
                    QueueListener(
                        function,
                        settings.queues,
                        self._concurrency.get(function.trigger.queue),
                        queues=self._queues,
                        invoker=self._invoker,
                        clock=self._clock,
                    )
                )
            elif isinstance(function.trigger, TimerTrigger):
                self._timer_listeners.append(
                    TimerListener(function, records=self._records, invoker=self._invoker, clock=self._clock)
                )
            elif isinstance(function.trigger, EventHubTrigger):
                self._listen_to_hub(function, function.trigger.hub, settings.event_hubs.max_event_batch_size)
        unknown = self._concurrency.keys() - {listener.queue for listener in self._queue_listeners}
        if unknown:
            raise HostError(f"No function takes from the queue {min(unknown)}, whose concurrency was given.")

    def _listen_to_hub(self, function: Function, name: str, batch_size: int) -> None:
        hub = self._event_hubs.get(name)
        if hub is None:
            raise HostError(f"The function {function.name} listens to the event hub {name}, which is not here.")
        listener = HubListener(function, hub=hub, batch_size=batch_size, invoker=self._invoker, clock=self._clock)
        self._hub_listeners.append(listener)
        self._forget.append(hub.when_sent(listener.wake))

    def _enqueued(self, queue: str) -> None:
        for listener in self._queue_listeners:
            if listener.queue == queue:
                listener.wake()

    async def _at_rest(self) -> bool:
        """Whether there is nothing to do, all through the time that finding out takes."""
        activity = self._invoker.activity
        begun = activity.begun
        return (
            self._nothing_runs()
            and not any([await listener.waiting() for listener in self._queue_listeners])
            and self._nothing_runs()
            and activity.begun == begun
        )

    def _nothing_runs(self) -> bool:
        for task in self._listening:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise HostError("A listener of the host has broken down.") from error
        return (
            self._invoker.activity.running == 0
            and self._invoker.activity.looking == 0
            and not any(listener.due() for listener in self._timer_listeners)
            and not any(listener.waiting() for listener in self._hub_listeners)
        )

    async def _break_off(self, late: set[asyncio.Task[None]]) -> None:
        _log.warning("shutdown_incomplete running=%d", self._invoker.activity.running)
        for listener in self._listeners:
            listener.abort()
        if self._http is not None:
            self._http.abort()
        await asyncio.wait(late, timeout=1.0)
        for task in late:
            task.cancel()

    def _let_go(self) -> None:
        """Undo what `start` did, as far as it came."""
        while self._forget:
            self._forget.pop()()
        if self._records is not None:
            self._records.close()
        self._worker.unload()


def _report_breakdown(listening: asyncio.Task[None]) -> None:
    if not listening.cancelled() and (error := listening.exception()) is not None:
        _log.critical("listener_broken", exc_info=error)
