"""`cairn store`: make the database that the settings name, and embed the snippets that have no embedding."""

from collections.abc import Callable
from datetime import timedelta

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared import wiring
from shared.adapters.cosmos.containers import CONTAINERS
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.cosmos.throughput import SETTING
from shared.config import throughput
from shared.errors import Misconfigured
from shared.ports import Store
from shared.usecases.context import Context
from shared.usecases.embed import embed_missing


async def init(chosen: str | None = None) -> int:
    """Make what is missing of the store; may run as often as one likes.

    `chosen` is the throughput in place of the setting's: `serverless`, or the most RU/s of autoscale.
    """
    services = await wiring.services()
    settings = services.settings
    try:
        print(await made(services.store, keep=settings.keep, chosen=chosen or settings.cosmos_throughput))
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


async def made(store: Store, *, keep: timedelta, chosen: str = "") -> str:
    """Make what is missing of a store that keeps messages so long; returns a sentence about what is there then.

    A Cosmos DB database is made only with a throughput that was chosen; one that is there is brought in line with
    what is chosen. Raises `Misconfigured` or `TryLater` when it can't be made or does not fit.
    """
    if not isinstance(store, CosmosStore):
        await store.check()
        return "The SQLite store makes its file by itself; it works."
    autoscale = _autoscale(chosen)
    try:
        await store.check()
    except Misconfigured as missing:  # an identity may use what is there, but only a key may make it
        if not chosen:
            raise Misconfigured(
                f"{SETTING} is not set, and a database is made with a throughput: serverless where the account is, "
                "else the most RU/s that it may scale to, such as 4000"
            ) from missing
        await store.create(keep=keep, autoscale=autoscale)
        await store.check()
    if chosen:
        await store.settle_throughput(autoscale)
    names = ", ".join(container.name for container in CONTAINERS)
    return f"The database works{_at(chosen)}. Its containers: {names}."


def _autoscale(chosen: str) -> int | None:
    try:
        return int(throughput(chosen)) if chosen not in ("", "serverless") else None
    except ValueError as error:
        raise Misconfigured(f"the throughput {error}") from error


def _at(chosen: str) -> str:
    if not chosen:
        return ""
    return ", serverless" if chosen == "serverless" else f", up to {int(chosen):,} RU/s"
