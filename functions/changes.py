"""What has changed in the store -> copies in wider audiences, and counts.

On a Cosmos DB account the database's own change feed triggers this, once `CairnCosmos` says how Azure's host is let
in. Everywhere else (SQLite, the local host, an account without that connection) a timer asks what has changed.
"""

import logging
import os

import azure.functions as func

from functions.logs import line

blueprint = func.Blueprint()
"""For the trigger."""
polling = func.Blueprint()
"""For the timer."""
log = logging.getLogger("cairn.changes")

CONNECTION = "CairnCosmos"
"""A connection string, or `CairnCosmos__accountEndpoint` and `CairnCosmos__credential=managedidentity`."""


def are_triggered() -> bool:
    """Whether the database can tell of changes by itself: Azure's host stops an app whose connection is not set."""
    connected = any(name == CONNECTION or name.startswith(f"{CONNECTION}__") for name in os.environ)
    return os.environ.get("CAIRN_STORE") == "cosmos" and connected


# Azure's host moves on to the next changes also after a failure, unless a retry policy holds it back: without one,
# what was to follow from a change would be lost. So the same changes are tried until they are through.
@blueprint.function_name("changes")
@blueprint.cosmos_db_trigger(
    arg_name="documents",
    connection=CONNECTION,
    database_name=os.environ.get("CAIRN_COSMOS_DATABASE") or "cairn",
    container_name="snippets",
    lease_container_name="leases",
    lease_container_prefix="snippets",
    create_lease_container_if_not_exists=False,
    start_from_beginning=True,  # type: ignore[arg-type]  # a bool, whatever its annotation says
    max_items_per_invocation=100,
)
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:02", maximum_interval="00:05:00"
)
async def changes(documents: func.DocumentList) -> None:
    """Follow what the change feed hands over."""
    from shared import wiring
    from shared.usecases.follow import follow

    context = await wiring.context()
    followed = await follow(context.store.changed_in([dict(document) for document in documents]), context)
    log.info(line("changes_followed", snippets=followed.snippets, copies=followed.copies))


@polling.function_name("follow")
@polling.timer_trigger(arg_name="timer", schedule="20 * * * * *", run_on_startup=False, use_monitor=True)
async def follow_by_timer(timer: func.TimerRequest) -> None:
    """Every minute: go on in the feed where it was left."""
    from shared import wiring
    from shared.usecases.follow import follow_feed

    followed = await follow_feed(await wiring.context())
    if followed.snippets:
        log.info(line("changes_followed", snippets=followed.snippets, copies=followed.copies, late=timer.past_due))
