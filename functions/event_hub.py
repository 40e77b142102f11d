"""Graph -> event hub -> changes and lifecycle events. Check, queue. Registered for CAIRN_TRANSPORT=event_hubs only."""

import logging
import typing

import azure.functions as func

from functions.logs import line
from functions.notifications import SECRET, rules
from shared import clock
from shared.errors import Misconfigured
from shared.usecases.receive import receive_events

blueprint = func.Blueprint()
log = logging.getLogger("cairn.event_hub")


# Azure's host moves on to the next events also after a failure, unless a retry policy holds it back: without
# one, what came while the queue was away would be lost. So the same events are tried until they are queued;
# nothing in them can make that fail.
@blueprint.function_name("event_hub")
@blueprint.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="%CAIRN_EVENT_HUB_NAME%",
    connection="CairnEventHub",
    cardinality=func.Cardinality.MANY,
    data_type=func.DataType.BINARY,
)
@blueprint.queue_output(arg_name="queued", queue_name="notifications", connection="AzureWebJobsStorage")
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:02", maximum_interval="00:05:00"
)
async def event_hub(events: typing.List[func.EventHubEvent], queued: func.Out[typing.List[str]]) -> None:  # noqa: UP006
    """Queue each item of each event; what is not one of ours is refused by itself and logged."""
    known = rules()
    if known is None:
        raise Misconfigured(f"{SECRET} is not set")
    receipt = receive_events((event.get_body() for event in events), rules=known, received_at=clock.now())
    if receipt.refused:
        reasons = sorted({refusal.reason for refusal in receipt.refused})
        log.warning(line("items_refused", accepted=len(receipt.queued), refused=len(receipt.refused), why=reasons))
    if receipt.queued:
        queued.set(receipt.queued)
