"""`cairn erase`: who is meant, that it is confirmed, and what it says."""

import io
from pathlib import Path

import pytest

from ops.erase import erase, key_of
from shared.adapters.sqlite.store import SqliteStore
from shared.errors import Refused
from tests.adapters.sqlite.files import everything
from tests.builders import OTHER_TENANT, TENANT, a_message, a_person, a_snippet

BOB = a_person("Bob Ray")
PARTNER = a_person("Pat Ner", tenant=OTHER_TENANT)


@pytest.fixture
async def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment that keeps something of Bob's; returns its store's file."""
    for name, value in {
        "TENANT_ID": TENANT,
        "APP_ID": OTHER_TENANT,
        "APP_SECRET": "secret",
        "CLIENT_STATE_SECRET": "0123456789abcdef",
        "PUBLIC_URL": "https://cairn.example.com",
        "STORE_PATH": str(tmp_path / "cairn.sqlite"),
        "QUEUE_PATH": str(tmp_path / "queues.sqlite"),
        "CERTIFICATE_PATH": str(tmp_path / "certificate.pem"),
    }.items():
        monkeypatch.setenv(f"CAIRN_{name}", value)
    store = SqliteStore(tmp_path / "cairn.sqlite", tenant_id=TENANT)
    for number in range(3):
        await store.put_message(a_message(number, author=BOB), etag=None)
    await store.put_snippet(a_snippet(), etag=None)
    await store.close()
    return tmp_path / "cairn.sqlite"


@pytest.mark.parametrize(
    "user", ["", "Bob Ray", "bob.ray@example.com", "1234", f"{TENANT}/", f"x/{BOB.object_id}", "/"]
)
def test_who_is_not_named_by_an_object_id_is_refused_in_one_sentence(user: str) -> None:
    with pytest.raises(Refused, match="object id") as refusal:
        key_of(user, TENANT)
    assert "\n" not in str(refusal.value)


def test_an_object_id_is_of_this_tenant_unless_it_names_another() -> None:
    assert key_of(BOB.object_id.upper(), TENANT) == BOB.key
    assert key_of(f" {PARTNER.key} ", TENANT) == PARTNER.key


async def test_it_prints_what_was_removed_and_what_it_can_not_reach(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await erase(BOB.object_id, yes=True) == 0
    said = capsys.readouterr().out
    assert any("Messages of theirs" in line and "3" in line for line in said.splitlines())
    assert "What Cairn can't reach" in said
    assert "Backups" in said
    assert BOB.key.encode() not in everything(deployment)
    assert b"Bob Ray" not in everything(deployment)
    assert await erase(BOB.object_id, yes=True) == 0
    assert "Nothing was left" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
async def test_it_asks_before_it_removes_anything(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert await erase(BOB.object_id, yes=False) == code
    assert (b"Bob Ray" in everything(deployment)) == bool(code)
