"""`cairn store init`: make the database that the settings name, and say what is there."""

from datetime import timedelta

from shared import wiring
from shared.adapters.cosmos.containers import CONTAINERS
from shared.adapters.cosmos.store import CosmosStore
from shared.errors import Misconfigured
from shared.ports import Store


async def init() -> int:
    """Make what is missing of the store; may run as often as one likes."""
    services = await wiring.services()
    try:
        print(await made(services.store, keep=services.settings.keep))
    finally:
        await wiring.close()
    return 0


async def made(store: Store, *, keep: timedelta) -> str:
    """Make what is missing of a store that keeps messages so long; returns a sentence about what is there then.

    Raises `Misconfigured` or `TryLater` when it can't be made or does not fit.
    """
    if not isinstance(store, CosmosStore):
        await store.check()
        return "The SQLite store makes its file by itself; it works."
    try:
        await store.check()
    except Misconfigured:  # an identity may use what is there, but only a key may make it
        await store.create(keep=keep)
        await store.check()
    names = ", ".join(container.name for container in CONTAINERS)
    return f"The database works. Its containers: {names}."
