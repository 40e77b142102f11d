"""Reads host.json: the settings that this host follows, with the defaults of Azure's."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from local.host.errors import HostError

_TIME_SPAN = re.compile(r"^(?:(\d{1,4})\.)?(\d{1,2}):([0-5]\d):([0-5]\d)(?:\.(\d{1,6})\d?)?$")

TimeSpan = Annotated[str, msgspec.Meta(pattern=_TIME_SPAN.pattern)]
"""A span of time as .NET writes it: `[days.]hours:minutes:seconds[.fraction]`."""


class QueueSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`extensions.queues`. https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue"""

    batch_size: Annotated[int, msgspec.Meta(ge=1, le=32)] = 16
    new_batch_threshold: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    max_polling_interval: TimeSpan = "00:01:00"
    visibility_timeout: TimeSpan = "00:00:00"
    max_dequeue_count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
    message_encoding: Literal["base64", "none"] = "base64"

    def __post_init__(self) -> None:
        if not timedelta(milliseconds=100) <= self.longest_poll:
            raise ValueError("maxPollingInterval must be at least 00:00:00.1")
        if self.retry_after > timedelta(days=7):
            raise ValueError("visibilityTimeout must be at most 7.00:00:00")

    @property
    def threshold(self) -> int:
        """How few invocations must be running for the next batch to be taken."""
        return self.batch_size // 2 if self.new_batch_threshold is None else self.new_batch_threshold

    @property
    def longest_poll(self) -> timedelta:
        """`maxPollingInterval`: how long an empty queue is left alone before it is looked at again."""
        return _span(self.max_polling_interval)

    @property
    def retry_after(self) -> timedelta:
        """`visibilityTimeout`: how long a message stays hidden after an attempt that failed."""
        return _span(self.visibility_timeout)


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`extensions.http`; of these only the prefix is followed on one machine."""

    route_prefix: Annotated[str, msgspec.Meta(pattern=r"^[^{}?#\s]*$")] = "api"
    max_outstanding_requests: int = 200
    max_concurrent_requests: int = 100
    dynamic_throttles_enabled: bool = True
    hsts: dict[str, Any] = msgspec.field(default_factory=dict)
    custom_headers: dict[str, str] = msgspec.field(default_factory=dict)


class EventHubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`extensions.eventHubs`; of these only the size of a batch is followed on one machine.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-event-hubs#hostjson-settings
    """

    max_event_batch_size: Annotated[int, msgspec.Meta(ge=1)] = 100
    min_event_batch_size: int = 1
    max_wait_time: TimeSpan = "00:01:00"
    batch_checkpoint_frequency: int = 1
    prefetch_count: int = 300
    transport_type: str = "amqpTcp"
    web_proxy: str = ""
    custom_endpoint_address: str = ""
    target_unprocessed_event_threshold: int | None = None
    initial_offset_options: Any = None
    client_retry_options: Any = None


class Extensions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The extensions that this host drives; others' settings are for Azure's host."""

    queues: QueueSettings = msgspec.field(default_factory=QueueSettings)
    http: HttpSettings = msgspec.field(default_factory=HttpSettings)
    event_hubs: EventHubSettings = msgspec.field(default_factory=EventHubSettings)


class HostSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """host.json. What has no meaning on one machine is known by name and left alone.

    https://learn.microsoft.com/azure/azure-functions/functions-host-json
    """

    version: Literal["2.0"]
    extensions: Extensions = msgspec.field(default_factory=Extensions)
    aggregator: Any = None
    application_insights: Any = None
    concurrency: Any = None
    console: Any = None
    custom_handler: Any = None
    extension_bundle: Any = None
    function_timeout: Any = None
    functions: Any = None
    health_monitor: Any = None
    logging: Any = None
    managed_dependency: Any = None
    singleton: Any = None
    telemetry_mode: Any = None
    watch_directories: Any = None
    watch_files: Any = None


def read_host_settings(app_directory: Path) -> HostSettings:
    """The settings in an app's host.json.

    Raises `HostError` in one sentence for a missing file, an unknown setting or a wrong value.
    """
    try:
        text = (app_directory / "host.json").read_bytes()
    except OSError as error:
        raise HostError(f"There is no readable host.json in {app_directory}.") from error
    try:
        return msgspec.json.decode(text, type=HostSettings)
    except msgspec.DecodeError as error:
        raise HostError(f"host.json is wrong: {error}.") from error


def _span(text: str) -> timedelta:
    parts = _TIME_SPAN.match(text)
    if parts is None:
        raise ValueError(f"{text} is not a span of time such as 00:00:02")
    days, hours, minutes, seconds, fraction = parts.groups()
    return timedelta(
        days=int(days or 0),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int((fraction or "0").ljust(6, "0")),
    )
