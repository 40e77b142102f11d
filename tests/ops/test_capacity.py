"""What an organisation costs: documented prices, measured calls, and a page that says what the code computes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ops.capacity import (
    LOGICAL_GB,
    MEASURED,
    SIZES,
    Asked,
    Measured,
    Tenant,
    capacity,
    measured,
    partition_rows,
    rows,
)
from ops.cli import app
from ops.request_units import INDEXES, QUERY, cost, insert, point_read
from shared.adapters.cosmos.containers import CONTAINERS

PAGE = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text()
KNOWN = measured()


def line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def test_the_page_says_what_the_code_computes() -> None:
    found = [capacity(Tenant(people=size), KNOWN) for size in SIZES]
    for name, cells in rows(found):
        assert line(name, *cells) in PAGE, name
    for one in found:
        for row in partition_rows(one):
            assert line(f"{one.tenant.people:,}", *row) in PAGE, row


def test_the_page_lists_what_was_measured_and_what_each_call_costs() -> None:
    assert f"{KNOWN.messages:,} messages" in PAGE
    assert f"{KNOWN.request_units:.0f} RU" in PAGE
    for one in KNOWN.asked:
        if one.request_units >= 0.5:
            call = (one.container, one.kind, f"{one.calls:.2f}", f"{one.kilobytes:.1f}", f"{one.request_units:.1f}")
            assert line(*call) in PAGE, call


def test_what_was_measured_is_of_containers_and_calls_that_there_are() -> None:
    names = {container.name for container in CONTAINERS}
    assert {one.container for one in KNOWN.asked} <= names
    assert KNOWN.stored.keys() == names
    assert all(one.request_units > 0 for one in KNOWN.asked)
    assert json.loads(MEASURED.read_text())["messages"] >= 1000, "few messages say little"


def test_documented_prices() -> None:
    assert (point_read(0.2), point_read(1), point_read(100)) == (1, 1, 10)
    assert insert(1) == 5.5 + INDEXES
    assert insert(100) == 50 + INDEXES
    assert cost("replace", 1, 1) == 2 * insert(1)
    assert cost("missing", 0, 0) == 1
    assert cost("query", 0, 0) == QUERY
    assert cost("query", 10, 1) == QUERY + 10


def test_a_call_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="patch"):
        cost("patch", 1, 1)


def test_a_tenant_by_hand() -> None:
    known = Measured(
        messages=1000,
        asked=[Asked(container="conversations", kind="read", calls=10, items=1, kilobytes=1)],
        stored=dict.fromkeys(KNOWN.stored, 0.0) | {"conversations": 1024.0},
        queued=2,
    )
    found = capacity(Tenant(people=1000, messages_per_person=10, working_days=20, peak=3, working_hours=10), known)
    assert found.tenant.messages == 200_000
    assert found.request_units == 2_000_000
    assert found.peak == pytest.approx(3 * 2_000_000 / (20 * 10 * 3600))
    assert found.gigabytes == pytest.approx(200_000 / 1024, abs=0.01)
    assert found.autoscale == 20_000, "195 GB need it, though nobody asks so much"
    # 730 hours at a tenth of the bound, and the storage.
    assert found.dollars_autoscale == pytest.approx(730 * 20 * 0.012 + found.gigabytes * 0.25)
    assert found.dollars_serverless == pytest.approx(0.5 + found.gigabytes * 0.25)
    assert (found.executions, found.queue_transactions) == (800_000, 1_800_000)


@given(st.integers(10, 200_000), st.integers(2, 20))
def test_more_people_never_need_less(people: int, times: int) -> None:
    few, many = capacity(Tenant(people=people), KNOWN), capacity(Tenant(people=people * times), KNOWN)
    assert few.request_units < many.request_units
    assert few.gigabytes < many.gigabytes
    assert few.dollars_autoscale <= many.dollars_autoscale
    assert few.autoscale <= many.autoscale


def test_a_partition_that_is_too_large_is_said_to_be() -> None:
    busy = Tenant(people=100_000, messages_per_person=1000, largest_share=0.9)
    heavy = replace(KNOWN, stored={**KNOWN.stored, "conversations": 50.0})
    found = capacity(busy, heavy)
    assert found.partitions[0].gigabytes > LOGICAL_GB
    assert partition_rows(found)[0][-1] == "no"


def test_the_command_prints_the_table_of_any_size() -> None:
    said = CliRunner().invoke(app, ["capacity", "--people", "2500", "--messages", "4"], env={"COLUMNS": "200"})
    assert said.exit_code == 0
    assert "2,500 people" in said.output
    assert f"{2500 * 4 * 21:,}" in said.output


def test_the_command_refuses_nobody() -> None:
    assert CliRunner().invoke(app, ["capacity", "--people", "0"]).exit_code == 2
