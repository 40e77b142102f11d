"""Health: ask every neighbour whether it can be used, and tell what is missing from what cannot serve."""

from collections.abc import Awaitable, Mapping
from enum import StrEnum

from shared.errors import CairnError
from shared.usecases.context import Context
from shared.usecases.subscriptions import troubles


class Health(StrEnum):
    """How Cairn as a whole does."""

    OK = "ok"
    DEGRADED = "degraded"
    """It serves, and something that the body names is missing: meaning, a subscription, a message set aside."""
    FAILING = "failing"
    """It cannot serve: nothing can be read, kept or posted."""


_DEGRADES = frozenset({"meaning", "poison", "subscriptions", "capture"})
"""Parts without which Cairn goes on serving."""


def health_of(faults: Mapping[str, str]) -> Health:
    """How Cairn does as a whole, by what `examine` found of each part; a part that is not known here is needed."""
    broken = {part for part, fault in faults.items() if fault}
    if not broken:
        return Health.OK
    return Health.DEGRADED if broken <= _DEGRADES else Health.FAILING


async def examine(context: Context) -> dict[str, str]:
    """For each part an empty string when it works, otherwise one sentence that names what to mend."""
    faults = {
        "store": await _fault(context.store.check()),
        "graph": await _fault(context.graph.check()),
        "teams": await _fault(context.teams.check()),
    }
    if context.embedder is not None:
        faults["meaning"] = await _fault(context.embedder.check())
    faults["queues"], faults["poison"] = await _queues(context)
    faults["subscriptions"] = "; ".join(troubles(await context.store.all_subscriptions(), context.now))
    faults["capture"] = "CAIRN_PAUSED is on: nothing is read and nothing is posted" if context.paused else ""
    return faults


async def _queues(context: Context) -> tuple[str, str]:
    """Why they can't be used, and what was set aside on them."""
    try:
        lengths = await context.queue.lengths()
    except CairnError as error:
        return str(error), ""
    poison = {name: found.visible for name, found in lengths.items() if name.endswith("-poison") and found.visible}
    return "", "; ".join(f"{count} message(s) on {name}, see `cairn queues`" for name, count in poison.items())


async def _fault(checked: Awaitable[None]) -> str:
    try:
        await checked
    except CairnError as error:
        return str(error)
    return ""
