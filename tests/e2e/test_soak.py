"""A short soak in each way of subscribing; `make soak` runs the long ones."""

from pathlib import Path

import pytest

from tests.soak.scale import SMALL, SMALL_TENANT_WIDE, Scale
from tests.soak.soak import Soak
from tests.soak.verdict import judge


@pytest.mark.parametrize("scale", [SMALL, SMALL_TENANT_WIDE], ids=["per space", "tenant-wide"])
@pytest.mark.timeout(300)
async def test_after_everything_went_wrong_the_store_equals_the_tenant(tmp_path: Path, scale: Scale) -> None:
    soak = Soak(scale, tmp_path)
    async with soak.stage() as stage:
        await soak.run(stage)
        verdict = await judge(soak, stage)
    assert verdict.faults == {}
    assert verdict.messages > scale.messages * 0.3
    assert verdict.lost_for_good > 0
    assert verdict.outages
    assert verdict.certificates >= 3
