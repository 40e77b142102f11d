"""The stage keeps what it needs between two starts, and says so when it can't have it again."""

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.stage import Stage
from shared.errors import Misconfigured

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_a_second_start_on_the_same_folder_has_the_same_addresses_and_company(tmp_path: Path) -> None:
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        first = stage.tenant.url, stage.host.url
        stage.tenant.add_user(name="Ann Lee")
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        assert (stage.tenant.url, stage.host.url) == first
        assert [person.name for person in stage.tenant.people()] == ["Ann Lee"]


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        port = int(stage.tenant.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Misconfigured, match=f"port {port}"):
        async with Stage(tmp_path, SimulatedClock(START)):
            pass


async def test_the_environment_is_left_as_it_was(tmp_path: Path) -> None:
    before = {name: value for name, value in os.environ.items() if name.startswith("CAIRN_")}
    async with Stage(tmp_path, SimulatedClock(START)):
        assert os.environ["CAIRN_TENANT_ID"]
    assert {name: value for name, value in os.environ.items() if name.startswith("CAIRN_")} == before


async def test_what_falls_due_on_the_way_is_worked_off_at_its_own_moment(tmp_path: Path) -> None:
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        tenant = stage.tenant
        ann = tenant.add_user(name="Ann Lee")
        bob = tenant.add_user(name="Bob Ray")
        chat = tenant.add_chat("Help", members=[ann, bob])
        await tenant.install(chat, by=ann)
        await tenant.say(ann, chat, "capture on")
        await stage.settle()
        await tenant.post(chat, bob, "How do I reset the badge printer on the second floor? It says error E-17.")
        await stage.advance_to(START + timedelta(hours=1))
        judged = stage.host.statistics.invocations["judge"]
        assert judged == 1
        assert stage.clock.now() == START + timedelta(hours=1)
