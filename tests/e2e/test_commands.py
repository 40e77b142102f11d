"""The administrator's commands as processes of their own, beside a running function app."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.stage import Stage
from shared import wiring
from shared.domain.identity import MessageId, SpaceId
from shared.ports import Store

ROOT = Path(__file__).parents[2]
PAST = 120


async def cairn(*arguments: str, stop_after: float | None = None) -> tuple[int, str]:
    """Run a command on the stage's settings; returns its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "ops", *arguments),
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    if stop_after is not None:
        await asyncio.sleep(stop_after)
        process.send_signal(signal.SIGINT)
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode or 0, said.decode()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A company whose channel was talked in for a while before capture was switched on; two days ago, for the clocks
    of the commands are real."""
    clock = SimulatedClock(datetime.now(UTC) - timedelta(days=2))
    async with Stage(tmp_path, clock) as stage:
        tenant = stage.tenant
        ann, bob = (tenant.add_user(name=name) for name in ("Ann Lee", "Bob Ray"))
        team = tenant.add_team("Operations", owners=[ann], members=[bob])
        channel = tenant.add_channel(team, "Help")
        for number in range(PAST):
            await tenant.post(channel, bob, f"Long ago, number {number}")
        clock.advance(timedelta(hours=1))
        await tenant.install(team, by=ann)
        await tenant.say(ann, channel, "capture on")
        await stage.settle()
        await tenant.post(channel, bob, "Since capture")
        await stage.settle()
        yield stage


async def store() -> Store:
    return (await wiring.services()).store


async def test_spaces_and_subscriptions_are_listed_by_name(stage: Stage) -> None:
    code, said = await cairn("spaces")
    assert code == 0
    assert "Operations › Help" in said
    assert "standard channel" in said
    code, said = await cairn("subscriptions")
    assert code == 0
    assert "Operations › Help" in said
    assert "Operations (team)" in said
    assert said.count("works") == 3
    assert not any(space.id in said for space in stage.tenant.spaces())


async def test_an_outage_is_listed_with_its_repair(stage: Stage) -> None:
    (watching,) = (s for s in stage.tenant.subscriptions() if s.resource.endswith("/messages"))
    stage.tenant.end_subscription(watching.id)
    await stage.advance_to(stage.clock.now() + timedelta(hours=1))
    code, said = await cairn("subscriptions")
    assert code == 0
    assert "it was gone from Graph" in said
    assert "1 of 1 spaces" in said
    assert "still out" not in said


async def test_a_refusal_is_said_and_makes_the_exit_code(stage: Stage) -> None:
    tenant = stage.tenant
    tenant.faults.subscription_quota = 0
    ann = next(person.id for person in tenant.people() if person.name == "Ann Lee")
    chat = tenant.add_chat("Night shift", members=[ann])
    await tenant.install(chat, by=ann)
    await tenant.say(ann, chat, "capture on")
    await stage.settle()
    code, said = await cairn("subscriptions")
    assert code == 1
    assert "CAIRN_SUBSCRIPTIONS=tenant" in said


async def test_the_past_is_brought_in_and_a_stopped_backfill_goes_on(stage: Stage) -> None:
    since = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    assert await (await store()).count_messages() < PAST
    await cairn("backfill", "operations > help", "--since", since, stop_after=1.5)
    code, said = await cairn("backfill", "Help", "--since", since)
    assert code == 0
    assert "Operations › Help" in said
    channel = stage.tenant.spaces()[-1].id
    kept = await store()
    for message in stage.tenant.messages(channel):
        if message.content.startswith("Long ago"):
            assert await kept.message(SpaceId(channel), MessageId(message.id)) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backfill", "Nowhere", "--since", "2026-01-01"], "there is no space “Nowhere”; there are “"),
        (["backfill", "Help", "--since", "yesterday"], "yesterday"),
        (["backfill", "Help", "--since", "2199-01-01"], "in the past"),
        (["erase", "Ann", "--yes"], "no object id"),
    ],
)
async def test_wrong_input_is_told_in_one_sentence(stage: Stage, arguments: list[str], said: str) -> None:
    code, output = await cairn(*arguments)
    assert code == 2
    assert said in output
    assert "Traceback" not in output


async def test_a_person_is_erased_by_command(stage: Stage) -> None:
    tenant = stage.tenant
    bob = next(person.id for person in tenant.people() if person.name == "Bob Ray")
    code, said = await cairn("erase", bob, "--yes")
    assert code == 0
    assert "essages" in said
    assert "Teams itself" in said
    channel = tenant.spaces()[-1].id
    await tenant.post(channel, bob, "I am still here")
    await stage.settle()
    kept = await store()
    found = [await kept.message(SpaceId(channel), MessageId(m.id)) for m in tenant.messages(channel)]
    assert [m for m in found if m is not None and m.value.author and m.value.author.name == "Bob Ray"] == []
