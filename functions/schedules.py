"""Timers: sweep what is overdue, keep subscriptions, read spaces anew, purge old messages, embed snippets."""

import logging

import azure.functions as func

from functions.logs import line

blueprint = func.Blueprint()
log = logging.getLogger("cairn.schedules")


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="30 */5 * * * *", run_on_startup=False, use_monitor=True)
async def sweep(timer: func.TimerRequest) -> None:
    """Every five minutes: put on its way again whatever a crash left behind."""
    from shared import wiring
    from shared.usecases.upkeep import sweep as sweep_overdue

    swept = await sweep_overdue(await wiring.context())
    log.info(line("swept", threads=swept.threads, postings=swept.postings, late=timer.past_due))


@blueprint.function_name("subscribe")
@blueprint.timer_trigger(arg_name="timer", schedule="0 8,23,38,53 * * * *", run_on_startup=False, use_monitor=True)
async def subscribe(timer: func.TimerRequest) -> None:
    """Every quarter of an hour: make, renew, repair and end subscriptions, and rotate certificates."""
    from shared import wiring
    from shared.usecases.subscriptions import keep

    kept = await keep(await wiring.context())
    log.info(
        line(
            "subscriptions_kept",
            made=kept.made,
            renewed=kept.renewed,
            repaired=kept.repaired,
            removed=kept.removed,
            failed=kept.failed,
            late=timer.past_due,
        )
    )


@blueprint.function_name("read")
@blueprint.timer_trigger(arg_name="timer", schedule="15 2-59/5 * * * *", run_on_startup=False, use_monitor=True)
async def read(timer: func.TimerRequest) -> None:
    """Every five minutes: queue the spaces that are to be read from Graph."""
    from shared import wiring
    from shared.usecases.reconcile import queue_due

    queued = await queue_due(await wiring.context())
    log.info(line("readings_queued", spaces=queued, late=timer.past_due))


@blueprint.function_name("purge")
@blueprint.timer_trigger(arg_name="timer", schedule="0 17 3 * * *", run_on_startup=False, use_monitor=True)
async def purge(timer: func.TimerRequest) -> None:
    """Every night: remove messages that have been kept long enough."""
    from shared import wiring
    from shared.usecases.upkeep import purge as purge_old

    removed = await purge_old(await wiring.context())
    log.info(line("purged", messages=removed, late=timer.past_due))


@blueprint.function_name("embed")
@blueprint.timer_trigger(arg_name="timer", schedule="40 41 * * * *", run_on_startup=False, use_monitor=True)
async def embed(timer: func.TimerRequest) -> None:
    """Every hour: embed some hundred snippets that have no embedding yet, or one of another model."""
    from shared import wiring
    from shared.usecases.embed import embed_some

    written = await embed_some(await wiring.context())
    log.info(line("embedded", snippets=written, late=timer.past_due))
