"""Health: ask every neighbour whether it can be used."""

from collections.abc import Awaitable

from shared.errors import CairnError
from shared.usecases.context import Context
from shared.usecases.subscriptions import troubles


async def examine(context: Context) -> dict[str, str]:
    """For each part an empty string when it works, otherwise one sentence that names what to mend."""
    faults = {
        "store": await _fault(context.store.check()),
        "graph": await _fault(context.graph.check()),
        "teams": await _fault(context.teams.check()),
    }
    if context.embedder is not None:
        faults["meaning"] = await _fault(context.embedder.check())
    faults["queues"] = await _queues(context)
    faults["subscriptions"] = "; ".join(troubles(await context.store.all_subscriptions(), context.now))
    faults["capture"] = "CAIRN_PAUSED is on: nothing is read and nothing is posted" if context.paused else ""
    return faults


async def _queues(context: Context) -> str:
    try:
        lengths = await context.queue.lengths()
    except CairnError as error:
        return str(error)
    poison = {name: found.visible for name, found in lengths.items() if name.endswith("-poison") and found.visible}
    return "; ".join(f"{count} message(s) on {name}, see `cairn queues`" for name, count in poison.items())


async def _fault(checked: Awaitable[None]) -> str:
    try:
        await checked
    except CairnError as error:
        return str(error)
    return ""
