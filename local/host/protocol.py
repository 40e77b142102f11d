"""Stand-ins for the protobuf messages that Azure's host and its Python worker exchange.

The worker library builds and reads these by name and asks nothing else of them. The real ones are in
https://github.com/Azure/azure-functions-language-worker-protobuf (FunctionRpc.proto).
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any


class TypedData:
    """One value, named by its kind: `TypedData(string="…")`; without any it holds nothing."""

    __slots__ = ("kind", "value")

    def __init__(self, **oneof: Any) -> None:
        if len(oneof) > 1:
            raise TypeError("TypedData holds one value")
        self.kind: str | None = None
        self.value: Any = None
        for kind, value in oneof.items():
            self.kind, self.value = kind, value

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802  (protobuf's name)
        """The kind of value held."""
        return self.kind

    def __getattr__(self, name: str) -> Any:
        if name != self.kind:
            raise AttributeError(name)
        return self.value


@dataclass(frozen=True, slots=True)
class ParameterBinding:
    """A value for, or from, a function's parameter."""

    name: str
    data: TypedData

    def WhichOneof(self, _group: str) -> str:  # noqa: N802  (protobuf's name)
        """Always by value: shared memory is not used."""
        return "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcHttp:
    """An HTTP request for a function, or its response."""

    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: TypedData | None = None
    status_code: str = "200"
    cookies: Sequence["RpcHttpCookie"] | None = None
    enable_content_negotiation: bool = False


@dataclass(frozen=True, slots=True)
class Nullable:
    """A value that may be left out; protobuf has one message for each type."""

    value: Any


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Whole seconds since 1970."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcHttpCookie:
    """A cookie that a function sets."""

    SameSite = SimpleNamespace(**{"None": None, "Lax": "lax", "Strict": "strict", "ExplicitNone": "none"})

    name: str
    value: str
    domain: Nullable | None = None
    path: Nullable | None = None
    expires: Nullable | None = None
    secure: Nullable | None = None
    http_only: Nullable | None = None
    same_site: str | None = None
    max_age: Nullable | None = None


class RpcException:
    """What went wrong. The library makes it while it handles the exception, which is kept as `cause`."""

    __slots__ = ("cause", "message", "stack_trace")

    def __init__(self, *, message: str, stack_trace: str) -> None:
        self.message = message
        self.stack_trace = stack_trace
        self.cause = sys.exception()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """How a request ended."""

    Success = 1
    Failure = 0

    status: int
    exception: RpcException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingInfo:
    """A binding's type and direction."""

    out = 1
    inout = 2
    undefined = 0

    type: str
    direction: int
    data_type: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcRetryOptions:
    """A function's retry policy."""

    max_retry_count: int
    retry_strategy: str
    delay_interval: timedelta | None = None
    minimum_interval: timedelta | None = None
    maximum_interval: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcFunctionMetadata:
    """A function as the library indexed it; `raw_bindings` are JSON texts in the form of function.json."""

    name: str
    function_id: str
    raw_bindings: Sequence[str]
    bindings: Mapping[str, BindingInfo]
    directory: str
    script_file: str
    entry_point: str
    language: str
    properties: Mapping[str, str]
    retry_options: RpcRetryOptions | None = None
    is_proxy: bool = False
    managed_dependency_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerMetadata:
    """What the worker says of itself."""

    runtime_name: str
    runtime_version: str
    worker_version: str
    worker_bitness: str
    custom_properties: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerInitResponse:
    """The function app was indexed, or why not."""

    result: StatusResult
    capabilities: Mapping[str, str]
    worker_metadata: WorkerMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionMetadataResponse:
    """The functions of the app; None when there is no function_app.py."""

    result: StatusResult
    function_metadata_results: Sequence[RpcFunctionMetadata] | None
    use_default_metadata_indexing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationRequest:
    """Run one function with these inputs."""

    invocation_id: str
    function_id: str
    input_data: Sequence[ParameterBinding]
    trigger_metadata: Mapping[str, TypedData]
    trace_context: SimpleNamespace
    retry_context: SimpleNamespace


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResponse:
    """What a function returned and put out, or why it failed."""

    invocation_id: str
    result: StatusResult
    return_value: TypedData | None = None
    output_data: Sequence[ParameterBinding] = ()


PROTOS = SimpleNamespace(
    TypedData=TypedData,
    ParameterBinding=ParameterBinding,
    RpcHttp=RpcHttp,
    RpcHttpCookie=RpcHttpCookie,
    NullableString=Nullable,
    NullableBool=Nullable,
    NullableDouble=Nullable,
    NullableTimestamp=Nullable,
    Timestamp=Timestamp,
    RpcException=RpcException,
    StatusResult=StatusResult,
    BindingInfo=BindingInfo,
    RpcRetryOptions=RpcRetryOptions,
    RpcFunctionMetadata=RpcFunctionMetadata,
    WorkerMetadata=WorkerMetadata,
    WorkerInitResponse=WorkerInitResponse,
    FunctionMetadataResponse=FunctionMetadataResponse,
    InvocationResponse=InvocationResponse,
)
"""The namespace that the library is handed as `protos`."""


def request(kind: str, message: object) -> SimpleNamespace:
    """A message in the envelope that the library's entry points take."""
    properties = {"host": "127.0.0.1", "protos": PROTOS}
    return SimpleNamespace(request=SimpleNamespace(**{kind: message}), properties=properties)
