"""Content keys in Azure Key Vault: each is a version of one secret, a PEM of private key and certificate.

Key Vault has no "write unless somebody was faster". Two processes may therefore each add a key at one
moment; both are kept and open what was encrypted for them, and which of the two is used is decided by what
every process sees: the one that was there first.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.adapters.graph.certificates import EncryptionKey, UnusableKey, read_key, written_key
from shared.errors import CairnError, Misconfigured, TryLater

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.keyvault.secrets.aio import SecretClient

_AFTER = "after"
_FIRST = "none"
_CONTENT_TYPE = "application/x-pem-file"


class KeyVault:
    """The keys in one secret's versions. The SDK is imported on first use."""

    def __init__(
        self,
        *,
        url: str,
        credential: "Callable[[], AsyncTokenCredential]",
        name: str,
        client: "SecretClient | None" = None,
    ) -> None:
        """`name` is the secret's. Needs the role Key Vault Secrets Officer. Nothing is asked yet."""
        self._url = url
        self._credential = credential
        self._name = name
        self._client = client
        self._known: dict[str, EncryptionKey] = {}

    async def keys(self) -> Sequence[EncryptionKey]:
        """See `shared.adapters.graph.key_ring.KeyStore`. Each version is fetched once."""
        versions = await self._asked(self._versions)
        for version in versions:
            if version.version not in self._known:
                self._known[version.version] = await self._asked(partial(self._fetched, version.version))
        self._known = {version.version: self._known[version.version] for version in versions}
        return _in_order([(version, self._known[version.version]) for version in versions])

    async def add(self, key: EncryptionKey, *, after: EncryptionKey | None) -> None:
        """See `shared.adapters.graph.key_ring.KeyStore`."""
        keys = await self.keys()
        if (keys[-1].id if keys else None) != (after.id if after else None):
            return
        await self._asked(
            lambda: self._open().set_secret(
                self._name,
                written_key(key).decode(),
                content_type=_CONTENT_TYPE,
                expires_on=key.ends_at,
                tags={_AFTER: after.id if after else _FIRST},
            )
        )

    async def drop(self, key: EncryptionKey) -> None:
        """See `shared.adapters.graph.key_ring.KeyStore`. A version can't be deleted; a disabled one can't be read."""
        for version in [version for version, known in self._known.items() if known.id == key.id]:
            await self._asked(partial(self._open().update_secret_properties, self._name, version, enabled=False))
            del self._known[version]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def _open(self) -> "SecretClient":
        if self._client is None:
            from azure.keyvault.secrets.aio import SecretClient

            self._client = SecretClient(self._url, self._credential(), retry_total=2, read_timeout=10)
        return self._client

    async def _versions(self) -> list[Any]:
        from azure.core.exceptions import ResourceNotFoundError

        listed = self._open().list_properties_of_secret_versions(self._name)
        try:
            return [version async for version in listed if version.enabled]
        except ResourceNotFoundError:
            return []  # there is no such secret yet

    async def _fetched(self, version: str) -> EncryptionKey:
        secret = await self._open().get_secret(self._name, version)
        return read_key((secret.value or "").encode())

    async def _asked(self, ask: Callable[[], Any]) -> Any:
        """What Key Vault answers, its faults in our words; they are raised outside of the handler, so that none
        of the SDK's exceptions, which hold requests, is chained to them."""
        from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

        try:
            return await ask()
        except CairnError:
            raise  # no token could be had for Key Vault
        except UnusableKey:
            fault: CairnError = Misconfigured(
                "CAIRN_CERTIFICATE_NAME: a version in Key Vault is no RSA key with its certificate"
            )
        except ClientAuthenticationError:
            fault = Misconfigured("CAIRN_KEY_VAULT_URL: Key Vault does not accept this deployment's identity")
        except HttpResponseError as error:
            fault = _fault(error.status_code)
        except AzureError:
            fault = _fault(None)
        raise fault


def _fault(status: int | None) -> CairnError:
    if status is None or status in (408, 409, 429) or status >= 500:
        return TryLater("Key Vault can't be reached, or is busy", after=timedelta(seconds=10))
    if status in (401, 403):
        return Misconfigured("CAIRN_KEY_VAULT_URL: this deployment's identity needs the role Key Vault Secrets Officer")
    return Misconfigured(f"CAIRN_KEY_VAULT_URL or CAIRN_CERTIFICATE_NAME: Key Vault answers {status}")


def _in_order(versions: list[tuple[Any, EncryptionKey]]) -> list[EncryptionKey]:
    """By what each was put after; of several put after the same, the one that was there first comes last.

    That one is in use, and what is put next is put after it.
    """
    by_age = sorted(versions, key=lambda pair: (pair[0].created_on, pair[0].version))
    ordered: list[EncryptionKey] = []
    left = by_age
    while left:
        after = (left[0][0].tags or {}).get(_AFTER, _FIRST)
        together = [pair for pair in left if (pair[0].tags or {}).get(_AFTER, _FIRST) == after]
        ordered += [key for _, key in reversed(together)]
        left = [pair for pair in left if pair not in together]
    return ordered
