"""docs/settings.md lists every setting as it is, and wrong settings are named."""

from pathlib import Path

import pytest

from shared.config import Settings, read_settings
from shared.errors import Misconfigured
from shared.usecases.receive import DEFAULT_MAX_BYTES

PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()
GOOD = {
    "CAIRN_TENANT_ID": "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64",
    "CAIRN_APP_ID": "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10",
    "CAIRN_APP_SECRET": "secret",
    "CAIRN_CLIENT_STATE_SECRET": "0123456789abcdef",
    "CAIRN_PUBLIC_URL": "https://cairn.example.com",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def _rows() -> dict[str, tuple[str, str]]:
    cells = [
        [c.strip() for c in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `CAIRN")
    ]
    return {row[0].strip("`"): (row[1].strip("`"), row[2]) for row in cells}


def test_the_page_lists_every_setting_with_its_default_and_meaning() -> None:
    expected = {}
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else "none" if field.default is None else str(field.default)
        expected[f"CAIRN_{name.upper()}"] = (default, field.description)
    assert _rows() == expected


def test_every_wrong_setting_is_named_in_one_sentence(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAIRN_TENANT_ID", "contoso")
    environment.setenv("CAIRN_QUIET_MINUTES", "0")
    environment.delenv("CAIRN_APP_SECRET")
    with pytest.raises(Misconfigured) as raised:
        read_settings()
    said = str(raised.value)
    assert "CAIRN_TENANT_ID must be a GUID" in said
    assert "CAIRN_APP_SECRET is not set" in said
    assert "CAIRN_QUIET_MINUTES" in said
    assert "contoso" not in said


@pytest.mark.parametrize(
    ("name", "value", "needed"),
    [
        ("CAIRN_CREDENTIAL", "certificate", "CAIRN_APP_CERTIFICATE_PATH"),
        ("CAIRN_CREDENTIAL", "managed_identity", "CAIRN_MANAGED_IDENTITY_CLIENT_ID"),
        ("CAIRN_CERTIFICATES", "key_vault", "CAIRN_KEY_VAULT_URL"),
        ("CAIRN_CHATS", "installed", "CAIRN_TEAMS_APP_ID"),
        ("CAIRN_TRANSPORT", "event_hubs", "CAIRN_EVENT_HUB_URL"),
    ],
)
def test_what_a_choice_needs_is_asked_for(environment: pytest.MonkeyPatch, name: str, value: str, needed: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(Misconfigured, match=f"{needed} is not set, which {name}={value} needs"):
        read_settings()
    for name_of_other in ("CAIRN_EVENT_HUB_NAME", "CAIRN_EVENT_HUB_URL", needed):
        environment.setenv(name_of_other, "https://vault.example.com")
    assert getattr(read_settings(), name.removeprefix("CAIRN_").lower()) == value


def test_without_a_secret_a_managed_identity_is_enough(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CAIRN_APP_SECRET")
    environment.setenv("CAIRN_CREDENTIAL", "managed_identity")
    environment.setenv("CAIRN_MANAGED_IDENTITY_CLIENT_ID", "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64")
    assert read_settings().credential == "managed_identity"


def test_plain_http_is_for_this_machine_alone(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAIRN_GRAPH_URL", "http://graph.example.com")
    with pytest.raises(Misconfigured, match="CAIRN_GRAPH_URL must be an https address"):
        read_settings()


def test_a_secret_is_not_shown_by_repr(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAIRN_APP_SECRET", "do-not-show")
    assert "do-not-show" not in repr(read_settings())


def test_the_webhook_and_the_settings_agree_on_the_largest_batch(environment: pytest.MonkeyPatch) -> None:
    assert read_settings().max_notification_bytes == DEFAULT_MAX_BYTES
