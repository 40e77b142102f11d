"""Where the storage account is: the very settings by which Azure's host finds the queues of the triggers.

What one reads and the other writes must be one account, so there are no settings of our own.
https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.errors import Misconfigured

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

CONNECTION = "AzureWebJobsStorage"

# The account that every storage emulator knows, by a key that Microsoft publishes.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
EMULATOR_ACCOUNT = "devstoreaccount1"
EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True, slots=True)
class ByConnection:
    """An account and its key, as a connection string."""

    text: str = field(repr=False)
    settings: str = field(default=CONNECTION, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByIdentity:
    """An account and whoever this deployment is: `credential` makes what Entra's tokens are asked with."""

    queue_url: str
    blob_url: str
    credential: "Callable[[], AsyncTokenCredential]"
    settings: str = field(default=f"{CONNECTION}__…", init=False)


type StorageAddress = ByConnection | ByIdentity


def emulator(*, blob_port: int = 10000, queue_port: int = 10001) -> ByConnection:
    """Azurite on this machine."""
    host = "http://127.0.0.1"
    return ByConnection(
        f"DefaultEndpointsProtocol=http;AccountName={EMULATOR_ACCOUNT};AccountKey={EMULATOR_KEY};"
        f"BlobEndpoint={host}:{blob_port}/{EMULATOR_ACCOUNT};QueueEndpoint={host}:{queue_port}/{EMULATOR_ACCOUNT};"
    )


def storage_address(environment: Mapping[str, str], credential: "Callable[[], AsyncTokenCredential]") -> StorageAddress:
    """The account that the environment names: by `AzureWebJobsStorage`, or by its `__accountName`, or by its
    `__queueServiceUri` and `__blobServiceUri`. Raises `Misconfigured` when it names none."""
    text = environment.get(CONNECTION, "")
    if text:
        development = text.replace(" ", "").rstrip(";").lower() == "usedevelopmentstorage=true"
        return emulator() if development else ByConnection(text)
    account = environment.get(f"{CONNECTION}__accountName", "")
    queue_url = environment.get(f"{CONNECTION}__queueServiceUri") or _service(account, "queue")
    blob_url = environment.get(f"{CONNECTION}__blobServiceUri") or _service(account, "blob")
    if not queue_url or not blob_url:
        raise Misconfigured(
            f"CAIRN_QUEUES=storage needs {CONNECTION}__queueServiceUri and {CONNECTION}__blobServiceUri "
            f"(or {CONNECTION}, a connection string)"
        )
    return ByIdentity(queue_url=queue_url, blob_url=blob_url, credential=credential)


def _service(account: str, service: str) -> str:
    return f"https://{account}.{service}.core.windows.net" if account else ""
