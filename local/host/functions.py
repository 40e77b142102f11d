"""A function app's functions, as this host understands them: what triggers each, and what it puts out."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from local.host.errors import HostError
from local.host.protocol import RpcFunctionMetadata

_SETTING = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    """A request to a route, prefix included; `methods` is empty when every method will do."""

    TYPE: ClassVar = "httpTrigger"

    parameter: str
    route: str
    methods: frozenset[str]
    needs_key: bool

    def __str__(self) -> str:
        return f"{','.join(sorted(self.methods)) or '*'} /{self.route}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    """A message on a queue."""

    TYPE: ClassVar = "queueTrigger"

    parameter: str
    queue: str

    def __str__(self) -> str:
        return self.queue


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerTrigger:
    """A moment of a schedule (NCRONTAB)."""

    TYPE: ClassVar = "timerTrigger"

    parameter: str
    schedule: str
    run_on_startup: bool
    use_monitor: bool

    def __str__(self) -> str:
        return self.schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHubTrigger:
    """Batches of events of a hub; `binary` when the function wants their bodies as bytes."""

    TYPE: ClassVar = "eventHubTrigger"

    parameter: str
    hub: str
    binary: bool

    def __str__(self) -> str:
        return self.hub


type Trigger = HttpTrigger | QueueTrigger | TimerTrigger | EventHubTrigger

_TRIGGERS = (HttpTrigger.TYPE, QueueTrigger.TYPE, TimerTrigger.TYPE, EventHubTrigger.TYPE)
_OUTPUTS = ("http", "queue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function that this host drives. `outputs` names the queue behind each output parameter."""

    name: str
    trigger: Trigger
    outputs: Mapping[str, str]
    metadata: RpcFunctionMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The functions of an app: those that are driven here, and the names of those that are left out."""

    driven: Sequence[Function]
    left_out: Mapping[str, str]


def understand(found: Sequence[RpcFunctionMetadata], route_prefix: str, skip: frozenset[str]) -> Catalogue:
    """Turn the library's metadata into functions that can be driven.

    A function with a binding whose type is in `skip` is left out. Raises `HostError`, naming the
    function, for any other binding type that this host does not drive, and for a retry policy of
    anything but events.
    """
    driven: list[Function] = []
    left_out: dict[str, str] = {}
    for metadata in found:
        bindings = [json.loads(text) for text in metadata.raw_bindings]
        skipped = [binding["type"] for binding in bindings if binding["type"] in skip]
        if skipped:
            left_out[metadata.name] = skipped[0]
        else:
            driven.append(_function(metadata, bindings, route_prefix))
    _refuse_shared_queues(driven)
    return Catalogue(driven=driven, left_out=left_out)


def _function(metadata: RpcFunctionMetadata, bindings: list[dict[str, Any]], route_prefix: str) -> Function:
    name = metadata.name
    for binding in bindings:
        if binding["type"] not in (_TRIGGERS if binding["direction"] == "IN" else _OUTPUTS):
            raise HostError(f"The function {name} has a binding of type {binding['type']}, not driven on one machine.")
    triggers = [binding for binding in bindings if binding["direction"] == "IN"]
    if len(triggers) != 1:
        raise HostError(f"The function {name} needs exactly one trigger.")
    if metadata.retry_options is not None and triggers[0]["type"] != EventHubTrigger.TYPE:
        raise HostError(f"The function {name} has a retry policy, which is driven for events only.")
    return Function(
        name=name,
        trigger=_trigger(name, triggers[0], route_prefix),
        outputs={
            binding["name"]: _resolve(name, binding["queueName"]) for binding in bindings if binding["type"] == "queue"
        },
        metadata=metadata,
    )


def _trigger(name: str, binding: Mapping[str, Any], route_prefix: str) -> Trigger:
    parameter = binding["name"]
    match binding["type"]:
        case HttpTrigger.TYPE:
            parts = (route_prefix, str(binding.get("route", name)))
            return HttpTrigger(
                parameter=parameter,
                route="/".join(part.strip("/") for part in parts if part.strip("/")),
                methods=frozenset(method.upper() for method in binding.get("methods") or ()),
                needs_key=str(binding.get("authLevel") or "function").lower() != "anonymous",
            )
        case QueueTrigger.TYPE:
            return QueueTrigger(parameter=parameter, queue=_resolve(name, binding["queueName"]))
        case EventHubTrigger.TYPE:
            if str(binding.get("cardinality")).upper() != "MANY":
                raise HostError(f"The function {name} takes events one by one; only cardinality many is driven here.")
            hub = _resolve(name, binding["eventHubName"])
            binary = str(binding.get("dataType")).upper() == "BINARY"
            return EventHubTrigger(parameter=parameter, hub=hub, binary=binary)
        case _:
            return TimerTrigger(
                parameter=parameter,
                schedule=_resolve(name, binding["schedule"]),
                run_on_startup=bool(binding.get("runOnStartup")),
                use_monitor=binding.get("useMonitor") is not False,
            )


def _resolve(name: str, text: str) -> str:
    """Put app settings in the place of `%NAME%`."""

    def setting(found: re.Match[str]) -> str:
        value = os.environ.get(found[1])
        if value is None:
            raise HostError(f"The function {name} names the setting {found[1]}, which is not set.")
        return value

    return _SETTING.sub(setting, text)


def _refuse_shared_queues(functions: Sequence[Function]) -> None:
    takers: dict[str, str] = {}
    for function in functions:
        if isinstance(function.trigger, QueueTrigger):
            other = takers.setdefault(function.trigger.queue, function.name)
            if other != function.name:
                raise HostError(
                    f"The functions {other} and {function.name} take from one queue, {function.trigger.queue}; "
                    "each message would reach only one of them."
                )
