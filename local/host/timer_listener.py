"""Runs one timer's function when its schedule says so; never twice at once."""

import asyncio
import json
import logging
from datetime import datetime

from local.clock import LocalClock
from local.host.errors import HostError, InvocationFailed
from local.host.functions import Function, TimerTrigger
from local.host.invocation import Invoker
from local.host.protocol import TypedData
from local.host.schedule import Schedule
from local.host.timer_records import TimerRecord, TimerRecords

_log = logging.getLogger(__name__)

_NEVER_RAN = "0001-01-01T00:00:00"


class TimerListener:
    """The trigger of one function."""

    def __init__(self, function: Function, *, records: TimerRecords, invoker: Invoker, clock: LocalClock) -> None:
        """Raises `HostError` for a schedule that Azure's host would refuse."""
        if not isinstance(function.trigger, TimerTrigger):
            raise HostError(f"The function {function.name} is not triggered by a timer.")
        self.name = function.name
        self._function = function
        self._schedule = Schedule(function.trigger.schedule, function.name)
        self._monitored = function.trigger.use_monitor and not self._schedule.is_dense()
        self._records = records
        self._invoker = invoker
        self._clock = clock
        self._activity = invoker.activity
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._record = self._remember()
        self._past_due = self._record.next_run < clock.now()
        self._on_startup = function.trigger.run_on_startup and not self._past_due

    @property
    def next_run(self) -> datetime:
        """When the timer is to run next; in the past when it is due."""
        return self._clock.now() if self._on_startup else self._record.next_run

    def due(self) -> bool:
        """Whether the timer should be running at this moment."""
        return self.next_run <= self._clock.now()

    async def run(self) -> None:
        """Run the function at each moment of its schedule until `stop`, then finish the run at work.

        A run that outlasts the next moment is followed by one run at once, however many it outlasted.
        """
        self._task = asyncio.current_task()
        while not self._stopping:
            self._wake.clear()
            if self.due():
                await self._run_as_scheduled()
            else:
                await self._clock.wait(self.next_run, self._wake)

    async def run_now(self) -> bool:
        """Run the function once, outside its schedule, after a run at work. Returns whether it succeeded."""
        self._activity.begin()
        try:
            async with self._one_at_a_time:
                return await self._invoke(past_due=False)
        finally:
            self._activity.end()

    def stop(self) -> None:
        """Start no more runs."""
        self._stopping = True
        self._wake.set()

    def abort(self) -> None:
        """Break off a run at work; it counts as not made, and will be past due."""
        if self._task is not None:
            self._task.cancel()

    async def _run_as_scheduled(self) -> None:
        self._activity.begin()
        try:
            async with self._one_at_a_time:
                started = self._clock.now()
                if self._past_due:
                    _log.info("timer_past_due function=%s since=%s", self.name, self._record.next_run.isoformat())
                await self._invoke(past_due=self._past_due)
                self._past_due = self._on_startup = False
                self._keep(
                    TimerRecord(
                        schedule=self._schedule.text, last_run=started, next_run=self._schedule.next_after(started)
                    )
                )
        finally:
            self._activity.end()

    async def _invoke(self, *, past_due: bool) -> bool:
        try:
            await self._invoker.run(self._function, TypedData(json=json.dumps(self._request(past_due))))
        except InvocationFailed:
            return False
        return True

    def _request(self, past_due: bool) -> dict[str, object]:
        """The TimerInfo that Azure's host sends; no status where past runs are not accounted for."""
        last = self._record.last_run.isoformat() if self._record.last_run else _NEVER_RAN
        status = {"Last": last, "Next": self._record.next_run.isoformat(), "LastUpdated": last}
        return {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status if self._monitored else None,
            "IsPastDue": past_due,
        }

    def _remember(self) -> TimerRecord:
        """The record of an earlier host if it is of the same schedule, else a new one from now on."""
        known = self._records.read(self.name) if self._monitored else None
        if known is not None and known.schedule == self._schedule.text:
            return known
        return self._keep(
            TimerRecord(
                schedule=self._schedule.text, last_run=None, next_run=self._schedule.next_after(self._clock.now())
            )
        )

    def _keep(self, record: TimerRecord) -> TimerRecord:
        self._record = record
        if self._monitored:
            self._records.write(self.name, record)
        return record
