"""Timers: sweep what is overdue, renew subscriptions, purge old messages."""

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


@blueprint.function_name("renew")
@blueprint.timer_trigger(arg_name="timer", schedule="0 23 * * * *", run_on_startup=False, use_monitor=True)
async def renew(timer: func.TimerRequest) -> None:
    """Every hour: prolong subscriptions past half their life."""
    from shared import wiring
    from shared.usecases.capture import renew as renew_subscriptions

    renewed = await renew_subscriptions(await wiring.context())
    log.info(line("renewed", subscriptions=renewed, late=timer.past_due))


@blueprint.function_name("purge")
@blueprint.timer_trigger(arg_name="timer", schedule="0 17 3 * * *", run_on_startup=False, use_monitor=True)
async def purge(timer: func.TimerRequest) -> None:
    """Every night: remove messages that have been kept long enough."""
    from shared import wiring
    from shared.usecases.upkeep import purge as purge_old

    removed = await purge_old(await wiring.context())
    log.info(line("purged", messages=removed, late=timer.past_due))
