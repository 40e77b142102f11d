"""Whatever is done to a queue in whatever order, it agrees with a model that fits on a page."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from local.clock import SimulatedClock
from shared.adapters.queues.messages import QueuedMessage
from shared.adapters.queues.sqlite import SqliteQueues

_SECONDS = st.integers(0, 300).map(lambda seconds: timedelta(seconds=seconds))


@dataclass
class _Modelled:
    """A message as the model has it; `order` is its place among those that become visible together."""

    body: str
    order: int
    visible_at: datetime
    ready_at: datetime
    dequeue_count: int = 0
    leases: list[QueuedMessage] = field(default_factory=list)

    @property
    def lease(self) -> QueuedMessage | None:
        return self.leases[-1] if self.leases else None


class Queue(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SimulatedClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
        self.queues = self._open()
        self.model: list[_Modelled] = []
        self.poisoned: list[str] = []
        self.sent = self.completed = 0

    def _open(self) -> SqliteQueues:
        return SqliteQueues(Path(self.folder.name) / "queues.sqlite", self.clock.now)

    def teardown(self) -> None:
        self.queues.close()
        self.folder.cleanup()

    @rule(delay=_SECONDS)
    def send(self, delay: timedelta) -> None:
        self.sent += 1
        body = f"message {self.sent}"
        asyncio.run(self.queues.send("work", body, delay=delay))
        visible_at = self.clock.now() + delay
        self.model.append(_Modelled(body, self.sent, visible_at, visible_at))

    @rule(by=_SECONDS)
    def time_passes(self, by: timedelta) -> None:
        self.clock.advance(by)

    @rule(count=st.integers(1, 4), visibility=_SECONDS.filter(bool))
    def receive(self, count: int, visibility: timedelta) -> None:
        visible = sorted(
            (m for m in self.model if m.visible_at <= self.clock.now()), key=lambda m: (m.visible_at, m.order)
        )
        received = self.queues.receive("work", count, visibility)
        assert [m.body for m in received] == [m.body for m in visible[:count]]
        for message, modelled in zip(received, visible, strict=False):
            modelled.dequeue_count += 1
            modelled.visible_at = self.clock.now() + visibility
            modelled.leases.append(message)
            assert message.dequeue_count == modelled.dequeue_count

    @precondition(lambda self: any(m.leases for m in self.model))
    @rule(data=st.data(), verb=st.sampled_from(["delete", "release", "poison", "extend"]), by=_SECONDS)
    def deal_with(self, data: st.DataObject, verb: str, by: timedelta) -> None:
        modelled = data.draw(st.sampled_from([m for m in self.model if m.leases]))
        lease = data.draw(st.sampled_from(modelled.leases))
        valid = lease is modelled.lease
        match verb:
            case "delete":
                assert self.queues.delete(lease) is valid
                self.completed += valid
            case "poison":
                assert self.queues.poison(lease) is valid
                self.poisoned += [lease.body] * valid
            case "release":
                assert self.queues.release(lease, by) is valid
                if valid:
                    modelled.visible_at = modelled.ready_at = self.clock.now() + by
                    modelled.leases.clear()
            case "extend":
                extended = self.queues.extend(lease, by)
                assert (extended is not None) is valid
                if extended is not None:
                    modelled.visible_at = self.clock.now() + by
                    modelled.leases.append(extended)
        if valid and verb in {"delete", "poison"}:
            self.model.remove(modelled)

    @rule()
    def the_consumer_dies_and_another_starts(self) -> None:
        self.queues.close()
        self.queues = self._open()
        leased = [m for m in self.model if m.lease is not None]
        assert self.queues.recover() == len(leased)
        for modelled in leased:
            modelled.visible_at = modelled.ready_at
            modelled.leases.clear()

    @rule()
    def poison_is_replayed(self) -> None:
        assert asyncio.run(self.queues.replay_poison("work")) == len(self.poisoned)
        for body in self.poisoned:
            self.sent += 1
            self.model.append(_Modelled(body, self.sent, self.clock.now(), self.clock.now()))
        self.poisoned.clear()

    @invariant()
    def nothing_is_lost_and_the_counts_add_up(self) -> None:
        lengths = asyncio.run(self.queues.lengths())
        held = lengths.get("work")
        now = self.clock.now()
        if held is not None:
            assert held.visible == sum(m.visible_at <= now for m in self.model)
            assert held.leased == sum(m.visible_at > now and m.lease is not None for m in self.model)
            assert held.visible + held.leased + held.delayed == len(self.model)
        assert [m.body for m in self.queues.peek("work-poison")] == self.poisoned
        totals = self.queues.totals().get("work")
        if totals is not None:
            assert totals.sent + totals.replayed == totals.completed + totals.poisoned + len(self.model)
            assert totals.completed == self.completed


QueueTest = Queue.TestCase
QueueTest.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
