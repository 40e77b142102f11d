"""Takes one function through an invocation: run it, write what it put out, count it, log what failed."""

import asyncio
import json
import logging
import sqlite3
import traceback
from collections.abc import Mapping
from pathlib import Path

from local.host.activity import Activity, Statistics
from local.host.errors import InvocationFailed
from local.host.functions import Function
from local.host.protocol import InvocationResponse, RpcException, StatusResult, TypedData
from local.host.queue_source import QueueSource
from local.host.worker import Worker
from shared.adapters.queues.messages import Outgoing
from shared.errors import CairnError, Refused, TryLater

_log = logging.getLogger(__name__)


class Invoker:
    """Runs the functions of one app for whatever triggers them.

    A trigger says `activity.begin()` when it takes something up and `activity.end()` when the message
    is deleted or the response made: an invocation is not over before that.
    """

    def __init__(self, worker: Worker, queues: QueueSource) -> None:
        self.activity = Activity()
        self.statistics = Statistics()
        self._worker = worker
        self._queues = queues

    async def run(
        self, function: Function, data: TypedData, trigger_metadata: Mapping[str, TypedData] | None = None
    ) -> TypedData | None:
        """Invoke a function with its trigger's data, and write its queue outputs once it has succeeded.

        Returns what it returned (its HTTP response, for one), None for nothing. Raises
        `InvocationFailed` when it raised, and when its outputs could not be written; then none were.
        """
        self.statistics.invocations[function.name] += 1
        try:
            response = await self._invoke(function, data, trigger_metadata or {})
            await self._put_out(function, response)
        except InvocationFailed:
            self.statistics.failures[function.name] += 1
            raise
        return response.return_value

    async def _invoke(
        self, function: Function, data: TypedData, trigger_metadata: Mapping[str, TypedData]
    ) -> InvocationResponse:
        inputs = {function.trigger.parameter: data}
        try:
            response = await self._worker.invoke(function.metadata, inputs, trigger_metadata)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise InvocationFailed(f"{function.name} was cancelled from within.") from error
        if response.result.status == StatusResult.Success:
            return response
        _log_failure(function, response)
        raise InvocationFailed(f"{function.name} failed.")

    async def _put_out(self, function: Function, response: InvocationResponse) -> None:
        values = {binding.name: binding.data for binding in response.output_data}
        if "$return" in function.outputs and response.return_value is not None:
            values["$return"] = response.return_value
        try:
            messages = [
                Outgoing(queue=queue, body=body)
                for name, queue in function.outputs.items()
                if name in values
                for body in _bodies(values[name])
            ]
            if messages:
                await self._queues.send_many(messages)
        except (Refused, TryLater, UnicodeDecodeError, sqlite3.Error) as error:
            reason = str(error) if isinstance(error, CairnError) else type(error).__name__
            _log.error(
                "output_failed function=%s invocation=%s reason=%s", function.name, response.invocation_id, reason
            )
            raise InvocationFailed(f"{function.name} could not put its messages on their queues.") from error


def _bodies(data: TypedData) -> list[str]:
    """The messages in an output: one, or one for each element of a list; what is no text goes as JSON."""
    match data.kind:
        case "string":
            return [data.value]
        case "bytes":
            return [data.value.decode()]
        case "json" if isinstance(elements := json.loads(data.value), list):
            return [each if isinstance(each, str) else json.dumps(each) for each in elements]
        case None:
            return []
        case _:
            return [str(data.value)]


def _log_failure(function: Function, response: InvocationResponse) -> None:
    """One line that says which kind of error and where, but not its text: that may quote a message.

    Our own errors are written to be shown, so theirs is. The whole stack goes to the debug log.
    """
    error = response.result.exception or RpcException(message="", stack_trace="")
    kind = error.message.partition(":")[0]
    reason = str(error.cause) if isinstance(error.cause, CairnError) else ""
    frames = traceback.extract_tb(error.cause.__traceback__) if error.cause is not None else []
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    _log.error(
        "function_failed function=%s invocation=%s error=%s at=%s %s",
        function.name,
        response.invocation_id,
        kind,
        place,
        reason,
    )
    _log.debug("function_failed invocation=%s\n%s", response.invocation_id, error.stack_trace)
