"""Days of talk on Cosmos DB where every tenth call fails in one way or another end as on a store that never fails."""

import json
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from azure.core.pipeline.transport import HttpRequest

from shared.domain.identity import AudienceId, Person, PostingId, SnippetId, SpaceId, ThreadId
from shared.domain.messages import Message
from shared.domain.spaces import Space, SpaceKind
from shared.errors import TryLater
from shared.ports import QueueName
from shared.usecases.deliver import deliver
from shared.usecases.draft import follow_up
from shared.usecases.ingest import Intake, ingest
from shared.usecases.judge import judge
from tests.adapters.cosmos.faults import Fault, FaultyTransport
from tests.adapters.cosmos.opening import cosmos_store
from tests.e2e.outcome import Outcome, differences, outcome_of
from tests.soak.talk import going_on, opening
from tests.usecases.world import BOB, CLEO, DAN, EVE, World

MESSAGES = 200
FAULTS = (
    Fault(status=429, headers=(("x-ms-retry-after-ms", "3"),)),
    Fault(status=429, headers=(("x-ms-retry-after-ms", "60000"),)),  # longer than a step waits: back to the queue
    Fault(status=449),
    Fault(status=410),
    Fault(status=503),
    Fault(timeout=True),
    Fault(lost=True),
    Fault(lost=True, timeout=True),
)


class PatientWorld(World):
    """Runs a step again that was told to come later, as its queue does, from its beginning."""

    put_off = 0

    async def patiently[T](self, step: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await step()
            except TryLater:
                self.put_off += 1

    async def notify(self, space: Space, message: Message) -> Intake:
        notification = self.notification(space, message)
        return await self.patiently(lambda: ingest(notification, self.context))

    async def pass_time(self, span: timedelta = timedelta(minutes=30)) -> None:
        end = self.now + span
        while True:
            for body in self.queue.take(QueueName.DELIVERIES, self.now):
                posting = PostingId(json.loads(body)["posting"])
                await self.patiently(lambda posting=posting: deliver(posting, self.context))  # type: ignore[misc]
            waiting = [m for m in self.queue.messages if m[0] == QueueName.THREADS and m[2] <= end]
            ready = [m for m in self.queue.messages if m[0] == QueueName.DELIVERIES and m[2] <= self.now]
            if not waiting and not ready:
                break
            if ready:
                continue
            self.now = max(self.now, min(m[2] for m in waiting))
            for body in self.queue.take(QueueName.THREADS, self.now):
                await self.patiently(lambda body=body: self._look_again(json.loads(body)))  # type: ignore[misc]
        self.now = end

    async def _look_again(self, wanted: dict[str, str]) -> None:
        if "snippet" in wanted:
            await follow_up(AudienceId(wanted["audience"]), SnippetId(wanted["snippet"]), self.context)
        else:
            await judge(SpaceId(wanted["space"]), ThreadId(wanted["thread"]), self.context)


async def talk(world: World, begin: Callable[[], None] = lambda: None) -> None:
    """A channel and a chat where people ask, answer, edit and delete; `begin` is called once both are there."""
    chance = random.Random(5)
    spaces = [await world.space("Help"), await world.space("Dock", kind=SpaceKind.CHAT, members=(BOB, CLEO, EVE))]
    people: dict[SpaceId, tuple[Person, ...]] = {spaces[0].id: (BOB, CLEO, DAN), spaces[1].id: (BOB, CLEO, EVE)}
    roots: list[Message] = []
    begin()
    for number in range(MESSAGES):
        space = spaces[chance.random() < 0.4]
        author = chance.choice(people[space.id])
        root = chance.choice(roots[-3:]).id if roots and space is spaces[0] and chance.random() < 0.6 else None
        text = going_on(chance) if root or chance.random() < 0.5 else opening(chance)
        message = await world.say(space, author, text, root=root)
        if space is spaces[0] and root is None:
            roots.append(message)
        draw = chance.random()
        if draw < 0.05:
            await world.edit(space, message, text.replace("five", "fifty"))
        elif draw < 0.1:
            await world.delete(space, message)
        if number % 12 == 11:
            await world.pass_time()
    await world.pass_time(timedelta(hours=8))


@pytest.mark.timeout(600)
async def test_faults_at_every_tenth_call_change_nothing_of_what_comes_out(tmp_path: Path) -> None:
    calm = World(tmp_path)
    await talk(calm)
    expected: Outcome = await outcome_of(calm.store)
    chance = random.Random(3)
    faults: list[Fault] = []

    def sometimes(_: HttpRequest) -> Fault | None:
        if chance.random() > 0.1:
            return None
        faults.append(chance.choice(FAULTS))
        return faults[-1]

    async def at_once(_: float) -> None:
        return

    transport = FaultyTransport()
    world = PatientWorld(tmp_path, await cosmos_store(tmp_path, sleep=at_once, transport=transport))
    await talk(world, lambda: setattr(transport, "choose", sometimes))
    transport.choose = lambda _: None
    assert differences(expected, await outcome_of(world.store)) == []
    assert set(faults) == set(FAULTS)
    assert len(faults) > MESSAGES
    assert world.put_off > 5, "steps began again in the middle"
    standing = {where: sorted(map(repr, cards.values())) for where, cards in world.teams.cards.items()}
    assert standing == {where: sorted(map(repr, cards.values())) for where, cards in calm.teams.cards.items()}
    await world.store.close()
    await calm.store.close()
