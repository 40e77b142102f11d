"""Content keys in Key Vault, on a vault that keeps state behind the SDK's client interface; there is no emulator."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)

from shared.adapters.graph.certificates import EncryptionKey, made_key, written_key
from shared.adapters.graph.key_ring import KEPT, KeyRing
from shared.adapters.graph.key_vault import KeyVault
from shared.errors import CairnError, Misconfigured, TryLater

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIFE = timedelta(days=90)


@dataclass(frozen=True)
class Version:
    """A secret's version: its properties, and its value as `get_secret` brings it."""

    version: str
    value: str
    created_on: datetime
    tags: dict[str, str]
    content_type: str
    expires_on: datetime
    enabled: bool = True


@dataclass
class Vault:
    """One vault: what the clients of several processes write and read."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    fault: Exception | None = None
    fetched: int = 0
    moment: datetime = START
    next_ids: list[str] = field(default_factory=list)
    together: asyncio.Barrier | None = None
    """Lets writers write only when all of them want to."""


class Client:
    """The part of `azure.keyvault.secrets.aio.SecretClient` that is used."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def set_secret(self, name: str, value: str, **attributes: Any) -> Version:
        if self._vault.together is not None:
            await self._vault.together.wait()
        self._raise()
        versions = self._vault.versions.setdefault(name, [])
        version = self._vault.next_ids.pop(0) if self._vault.next_ids else f"v{len(versions):03}"
        made = Version(version, value, self._vault.moment.replace(microsecond=0), **attributes)
        versions.append(made)
        return made

    async def get_secret(self, name: str, version: str) -> Version:
        self._raise()
        self._vault.fetched += 1
        return next(each for each in self._vault.versions[name] if each.version == version)

    async def update_secret_properties(self, name: str, version: str, *, enabled: bool) -> None:
        versions = self._vault.versions[name]
        place = next(n for n, each in enumerate(versions) if each.version == version)
        versions[place] = replace(versions[place], enabled=enabled)

    async def list_properties_of_secret_versions(self, name: str) -> AsyncIterator[Version]:
        await asyncio.sleep(0)
        self._raise()
        if name not in self._vault.versions:
            raise ResourceNotFoundError("SecretNotFound")
        for version in sorted(self._vault.versions[name], key=lambda each: each.version, reverse=True):
            yield replace(version, value="")

    async def close(self) -> None:
        return

    def _raise(self) -> None:
        if self._vault.fault is not None:
            raise self._vault.fault


@pytest.fixture
def vault() -> Vault:
    return Vault()


type Process = Callable[[], KeyRing]


def no_credential() -> NoReturn:
    raise AssertionError("the client is there already")


@pytest.fixture
def process(vault: Vault) -> Process:
    """Another process on the same vault."""

    def start() -> KeyRing:
        client: Any = Client(vault)
        store = KeyVault(url="https://v.example", credential=no_credential, name="cairn-content", client=client)
        return KeyRing(store, life=LIFE, now=lambda: vault.moment)

    return start


def live(vault: Vault) -> int:
    return sum(version.enabled for version in vault.versions["cairn-content"])


async def test_the_first_who_asks_makes_a_key_and_all_others_take_it(vault: Vault, process: Process) -> None:
    made = await process().current(START)
    assert (await process().current(START)).id == made.id
    [version] = vault.versions["cairn-content"]
    assert (version.content_type, version.expires_on) == ("application/x-pem-file", made.ends_at)


async def test_keys_rotate_and_the_older_ones_open_what_was_encrypted_for_them(process: Process, vault: Vault) -> None:
    one, two = process(), process()
    ids = []
    for n in range(3):
        vault.moment = START + n * LIFE
        ids.append((await one.current(vault.moment)).id)
        assert (await two.current(vault.moment)).id == ids[-1]
    assert len(set(ids)) == 3
    assert all([await two.key(each) for each in ids])


async def test_a_version_is_fetched_once(vault: Vault, process: Process) -> None:
    ring = process()
    for n in range(20):
        await ring.rotate(START + n * timedelta(minutes=1))
    assert vault.fetched == 1


@pytest.mark.parametrize("ids", [["a", "b"], ["b", "a"]])
async def test_of_two_keys_that_were_added_at_once_everybody_uses_the_same_and_both_open(
    vault: Vault, process: Process, ids: list[str]
) -> None:
    """Key Vault has no conditional write, so both are there."""
    vault.next_ids, vault.together = ids, asyncio.Barrier(2)
    one, two = process(), process()
    made = await asyncio.gather(one.current(START), two.current(START))
    vault.together = None
    assert len(vault.versions["cairn-content"]) == 2
    settled = {(await process().current(START)).id for _ in range(3)}
    assert len(settled) == 1
    assert settled <= {key.id for key in made}
    third = process()
    assert all([await third.key(key.id) for key in made])
    vault.moment = START + LIFE
    after = {(await ring.current(vault.moment)).id for ring in (one, two, third, process())}
    assert len(after) == 1
    assert not after & {key.id for key in made}


async def test_a_key_that_came_a_moment_too_late_does_not_displace_the_one_in_use(
    vault: Vault, process: Process
) -> None:
    ring = process()
    used = await ring.current(START)
    vault.moment += timedelta(seconds=1)
    late = made_key(vault.moment)
    await Client(vault).set_secret(
        "cairn-content", written_key(late).decode(), tags={"after": "none"}, content_type="", expires_on=late.ends_at
    )
    await ring.rotate(START)
    assert (await ring.current(START)).id == used.id
    assert (await process().current(START)).id == used.id


async def test_a_replaced_key_is_disabled_when_its_time_is_over(vault: Vault, process: Process) -> None:
    ring, other = process(), process()
    first = await ring.current(START)
    await other.current(START)
    vault.moment = START + LIFE
    await ring.current(vault.moment)
    vault.moment += KEPT
    await ring.let_go(in_use=(), now=vault.moment)
    assert live(vault) == 1
    await other.rotate(vault.moment)
    vault.moment += timedelta(minutes=1)
    assert await other.key(first.id) is None


class Answer:
    """Of an HTTP answer, what the SDK's exceptions read."""

    reason = "reason"

    def __init__(self, status: int) -> None:
        self.status_code = status


def answered(status: int) -> HttpResponseError:
    return HttpResponseError("with a secret in it", response=Answer(status))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "error", "named"),
    [
        (ServiceRequestError("with a secret in it"), TryLater, "can't be reached"),
        (answered(503), TryLater, "can't be reached"),
        (answered(429), TryLater, "can't be reached"),
        (answered(403), Misconfigured, "Key Vault Secrets Officer"),
        (answered(400), Misconfigured, "CAIRN_KEY_VAULT_URL"),
        (ClientAuthenticationError("with a secret in it"), Misconfigured, "CAIRN_KEY_VAULT_URL"),
    ],
)
async def test_what_key_vault_refuses_is_said_in_our_words(
    vault: Vault, process: Process, fault: Exception, error: type[CairnError], named: str
) -> None:
    vault.fault = fault
    with pytest.raises(error, match=named) as raised:
        await process().current(START)
    assert "secret in it" not in str(raised.value)
    assert raised.value.__context__ is None


async def test_a_notification_waits_while_key_vault_is_away(vault: Vault, process: Process) -> None:
    ring = process()
    vault.fault = ServiceRequestError("away")
    with pytest.raises(TryLater):
        await ring.key("an id")


async def test_a_version_that_is_no_key_names_its_setting(vault: Vault, process: Process) -> None:
    client = Client(vault)
    await client.set_secret("cairn-content", "hunter2", tags={}, content_type="", expires_on=START)
    with pytest.raises(Misconfigured, match="CAIRN_CERTIFICATE_NAME") as raised:
        await process().current(START)
    assert "hunter2" not in str(raised.value)


async def test_a_key_that_was_put_after_another_than_the_last_is_not_added(vault: Vault, process: Process) -> None:
    await process().current(START)
    late: Any = process()
    add: Callable[..., Awaitable[None]] = late._store.add
    key: EncryptionKey = await late.current(START)
    await add(key, after=None)
    assert len(vault.versions["cairn-content"]) == 1
