"""Storage is busy, away or silent, loses answers, and is restarted: nothing is lost, and what waits is told why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from azure.core.credentials import AccessToken

from shared.adapters.queues.storage import StorageQueues
from shared.adapters.queues.storage_address import ByConnection, ByIdentity
from shared.adapters.queues.storage_consumer import StorageConsumer
from shared.adapters.queues.storage_service import StorageService
from shared.errors import Misconfigured, Refused, TryLater
from tests.adapters.queues.faults import Answer, Broken, Fault, FaultyTransport
from tests.adapters.queues.kinds import LEASE, OnStorage
from tests.servers.azurite import Azurite, azurite, why_not

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

SECRET = "the words of a message"


class Identity:
    """A deployment's own, for whom Entra always has a token."""

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken("token for " + " ".join(scopes), 4_000_000_000)

    async def close(self) -> None:
        return

    async def __aexit__(self, *_: object) -> None:
        return


class Slept:
    """Sleeps without waiting, and says how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def transport() -> FaultyTransport:
    return FaultyTransport()


@pytest.fixture
def slept() -> Slept:
    return Slept()


@pytest.fixture
async def faulty(
    server: Azurite, storage: OnStorage, transport: FaultyTransport, slept: Slept
) -> AsyncIterator[StorageQueues]:
    """Queues behind the faulty transport; `storage` sees the same account without it."""
    await storage.port.send("work", "first")  # so that the queue is there
    [first] = await storage.receive("work")
    await storage.delete(first)
    queues = StorageQueues(StorageService(server.address, transport=transport, sleep=slept), names=("work",))
    yield queues
    await queues.close()


@pytest.mark.parametrize(
    "fault", [*(Answer(status) for status in (408, 429, 500, 502, 503, 504)), Broken.AWAY, Broken.SILENT]
)
async def test_what_passes_by_itself_is_tried_again_in_place(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport, fault: Fault
) -> None:
    transport.faults.extend([fault, fault, fault])
    await faulty.send("work", "a")
    assert [message.body for message in await storage.receive("work")] == ["a"]
    assert len(transport.sent) == 4


@pytest.mark.parametrize("fault", [Answer(503), Answer(500), Broken.AWAY, Broken.SILENT, Broken.LOST])
async def test_what_does_not_pass_is_for_later_after_a_bounded_number_of_attempts(
    faulty: StorageQueues, transport: FaultyTransport, slept: Slept, fault: Fault
) -> None:
    transport.faults.extend([fault] * 20)
    with pytest.raises(TryLater) as later:
        await faulty.send("work", SECRET)
    assert later.value.after == timedelta(seconds=10)
    assert len(transport.sent) == 4
    assert sum(slept.seconds) < 8
    assert later.value.__context__ is None  # the SDK's exceptions hold the request, and with it the text
    assert SECRET not in str(later.value)


async def test_how_long_storage_asks_to_be_left_alone_is_how_long_the_work_waits(
    faulty: StorageQueues, transport: FaultyTransport, slept: Slept
) -> None:
    transport.faults.extend([Answer(503, {"Retry-After": "2"}), None])
    await faulty.send("work", "a")
    assert slept.seconds == [2.0]
    transport.faults.append(Answer(429, {"Retry-After": "17"}))
    with pytest.raises(TryLater) as later:
        await faulty.send("work", "b")
    assert later.value.after == timedelta(seconds=17)
    assert slept.seconds == [2.0]


async def test_a_send_whose_answer_is_lost_is_repeated_and_never_lost(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    transport.faults.append(Broken.LOST)
    await faulty.send("work", "a")
    assert [message.body for message in await storage.receive("work")] == ["a", "a"]


async def test_a_large_send_whose_answers_are_lost_leaves_one_blob_and_duplicates_that_end_well(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    body = "€" * 20_000
    transport.faults.extend([Answer(503), None, Broken.LOST, None, Broken.LOST, None, Broken.LOST, Broken.LOST])
    await faulty.send("work", body)
    received = await storage.receive("work")
    assert len({message.body for message in received}) == 1
    assert len(received) == 3
    async with storage.port.opened(received[0].body) as opened:
        assert opened == body
    for twin in received[1:]:
        with pytest.raises(Refused) as refused:
            async with storage.port.opened(twin.body):
                raise AssertionError("its work was done by its twin")
        assert refused.value.code == "claim_gone"


async def test_a_queue_is_made_on_first_use_also_when_the_answer_to_that_is_lost(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    transport.faults.extend([None, Broken.LOST])
    await faulty.send("other", "a")
    assert [message.body for message in await storage.receive("other")] == ["a"]


async def test_a_deletion_whose_answer_is_lost_has_deleted(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    consumer = StorageConsumer(faulty)
    await faulty.send("work", "a")
    [message] = await consumer.receive("work", 1, LEASE)
    transport.faults.append(Broken.LOST)
    await consumer.delete(message)
    assert (await storage.port.length("work")).delayed == 0


async def test_a_lease_is_one_request_so_that_none_is_taken_and_then_forgotten(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    for body in ("a", "b", "c"):
        await storage.port.send("work", body)
    transport.faults.extend([None, *[Broken.AWAY] * 4])
    assert len(await StorageConsumer(faulty).receive("work", 32, LEASE)) == 3
    assert len(transport.sent) == 1


async def test_a_replay_that_is_cut_off_loses_nothing_and_goes_on(
    faulty: StorageQueues, storage: OnStorage, transport: FaultyTransport
) -> None:
    for body in ("a", "b", "c"):
        await storage.port.send("work-poison", body)
    # How many there are, taking them, the first one's move; the second one is written and stays where it was.
    transport.faults.extend([*[None] * 5, *[Broken.AWAY] * 4])
    with pytest.raises(TryLater):
        await faulty.replay_poison("work")
    there = [message.body for message in await storage.peek("work")]
    assert sorted(there) == ["a", "b"]
    assert (await storage.port.length("work-poison")).delayed == 2


async def test_a_wrong_key_is_a_wrong_setting(server: Azurite) -> None:
    text = server.address.text.replace("AccountKey=Eby8", "AccountKey=AAAA")
    queues = StorageQueues(StorageService(ByConnection(text)))
    for ask in (lambda: queues.send("work", SECRET), lambda: queues.send("work", SECRET * 5_000), queues.lengths):
        with pytest.raises(Misconfigured, match="AzureWebJobsStorage: Storage refuses") as wrong:
            await ask()
        assert SECRET not in str(wrong.value)
        assert wrong.value.__context__ is None
    await queues.close()


@pytest.mark.parametrize("text", ["nonsense", "AccountName=a;AccountKey=not base64;EndpointSuffix=x", ";;"])
async def test_what_is_no_connection_string_is_a_wrong_setting(text: str) -> None:
    queues = StorageQueues(StorageService(ByConnection(text)))
    with pytest.raises(Misconfigured, match="AzureWebJobsStorage") as wrong:
        await queues.send("work", SECRET)
    assert text not in str(wrong.value)
    await queues.close()


async def test_an_identity_asks_with_a_token_of_its_own(transport: FaultyTransport, slept: Slept) -> None:
    address = ByIdentity(
        queue_url="https://acme.queue.core.windows.net",
        blob_url="https://acme.blob.core.windows.net",
        credential=lambda: cast("AsyncTokenCredential", Identity()),
    )
    queues = StorageQueues(StorageService(address, transport=transport, sleep=slept))
    transport.faults.extend([Broken.AWAY] * 8)
    for body in ("small", "large" * 20_000):
        with pytest.raises(TryLater):
            await queues.send("work", body)
    assert {headers["Authorization"] for headers in transport.headers} == {
        "Bearer token for https://storage.azure.com/.default"
    }
    assert transport.sent[0] == "POST /work/messages"
    assert transport.sent[4].startswith("PUT /cairn-claims/work/now/")
    await queues.close()


async def test_a_server_that_is_restarted_in_the_middle_loses_nothing(tmp_path: Path, slept: Slept) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with azurite(folder=tmp_path) as running:
        queues = StorageQueues(StorageService(running.address, sleep=slept), names=("work",))
        await queues.send("work", "before")
    with pytest.raises(TryLater):
        await queues.send("work", "meanwhile")
    with azurite(folder=tmp_path, blob_port=running.blob_port, queue_port=running.queue_port):
        await queues.send("work", "after")
        received = await StorageConsumer(queues).receive("work", 32, LEASE)
        assert [message.body for message in received] == ["before", "after"]
        await queues.close()


async def test_twenty_senders_through_a_restart_and_lost_answers_get_everything_across(
    tmp_path: Path, transport: FaultyTransport, slept: Slept
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    bodies = {f"{sender}/{number}" for sender in range(20) for number in range(5)}
    half_way, gone, missed, back = (asyncio.Event() for _ in range(4))

    async def send(sender: int) -> None:
        for number in range(5):
            if number == 2:
                half_way.set()
                await gone.wait()
            while True:
                try:
                    await queues.send("work", f"{sender}/{number}")
                except TryLater:
                    missed.set()
                    await back.wait()
                    continue
                break

    with ExitStack() as first:
        running = first.enter_context(azurite(folder=tmp_path))
        queues = StorageQueues(StorageService(running.address, transport=transport, sleep=slept), names=("work",))
        await queues.send("work", "first")
        transport.faults.extend([Broken.LOST, None, Answer(503), None, Broken.SILENT] * 6)
        sending = [asyncio.create_task(send(sender)) for sender in range(20)]
        await half_way.wait()
        # In a thread, so that what the others are sending at this moment is answered, or is not.
        await asyncio.to_thread(first.pop_all().close)
    gone.set()
    await missed.wait()
    with azurite(folder=tmp_path, blob_port=running.blob_port, queue_port=running.queue_port):
        back.set()
        await asyncio.gather(*sending)
        consumer, received = StorageConsumer(queues), set()
        while messages := await consumer.receive("work", 32, LEASE):
            for message in messages:
                received.add(message.body)
                assert await consumer.delete(message)
        assert received == bodies | {"first"}
        await queues.close()
