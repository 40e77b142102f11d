"""The steps of a story lead to what they speak of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.clock import SimulatedClock
from local.demo.player import Player
from local.page.conversations import conversation
from local.page.story import story_of
from local.page.views import Said
from local.scenarios.events import Press
from local.scenarios.loader import default_scenario
from local.stage import Stage

UNTIL = datetime(2026, 3, 4, tzinfo=UTC)


async def test_every_step_leads_to_something_that_its_person_sees(tmp_path: Path) -> None:
    whole = default_scenario()
    scenario = replace(whole, events=tuple(event for event in whole.events if event.at < UNTIL))
    async with Stage(tmp_path, SimulatedClock(scenario.events[0].at - timedelta(hours=1))) as stage:
        player = Player(scenario, stage)
        player.set_up()
        await player.install_for_everybody()
        for event in scenario.events:
            await player.play(event)
        steps = await story_of(player)
        told = [event for event in scenario.events if event.why]
        assert [step.why for step in steps] == [event.why for event in told]
        pressed = 0
        for step, event in zip(steps, told, strict=True):
            seen = conversation(stage.tenant, step.spot.place, step.who, reading=True)
            by_key: dict[str, Said] = {said.key: said for item in seen.items for said in (item, *item.replies)}
            if not step.spot.message:
                continue
            assert step.spot.message in by_key
            if isinstance(event, Press):
                assert by_key[step.spot.message].card is not None
                pressed += 1
        assert pressed > 0
