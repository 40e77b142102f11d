"""What the database may use: as much as its requests need (serverless), or up to a bound that scales by itself.

Chosen when the database is made. Without a choice, a provisioned account would give each container 400 RU/s of its
own for ever, and the bill would say so first.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from azure.core.exceptions import HttpResponseError
from azure.cosmos import ThroughputProperties
from azure.cosmos.aio import CosmosClient, DatabaseProxy

from shared.adapters.cosmos.calls import MEANINGS, Calls
from shared.adapters.cosmos.containers import SNIPPETS
from shared.adapters.cosmos.failures import is_missing, status_of
from shared.errors import Misconfigured

SETTING = "CAIRN_COSMOS_THROUGHPUT"


async def make_database(client: CosmosClient, name: str, calls: Calls, autoscale: int | None) -> DatabaseProxy:
    """The database, made with that throughput for all its containers together where it is not there yet.

    `autoscale` is the most RU/s that it may scale to; None for a serverless account.
    """
    offer = None if autoscale is None else ThroughputProperties(auto_scale_max_throughput=autoscale)
    with MEANINGS:
        return await calls.run(lambda: client.create_database_if_not_exists(name, offer_throughput=offer))


async def settle(database: DatabaseProxy, calls: Calls, autoscale: int | None) -> None:
    """Bring an existing database's throughput in line. Raises `Misconfigured` where that can't be done from here."""
    found = await _read(database.get_throughput, calls)
    if autoscale is None:
        await _refuse_provisioned(database, found, calls)
        return
    if found is None:
        raise Misconfigured(
            f"{SETTING}: the database was made without a throughput of its own, and can't be given one; "
            "take serverless, or another CAIRN_COSMOS_DATABASE"
        )
    if found.auto_scale_max_throughput is None:
        raise Misconfigured(f"{SETTING}: the database has a fixed throughput; switch it to autoscale in the portal")
    if found.auto_scale_max_throughput != autoscale:
        wanted = ThroughputProperties(auto_scale_max_throughput=autoscale)
        with MEANINGS:
            await calls.run(lambda: database.replace_throughput(wanted))


async def _refuse_provisioned(database: DatabaseProxy, found: ThroughputProperties | None, calls: Calls) -> None:
    container = database.get_container_client(SNIPPETS.name)
    if found is not None or await _read(container.get_throughput, calls) is not None:
        raise Misconfigured(
            f"{SETTING}=serverless, but the account is not serverless: name the most RU/s that it may scale to, "
            "such as 4000, and another CAIRN_COSMOS_DATABASE"
        )


async def _read(ask: Callable[[], Awaitable[ThroughputProperties]], calls: Calls) -> ThroughputProperties | None:
    """What has a throughput of its own, or None. A serverless account refuses the question itself (400)."""
    try:
        with MEANINGS:
            return await calls.run(ask)
    except HttpResponseError as error:
        if is_missing(error) or status_of(error) == HTTPStatus.BAD_REQUEST:
            return None
        raise
    except AttributeError:  # azure-cosmos 4.17 takes "none" for a stale container, and looks for one that it has not
        return None
