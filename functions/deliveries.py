"""Queue -> post, update or withdraw a card."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

from functions.steps import run_step

if TYPE_CHECKING:
    from shared.usecases.context import Context

blueprint = func.Blueprint()


@blueprint.function_name("deliver")
@blueprint.queue_trigger(arg_name="msg", queue_name="deliveries", connection="AzureWebJobsStorage")
async def deliver(msg: func.QueueMessage) -> None:
    """Bring Teams in line with one posting."""
    from shared.domain.identity import PostingId
    from shared.usecases.deliver import deliver as bring_in_line

    async def work(context: "Context", body: str) -> dict[str, object]:
        delivered = await bring_in_line(PostingId(json.loads(body)["posting"]), context)
        return {"posting": delivered.posting_id, "state": delivered.state}

    await run_step("deliveries", msg, work)
