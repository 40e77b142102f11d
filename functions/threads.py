"""Queue -> take in a notification; queue -> look again at a thread that is due."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

from functions.steps import run_step

if TYPE_CHECKING:
    from shared.usecases.context import Context

blueprint = func.Blueprint()


@blueprint.function_name("ingest")
@blueprint.queue_trigger(arg_name="msg", queue_name="notifications", connection="AzureWebJobsStorage")
async def ingest(msg: func.QueueMessage) -> None:
    """Take in one notification."""
    from shared.domain.notifications import QueuedNotification
    from shared.usecases.ingest import ingest as take_in

    async def work(context: "Context", body: str) -> dict[str, object]:
        intake = await take_in(QueuedNotification.from_json(body), context)
        return {"space": intake.space_id, "message_id": intake.message_id, "kept": intake.kept}

    await run_step("notifications", msg, work)


@blueprint.function_name("judge")
@blueprint.queue_trigger(arg_name="msg", queue_name="threads", connection="AzureWebJobsStorage")
async def judge(msg: func.QueueMessage) -> None:
    """Look again at one thread, or see to what follows from one snippet."""
    from shared.domain.identity import AudienceId, SnippetId, SpaceId, ThreadId
    from shared.usecases.draft import follow_up
    from shared.usecases.judge import judge as look_again

    async def work(context: "Context", body: str) -> dict[str, object]:
        wanted = json.loads(body)
        if "snippet" in wanted:
            found = await follow_up(AudienceId(wanted["audience"]), SnippetId(wanted["snippet"]), context)
            return {"snippet": wanted["snippet"], "found": found}
        judged = await look_again(SpaceId(wanted["space"]), ThreadId(wanted["thread"]), context)
        return {"space": judged.space_id, "thread": judged.thread_id, "state": judged.state}

    await run_step("threads", msg, work)
