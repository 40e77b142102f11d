"""`cairn store`: make the database that the settings name, and embed the snippets that have no embedding."""

from collections.abc import Callable
from datetime import timedelta

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared import wiring
from shared.adapters.cosmos.containers import CONTAINERS
from shared.adapters.cosmos.store import CosmosStore
from shared.errors import Misconfigured
from shared.ports import Store
from shared.usecases.context import Context
from shared.usecases.embed import embed_missing


async def init() -> int:
    """Make what is missing of the store; may run as often as one likes."""
    services = await wiring.services()
    try:
        print(await made(services.store, keep=services.settings.keep))
    finally:
        await wiring.close()
    return 0


async def embed() -> int:
    """Embed every snippet that needs it, with a line that counts; can be interrupted at any time.

    Raises `Misconfigured` when there is no sentence model.
    """
    context = await wiring.context()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            line = progress.add_task("Loading the sentence model")
            count = await embedded(context, lambda done: progress.update(line, description=f"{done} embedded"))
    finally:
        await wiring.close()
    print(f"Embedded {count} snippet(s); every other one has its embedding by {context.model}.")
    return 0


async def embedded(context: Context, tell: Callable[[int], None]) -> int:
    """Embed every snippet that needs it, telling how many were done; returns how many.

    Raises `Misconfigured` when there is no sentence model, or it can't be used.
    """
    if context.embedder is None or not context.model:
        raise Misconfigured("CAIRN_EMBEDDING is none, so snippets are found by their words alone")
    await context.embedder.check()
    count = 0
    while done := await embed_missing(context):
        count += done
        tell(count)
    return count


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
