"""What is so of Storage queues alone: how Azure's host reads them, claim checks, and what the service can tell."""

import asyncio
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.queues.messages import Outgoing
from shared.adapters.queues.storage import StorageQueues
from shared.adapters.queues.storage_address import ByConnection, ByIdentity, emulator, storage_address
from shared.adapters.queues.storage_consumer import StorageConsumer
from shared.adapters.queues.storage_service import StorageService
from shared.errors import Misconfigured, Refused, TryLater
from shared.ports import QueueLength
from tests.adapters.queues.kinds import LEASE, OnStorage
from tests.servers.azurite import Azurite

LARGE = "€" * 16_385  # one character more than a queue message holds
TOMORROW = timedelta(days=1)


async def _blobs(server: Azurite) -> set[str]:
    service = StorageService(server.address)
    containers = [each.name async for each in service.blobs.list_containers()]
    names = {blob.name for name in containers async for blob in service.blobs.get_container_client(name).list_blobs()}
    await service.close()
    return names


async def test_a_message_is_written_as_host_json_has_azures_host_read_it(storage: OnStorage) -> None:
    host = json.loads((Path(__file__).parents[3] / "host.json").read_text())
    assert host["extensions"]["queues"]["messageEncoding"] == "base64"
    await storage.port.send("work", "ü€")
    [raw] = await storage.port.taken("work", 1, LEASE)
    assert b64decode(raw.content, validate=True).decode() == "ü€"


async def test_a_message_never_expires_also_not_as_poison_or_replayed(storage: OnStorage) -> None:
    await storage.port.send("work", "a")
    [message] = await storage.receive("work")
    await storage.poison(message)
    [poisoned] = await storage.port.client("work-poison").peek_messages(1)
    await storage.replay_poison("work")
    [replayed] = await storage.port.client("work").peek_messages(1)
    for kept in (poisoned, replayed):
        assert kept.expires_on is not None
        assert kept.expires_on.year == 9999


async def test_two_who_use_a_queue_first_at_once_both_succeed(server: Azurite, storage: OnStorage) -> None:
    other = StorageQueues(StorageService(server.address))
    await asyncio.gather(*(queues.send("work", "a") for queues in (storage.port, other) for _ in range(4)))
    assert (await other.length("work")).visible == 8
    await other.close()


async def test_bindings_messages_are_bounded_and_refused_before_any_is_sent(storage: OnStorage) -> None:
    with pytest.raises(Refused) as refused:
        await storage.port.send_many([Outgoing(queue="work", body="a"), Outgoing(queue="work", body=LARGE)])
    assert refused.value.code == "too_large"
    assert await storage.port.lengths() == {}


async def test_a_message_that_nobody_can_read_goes_to_poison_as_it_is(storage: OnStorage) -> None:
    await storage.port.put("work", "no base64!", timedelta(0))
    await storage.port.put("work", "/w==", timedelta(0))  # a byte that is no UTF-8
    await storage.port.send("work", "fine")
    assert [message.body for message in await storage.receive("work")] == ["fine"]
    poisoned = await storage.port.client("work-poison").peek_messages(32)
    assert sorted(str(message.content) for message in poisoned) == ["/w==", "no base64!"]


async def test_lengths_name_our_queues_alone_and_count_many_as_visible(storage: OnStorage) -> None:
    await storage.port.send("azure-webjobs-own", "x")
    for number in range(33):
        await storage.port.send("work", str(number))
    await storage.port.send("work", "later", delay=LEASE)
    assert await storage.port.lengths() == {"work": QueueLength(visible=34, delayed=0, leased=0)}


async def test_a_replay_moves_what_was_there_and_more_than_storage_gives_at_once(storage: OnStorage) -> None:
    for number in range(40):
        await storage.port.send("work-poison", str(number))
    assert await storage.replay_poison("work") == 40
    assert (await storage.port.length("work")).visible == 40


# Claim checks.


async def test_what_is_too_large_for_a_message_arrives_whole_and_its_blob_goes_with_the_work(
    server: Azurite, storage: OnStorage
) -> None:
    await storage.port.send("work", LARGE)
    [message] = await storage.receive("work")
    assert len(message.body) < 200
    async with storage.port.opened(message.body) as opened:
        assert opened == LARGE
        assert len(await _blobs(server)) == 1
    assert await _blobs(server) == set()


async def test_the_largest_message_is_not_checked_and_opens_as_itself(server: Azurite, storage: OnStorage) -> None:
    await storage.port.send("work", LARGE[1:])
    [message] = await storage.receive("work")
    async with storage.port.opened(message.body) as opened:
        assert opened == LARGE[1:]
    assert await _blobs(server) == set()


@pytest.mark.parametrize("text", ['{"claim":"../secrets"}', '{"claim":"work/now/xyz"}', '{"item":{}}', ""])
async def test_what_is_no_claim_of_ours_opens_as_itself(storage: OnStorage, text: str) -> None:
    async with storage.port.opened(text) as opened:
        assert opened == text


@pytest.mark.parametrize("fault", [TryLater("busy", after=LEASE), ValueError("ours")])
async def test_work_that_fails_or_waits_leaves_its_blob_for_the_next_attempt(
    storage: OnStorage, fault: Exception
) -> None:
    await storage.port.send("work", LARGE)
    [message] = await storage.receive("work")
    with pytest.raises(type(fault)):
        async with storage.port.opened(message.body):
            raise fault
    await storage.port.put_back("work", message.body, delay=timedelta(0))
    [again] = await storage.receive("work")
    async with storage.port.opened(again.body) as opened:
        assert opened == LARGE


async def test_work_that_is_refused_for_good_takes_its_blob_along(server: Azurite, storage: OnStorage) -> None:
    await storage.port.send("work", LARGE)
    [message] = await storage.receive("work")
    with pytest.raises(Refused, match="never right"):
        async with storage.port.opened(message.body):
            raise Refused("never right", code="bad")
    assert await _blobs(server) == set()


async def test_the_same_message_sent_twice_is_one_blob_and_the_twin_is_refused_once_its_work_is_done(
    server: Azurite, storage: OnStorage
) -> None:
    await storage.port.send("work", LARGE)
    await storage.port.send("work", LARGE)
    assert len(await _blobs(server)) == 1
    first, second = await storage.receive("work")
    async with storage.port.opened(first.body):
        pass
    with pytest.raises(Refused) as refused:
        async with storage.port.opened(second.body):
            raise AssertionError("it was opened")
    assert refused.value.code == "claim_gone"


async def test_what_is_sent_again_while_its_twin_is_worked_on_is_worked_on_too(storage: OnStorage) -> None:
    await storage.port.send("work", LARGE)
    [first] = await storage.receive("work")
    async with storage.port.opened(first.body):
        await storage.port.send("work", LARGE)
    [second] = await storage.receive("work")
    async with storage.port.opened(second.body) as opened:
        assert opened == LARGE


async def test_what_waits_for_its_time_is_not_covered_by_work_done_before_it(storage: OnStorage) -> None:
    await storage.port.send("work", LARGE)
    await storage.port.send("work", LARGE, delay=timedelta(seconds=1))
    [now] = await storage.receive("work")
    async with storage.port.opened(now.body):
        pass
    [later] = await storage.receive_after(timedelta(seconds=1), "work")
    async with storage.port.opened(later.body) as opened:
        assert opened == LARGE


async def test_messages_that_wait_for_different_times_leave_each_other_their_blob(
    server: Azurite, storage: OnStorage
) -> None:
    await storage.port.send("work", LARGE, delay=timedelta(seconds=1))
    await storage.port.send("work", LARGE, delay=LEASE)
    [first] = await storage.receive_after(timedelta(seconds=1), "work")
    async with storage.port.opened(first.body) as opened:
        assert opened == LARGE
    assert len(await _blobs(server)) == 1


async def test_the_same_body_on_two_queues_is_two_pieces_of_work(storage: OnStorage) -> None:
    for queue in ("work", "other"):
        await storage.port.send(queue, LARGE)
    for queue in ("work", "other"):
        [message] = await storage.receive(queue)
        async with storage.port.opened(message.body) as opened:
            assert opened == LARGE


async def test_poison_that_is_replayed_finds_its_blob(storage: OnStorage) -> None:
    await storage.port.send("work", LARGE)
    [message] = await storage.receive("work")
    await storage.poison(message)
    await storage.replay_poison("work")
    [replayed] = await storage.receive("work")
    async with storage.port.opened(replayed.body) as opened:
        assert opened == LARGE


async def test_blobs_that_nobody_came_for_go_by_age_and_clearing_twice_is_fine(
    server: Azurite, storage: OnStorage
) -> None:
    now = datetime.now(UTC)
    assert await storage.port.purge_claims(now + TOMORROW) == 0
    await storage.port.send("work", LARGE)
    await storage.port.send("work", LARGE, delay=LEASE)
    assert await storage.port.purge_claims(now - TOMORROW) == 0
    assert len(await _blobs(server)) == 2
    assert await storage.port.purge_claims(now + TOMORROW) == 2
    assert await storage.port.purge_claims(now + TOMORROW) == 0
    assert await _blobs(server) == set()


# Where the account is.


def _nobody() -> None:
    raise AssertionError("no token is needed to know an address")


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"AzureWebJobsStorage": "AccountName=acme;AccountKey=a2V5"}, ByConnection("AccountName=acme;AccountKey=a2V5")),
        ({"AzureWebJobsStorage": "UseDevelopmentStorage=true;"}, emulator()),
        (
            {"AzureWebJobsStorage__accountName": "acme"},
            ByIdentity(
                queue_url="https://acme.queue.core.windows.net",
                blob_url="https://acme.blob.core.windows.net",
                credential=_nobody,  # type: ignore[arg-type]
            ),
        ),
        (
            {
                "AzureWebJobsStorage__queueServiceUri": "https://q.x",
                "AzureWebJobsStorage__blobServiceUri": "https://b.x",
            },
            ByIdentity(queue_url="https://q.x", blob_url="https://b.x", credential=_nobody),  # type: ignore[arg-type]
        ),
    ],
)
def test_the_account_is_the_one_that_azures_host_uses(
    environment: dict[str, str], found: ByConnection | ByIdentity
) -> None:
    assert storage_address(environment, _nobody) == found  # type: ignore[arg-type]


@pytest.mark.parametrize("environment", [{}, {"AzureWebJobsStorage__queueServiceUri": "https://q.x"}])
def test_an_account_that_is_not_named_is_asked_for(environment: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="AzureWebJobsStorage__blobServiceUri"):
        storage_address(environment, _nobody)  # type: ignore[arg-type]


def test_a_connection_string_is_not_shown() -> None:
    assert "a2V5" not in repr(ByConnection("AccountName=acme;AccountKey=a2V5"))


async def test_two_consumers_share_no_message(server: Azurite, storage: OnStorage) -> None:
    other = StorageQueues(StorageService(server.address))
    for number in range(20):
        await storage.port.send("work", str(number))
    taken = await asyncio.gather(*(StorageConsumer(q).receive("work", 12, LEASE) for q in (storage.port, other)))
    assert sorted(int(message.body) for part in taken for message in part) == list(range(20))
    await other.close()
