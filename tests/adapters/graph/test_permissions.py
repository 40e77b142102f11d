"""The table of permissions: one truth in the code, in docs/permissions.md and in the app manifest."""

import json
from pathlib import Path

import jsonschema
import pytest

from shared.adapters.graph.permissions import NEEDS, table

ROOT = Path(__file__).parents[3]
MANIFEST = ROOT / "infra/teams/manifest.json"
SCHEMA = ROOT / "../shared/data/schemas/teams-app-manifest.schema.json"


def manifest() -> dict[str, object]:
    text = MANIFEST.read_text()
    text = text.replace("{{APP_ID}}", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10")
    filled: dict[str, object] = json.loads(text.replace("{{PUBLIC_URL}}", "https://cairn.example.com"))
    return filled


def test_the_page_shows_the_table_as_the_code_has_it() -> None:
    page = (ROOT / "docs/permissions.md").read_text()
    assert table() in page
    assert page.count("\n|") == len(NEEDS) + 2


def test_the_app_package_asks_for_exactly_the_resource_specific_permissions() -> None:
    found = manifest()["authorization"]["permissions"]["resourceSpecific"]  # type: ignore[index]
    assert {(one["name"], one["type"]) for one in found} == {
        (name, "Application") for need in NEEDS for name in need.resource_specific
    }


def test_the_app_package_follows_the_published_schema() -> None:
    if not SCHEMA.exists():
        pytest.skip("../shared/data is not here, and with it Microsoft's schema of app manifests")
    # Not `validate`: the schema itself has patterns that only ECMAScript knows.
    faults = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(manifest())
    assert [fault.message for fault in faults] == []
