"""Drives Microsoft's worker library in this process: index a function app, list it, run its functions."""

import importlib
import logging
import sys
import traceback
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import azure_functions_runtime
from azure_functions_runtime import handle_event
from azure_functions_runtime.functions import Registry

from local.host.errors import HostError
from local.host.protocol import (
    FunctionMetadataResponse,
    InvocationRequest,
    InvocationResponse,
    ParameterBinding,
    RpcException,
    RpcFunctionMetadata,
    StatusResult,
    TypedData,
    WorkerInitResponse,
    request,
)

_SCRIPT = "function_app"

# The library is not typed throughout; what it answers with are our own stand-ins.
_library: Any = azure_functions_runtime
_library_state: Any = handle_event


class Worker:
    """One function app, loaded into the library. The library's state is global: one app at a time."""

    _loaded: "Worker | None" = None

    def __init__(self, app_directory: Path) -> None:
        self._directory = app_directory.resolve()
        self._module_before: ModuleType | None = None

    async def load(self) -> Sequence[RpcFunctionMetadata]:
        """Import the app's function_app.py and check its bindings, as Azure's worker does at start.

        Returns the functions found. Raises `HostError` with the library's own words and the
        function's name when the library refuses it, and when this process already has a host.
        """
        if Worker._loaded is not None:
            raise HostError("This process already runs a host; stop it first.")
        if not (self._directory / f"{_SCRIPT}.py").is_file():
            raise HostError(f"There is no {_SCRIPT}.py in {self._directory}.")
        Worker._loaded = self
        self._make_room()
        try:
            return await self._index()
        except BaseException:
            self.unload()
            raise

    def unload(self) -> None:
        """Make the library forget the app, so that another can be loaded into this process."""
        if Worker._loaded is not self:
            return
        Worker._loaded = None
        _reset_library()
        sys.path.remove(str(self._directory))
        sys.modules.pop(_SCRIPT, None)
        if self._module_before is not None:
            sys.modules[_SCRIPT] = self._module_before

    async def invoke(
        self,
        function: RpcFunctionMetadata,
        inputs: Mapping[str, TypedData],
        trigger_metadata: Mapping[str, TypedData],
    ) -> InvocationResponse:
        """Run one function; it fails inside the response's result, never by raising `Exception`."""
        trace = SimpleNamespace(
            trace_parent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00", trace_state="", attributes={}
        )
        message = InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            function_id=function.function_id,
            input_data=[ParameterBinding(name, data) for name, data in inputs.items()],
            trigger_metadata=trigger_metadata,
            trace_context=trace,
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        )
        response: InvocationResponse = await _library.invocation_request(request("invocation_request", message))
        return response

    def _make_room(self) -> None:
        logger = logging.getLogger("azure.functions")
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)  # the library tells of every invocation
        self._module_before = sys.modules.pop(_SCRIPT, None)
        sys.path.insert(0, str(self._directory))
        importlib.invalidate_caches()

    async def _index(self) -> Sequence[RpcFunctionMetadata]:
        message = SimpleNamespace(capabilities={}, function_app_directory=str(self._directory))
        answer: WorkerInitResponse = await _library.worker_init_request(request("worker_init_request", message))
        if answer.result.status != StatusResult.Success and answer.result.exception is not None:
            raise _refusal(answer.result.exception) from answer.result.exception.cause
        listed: FunctionMetadataResponse = await _library.functions_metadata_request(
            request("functions_metadata_request", SimpleNamespace())
        )
        if not listed.function_metadata_results:
            raise HostError(f"{_SCRIPT}.py registers no functions.")
        return listed.function_metadata_results


def _reset_library() -> None:
    """Put back the library's module globals as they are in a new process."""
    _library_state._functions = Registry()
    _library_state._metadata_result = None


def _refusal(error: RpcException) -> HostError:
    """The library's words, after the name of the function whose binding it was looking at."""
    reason = error.message.split(". Cannot find module.")[0]
    function = _function_being_indexed(error.cause)
    if function is not None and f"the {function} function" not in reason:
        return HostError(f"{_SCRIPT}.py: the function {function} was refused: {reason}")
    return HostError(f"{_SCRIPT}.py was refused: {reason}")


def _function_being_indexed(error: BaseException | None) -> str | None:
    """Some of the library's errors do not name the function; its frame knows."""
    for frame, _line in traceback.walk_tb(error.__traceback__ if error else None):
        if frame.f_code.co_name == Registry.add_indexed_function.__name__:
            name = frame.f_locals.get("func_name")
            return name if isinstance(name, str) else None
    return None
