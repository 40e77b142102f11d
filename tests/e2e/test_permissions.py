"""The permissions that docs/permissions.md names are the ones that the calls need: no more and no fewer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import SimulatedClock
from local.stage import Stage
from shared import wiring
from shared.adapters.graph.permissions import NEEDS
from shared.domain.identity import MessageId, SpaceId
from shared.domain.subscriptions import Watched

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TENANT_WIDE = {"CAIRN_SUBSCRIPTIONS": "tenant"}
APPLICATION = sorted({permission for need in NEEDS for permission in need.application})


async def company(stage: Stage) -> dict[str, str]:
    """A standard and a private channel and a chat, all with the app; the ids of the three."""
    tenant = stage.tenant
    ann, bob = tenant.add_user(name="Ann Lee"), tenant.add_user(name="Bob Ray")
    team = tenant.add_team("Operations", owners=[ann], members=[bob])
    places = {
        "standard": tenant.add_channel(team, "Help"),
        "private": tenant.add_channel(team, "Boards", kind="private", owners=[ann], members=[bob]),
        "chat": tenant.add_chat("Night shift", members=[ann, bob]),
    }
    await tenant.install(team, by=ann)
    await tenant.install(places["chat"], by=ann)
    return places


async def use(stage: Stage, places: Mapping[str, str]) -> dict[str, bool]:
    """Switch capture on everywhere, say something, lose one notification of it, and read everything again.

    Returns where both messages were kept.
    """
    tenant = stage.tenant
    ann = next(person.id for person in tenant.people() if person.name == "Ann Lee")
    for space in places.values():
        await tenant.say(ann, space, "capture on")
    await stage.advance_to(stage.clock.now() + timedelta(minutes=1))
    said = {}
    for name, space in places.items():
        heard = await tenant.post(space, ann, "Where is the manual?")
        tenant.faults.drop = 1.0
        lost = await tenant.post(space, ann, "Found it, on the shelf.")
        tenant.faults.drop = 0.0
        said[name] = (heard, lost)
    for _ in range(28):
        await stage.advance_to(stage.clock.now() + timedelta(hours=1))
    store = (await wiring.services()).store
    return {
        name: all([await store.message(SpaceId(places[name]), MessageId(m)) is not None for m in messages])
        for name, messages in said.items()
    }


async def test_per_space_resource_specific_consent_is_enough(tmp_path: Path) -> None:
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        stage.tenant.consent_to()
        places = await company(stage)
        assert await use(stage, places) == {"standard": True, "private": True, "chat": True}
        found = await (await wiring.services()).store.all_subscriptions()
        refused = [s for s in found if s.trouble]
        assert sorted(s.what for s in refused) == [Watched.INSTALLATIONS, Watched.MEMBERS]
        assert any(s.resource.endswith("/channels/getAllMembers") for s in refused)


@pytest.mark.parametrize("settings", [{}, TENANT_WIDE, {**TENANT_WIDE, "CAIRN_CHATS": "installed"}])
async def test_every_permission_that_a_call_needs_is_in_the_table(tmp_path: Path, settings: dict[str, str]) -> None:
    async with Stage(tmp_path, SimulatedClock(START), settings=settings) as stage:
        stage.tenant.faults.consent_by_place = False
        stage.tenant.consent_to(*APPLICATION)
        places = await company(stage)
        assert await use(stage, places) == {"standard": True, "private": True, "chat": True}
        for alternatives in stage.tenant.required_permissions:
            assert alternatives & set(APPLICATION), f"a call needs one of {sorted(alternatives)}"
        found = await (await wiring.services()).store.all_subscriptions()
        assert [s.trouble for s in found if s.trouble] == []


async def test_no_permission_is_in_the_table_that_no_call_needs(tmp_path: Path) -> None:
    needed: set[frozenset[str]] = set()
    for number, settings in enumerate(({}, TENANT_WIDE, {**TENANT_WIDE, "CAIRN_CHATS": "installed"})):
        async with Stage(tmp_path / str(number), SimulatedClock(START), settings=settings) as stage:
            stage.tenant.faults.consent_by_place = False
            stage.tenant.consent_to(*APPLICATION)
            await use(stage, await company(stage))
            needed |= stage.tenant.required_permissions
    for permission in APPLICATION:
        assert any(permission in alternatives for alternatives in needed), f"nothing needs {permission}"


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ("ChannelMessage.Read.All", {"standard", "private"}),
        ("Chat.Read.All", {"chat"}),
        ("Channel.ReadBasic.All", {"standard", "private"}),
        ("Team.ReadBasic.All", {"standard", "private"}),
        ("TeamMember.Read.All", {"standard"}),
        ("ChannelMember.Read.All", {"private"}),
    ],
)
async def test_without_a_permission_the_feature_is_lost_and_the_others_are_not(
    tmp_path: Path, missing: str, lost: set[str]
) -> None:
    async with Stage(tmp_path, SimulatedClock(START)) as stage:
        stage.tenant.faults.consent_by_place = False
        stage.tenant.consent_to(*(p for p in APPLICATION if p != missing))
        places = await company(stage)
        assert {name for name, kept in (await use(stage, places)).items() if not kept} == lost
