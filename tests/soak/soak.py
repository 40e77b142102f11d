"""A soak: weeks of a company's talk in minutes, while everything between Graph and the store goes wrong.

Notifications are lost, doubled and out of order, Graph answers 429 and 503, subscriptions end without a word,
the webhook is away for longer than Graph tries again, certificates rotate, people come and go. In the end the
store must equal the tenant, message by message, in every captured space, and hold nothing of the others.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.clock import SimulatedClock
from local.stage import Stage
from local.tenant.notifications import LifecycleEvent
from tests.soak.scale import Scale
from tests.soak.talk import going_on, opening

type Trouble = Callable[[Stage], Awaitable[None]]

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=15)
MARK = "quagga"
"""Stands in every message of the spaces without capture, and nowhere else."""


@dataclass
class Soak:
    """The company and what has happened to it so far."""

    scale: Scale
    folder: Path
    progress: Callable[[int], None] = lambda _: None
    chance: random.Random = field(init=False)
    captured: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    said: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Messages of each space, with their authors."""
    roots: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.scale.seed)

    def stage(self) -> Stage:
        """The stage to enter before `run`."""
        settings = {
            "CAIRN_CERTIFICATE_DAYS": str(self.scale.certificate_days),
            "CAIRN_SUBSCRIPTIONS": "tenant" if self.scale.tenant_wide else "space",
        }
        return Stage(self.folder, SimulatedClock(START), settings=settings)

    async def run(self, stage: Stage) -> None:
        """Found the company, let it talk for the days of the scale, then give one quiet day for reconciliation."""
        await self._found(stage)
        self._misbehave(stage)
        steps = int(self.scale.days * 24 * 60 / 15)
        troubles = self._plan(steps)
        for step in range(steps):
            for trouble in troubles.get(step, ()):
                await trouble(stage)
            wanted = self.scale.messages * (step + 1) // steps
            while self.count < wanted:
                await self._say_something(stage)
            await stage.advance_to(stage.clock.now() + STEP)
            self.progress(self.count)
        stage.tenant.faults.webhook_down = False
        for _ in range(30):
            await stage.advance_to(stage.clock.now() + timedelta(hours=1))

    async def _found(self, stage: Stage) -> None:
        tenant = stage.tenant
        self.people = [tenant.add_user(name=f"Person {n:02}") for n in range(self.scale.people)]
        boss = self.people[0]
        total = self.scale.spaces + self.scale.others
        places = []
        for number in range(total):
            members = [boss, *self.chance.sample(self.people[1:], k=min(8, len(self.people) - 1))]
            if number % 3 == 2:
                places.append((tenant.add_chat(f"Chat {number}", members=members), ""))
            else:
                team = tenant.add_team(f"Team {number}", owners=[boss], members=members[1:])
                places.append((tenant.add_channel(team, "Help"), team))
        for number, (space, team) in enumerate(places):
            self.said[space], self.roots[space] = [], []
            if number >= self.scale.spaces:
                self.others.append(space)
                continue
            await tenant.install(team or space, by=boss)
            await tenant.say(boss, space, "capture on")
            self.captured.append(space)
        await stage.settle()
        await stage.advance_to(stage.clock.now() + timedelta(minutes=1))

    def _misbehave(self, stage: Stage) -> None:
        faults, scale = stage.tenant.faults, self.scale
        faults.drop, faults.duplicate, faults.reorder = scale.dropped, scale.duplicated, scale.reordered
        faults.graph.too_many = faults.graph.unavailable = scale.graph_errors / 2
        faults.connector.too_many = scale.graph_errors / 2
        faults.delta_token_life = timedelta(days=2)
        faults.read_limits = True

    def _plan(self, steps: int) -> dict[int, list[Trouble]]:
        """What goes wrong, and at which step."""
        plan: dict[int, list[Trouble]] = {}
        length = int(self.scale.outage / STEP)
        for number in range(self.scale.outages):
            begin = steps * (2 * number + 1) // (2 * self.scale.outages + 1)
            plan.setdefault(begin, []).append(self._webhook(down=True))
            plan.setdefault(begin + length, []).append(self._webhook(down=False))
        for number in range(self.scale.silent_removals + self.scale.told_removals):
            told = number >= self.scale.silent_removals
            plan.setdefault(self.chance.randrange(steps), []).append(self._lose_subscription(told=told))
        for number in range(6):
            plan.setdefault(steps * (number + 1) // 8, []).append(self._come_and_go)
        plan.setdefault(steps // 2, []).append(self._expire_tokens)
        return plan

    def _webhook(self, *, down: bool) -> Trouble:
        async def turn(stage: Stage) -> None:
            stage.tenant.faults.webhook_down = down

        return turn

    def _lose_subscription(self, *, told: bool) -> Trouble:
        async def lose(stage: Stage) -> None:
            living = [s for s in stage.tenant.subscriptions() if "essages" in s.resource]
            if not living:
                return
            chosen = self.chance.choice(living)
            if told:
                stage.tenant.send_lifecycle(LifecycleEvent.SUBSCRIPTION_REMOVED, chosen.id)
            else:
                stage.tenant.end_subscription(chosen.id)

        return lose

    async def _expire_tokens(self, stage: Stage) -> None:
        stage.tenant.expire_delta_tokens()

    async def _come_and_go(self, stage: Stage) -> None:
        space = self.chance.choice(self.captured)
        members = stage.tenant.members(space)
        place = next(s.team_id or s.id for s in stage.tenant.spaces() if s.id == space)
        strangers = [p for p in self.people if p not in members]
        if strangers:
            await stage.tenant.add_member(place, self.chance.choice(strangers), by=self.people[0])
        if len(members) > 3:
            await stage.tenant.remove_member(place, members[-1], by=self.people[0])

    async def _say_something(self, stage: Stage) -> None:
        tenant, chance = stage.tenant, self.chance
        space = chance.choice([*self.captured, *self.others])
        said, draw = self.said[space], chance.random()
        self.count += 1
        chosen, _ = chance.choice(said) if said else ("", "")
        living = bool(chosen) and tenant.message(space, chosen).deleted is None
        if living and draw < self.scale.edits:
            await tenant.edit(space, chosen, self._marked(space, going_on(chance)))
        elif chosen and draw < self.scale.edits + self.scale.deletions:
            await (tenant.delete(space, chosen) if living else tenant.restore(space, chosen))
        elif living and draw < self.scale.edits + self.scale.deletions + self.scale.reactions:
            await tenant.react(space, chosen, chance.choice(tenant.members(space)), "like")
        else:
            await self._post(stage, space)

    async def _post(self, stage: Stage, space: str) -> None:
        tenant, chance = stage.tenant, self.chance
        author = chance.choice(tenant.members(space))
        in_channel = next(s.is_channel for s in tenant.spaces() if s.id == space)
        root = (
            chance.choice(self.roots[space][-4:])
            if in_channel and self.roots[space] and chance.random() < 0.6
            else None
        )
        text = going_on(chance) if root or chance.random() < 0.5 else opening(chance)
        message = await tenant.post(space, author, self._marked(space, text), reply_to=root)
        self.said[space].append((message, author))
        if root is None:
            self.roots[space].append(message)

    def _marked(self, space: str, text: str) -> str:
        return f"{text} {MARK}" if space in self.others else text
