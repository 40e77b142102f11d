"""Queue -> read some pages of a space from Graph."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

from functions.steps import run_step

if TYPE_CHECKING:
    from shared.usecases.context import Context

blueprint = func.Blueprint()


@blueprint.function_name("reconcile")
@blueprint.queue_trigger(arg_name="msg", queue_name="reconciliations", connection="AzureWebJobsStorage")
async def reconcile(msg: func.QueueMessage) -> None:
    """Go on with reading one space."""
    from shared.domain.identity import SpaceId
    from shared.usecases.reconcile import reconcile as read_on

    async def work(context: "Context", body: str) -> dict[str, object]:
        read = await read_on(SpaceId(json.loads(body)["space"]), context)
        return {"space": read.space_id, "seen": read.seen, "changed": read.changed, "ended": read.ended}

    await run_step("reconciliations", msg, work)
