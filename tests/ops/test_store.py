"""`cairn store init`: makes what is missing, with a throughput that was chosen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.store import made
from shared.adapters.cosmos.store import CosmosStore
from shared.adapters.sqlite.store import SqliteStore
from shared.config import throughput
from shared.errors import Misconfigured
from tests.adapters.cosmos.offers import Account
from tests.adapters.cosmos.opening import cosmos_store
from tests.builders import a_profile

KEEP = timedelta(days=30)
FIXED = {"offerThroughput": 400}
SCALING = {"offerThroughput": 100, "offerAutopilotSettings": {"maxThroughput": 1000}}


@pytest.fixture
def account() -> Account:
    """The account as far as throughput goes."""
    return Account()


@pytest.fixture
async def store(tmp_path: Path, account: Account) -> AsyncIterator[CosmosStore]:
    """A store whose database was not made yet."""
    store = await cosmos_store(tmp_path, create=False, transport=account)
    yield store
    await store.close()


async def test_the_database_is_made_and_works_however_often_it_is_asked_for(store: CosmosStore) -> None:
    for _ in range(2):
        assert "conversations, snippets" in await made(store, keep=KEEP, chosen="serverless")
    assert await store.put_profile(a_profile(), etag=None)


async def test_it_is_not_made_without_a_choice_of_throughput(store: CosmosStore) -> None:
    with pytest.raises(Misconfigured, match="CAIRN_COSMOS_THROUGHPUT is not set"):
        await made(store, keep=KEEP)
    with pytest.raises(Misconfigured, match="cairn store init"):
        await store.check()


async def test_a_database_that_is_there_needs_no_choice(store: CosmosStore) -> None:
    await made(store, keep=KEEP, chosen="serverless")
    assert "works. Its" in await made(store, keep=KEEP)


async def test_autoscale_is_asked_for_once_and_for_the_whole_database(store: CosmosStore, account: Account) -> None:
    for _ in range(2):
        assert "up to 4,000 RU/s" in await made(store, keep=KEEP, chosen="4000")
    assert account.offer is not None
    assert account.offer["offerAutopilotSettings"] == {"maxThroughput": 4000}
    assert account.replaced == 0


async def test_another_bound_takes_the_place_of_the_one_before(store: CosmosStore, account: Account) -> None:
    await made(store, keep=KEEP, chosen="4000")
    await made(store, keep=KEEP, chosen="10000")
    assert account.replaced == 1
    assert account.offer is not None
    assert account.offer["offerAutopilotSettings"]["maxThroughput"] == 10_000


async def test_a_serverless_account_gets_no_throughput(store: CosmosStore, account: Account) -> None:
    await made(store, keep=KEEP, chosen="serverless")
    assert account.offer is None


@pytest.mark.parametrize(
    ("chosen", "offer", "of_containers", "said"),
    [
        ("serverless", FIXED, True, "not serverless"),
        ("serverless", SCALING, False, "not serverless"),
        ("4000", None, False, "without a throughput"),
        ("4000", FIXED, False, "fixed"),
    ],
)
async def test_what_does_not_fit_the_account_is_said_in_one_sentence(
    store: CosmosStore, account: Account, chosen: str, offer: dict[str, object] | None, of_containers: bool, said: str
) -> None:
    await store.create()
    account.offer, account.of_containers = offer, of_containers
    with pytest.raises(Misconfigured, match=said) as raised:
        await made(store, keep=KEEP, chosen=chosen)
    assert "CAIRN_COSMOS_THROUGHPUT" in str(raised.value)


@pytest.mark.parametrize("text", ["", "serverless", "1000", "4000", "1000000"])
def test_what_may_be_chosen(text: str) -> None:
    assert throughput(text) == text


@pytest.mark.parametrize("text", ["400", "4500", "-1000", "4e3", "much", "Serverless", "٤٠٠٠", " 4000"])
def test_what_may_not_be_chosen_says_what_may(text: str) -> None:
    with pytest.raises(ValueError, match="such as 4000"):
        throughput(text)


async def test_a_wrong_option_is_said_as_the_setting_is(store: CosmosStore) -> None:
    with pytest.raises(Misconfigured, match="must be serverless, or the most RU/s"):
        await made(store, keep=KEEP, chosen="400")


def test_the_command_says_what_may_be_chosen() -> None:
    said = CliRunner().invoke(app, ["store", "init", "--help"]).output
    assert "--throughput" in said
    assert "cairn store init --throughput 4000" in said


async def test_an_embedded_store_needs_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cairn.sqlite")
    assert "by itself" in await made(store, keep=KEEP)
    await store.close()
