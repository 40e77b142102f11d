"""`cairn judge`: what an administrator reads, with little feedback and with enough."""

from pathlib import Path

import pytest

from ops import judge
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.labels import Feedback, Task
from shared.domain.tenant import TenantState
from shared.errors import Refused
from shared.judgement import similar
from tests.adapters.sqlite.files import content
from tests.builders import OTHER_TENANT, TENANT, a_label, at


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment's store."""
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
    monkeypatch.setenv("COLUMNS", "220")
    return tmp_path / "cairn.sqlite"


async def heard(path: Path, *, wrong: int, right: int) -> None:
    store = SqliteStore(path, tenant_id=TENANT)
    for number in range(wrong + right):
        is_right = number >= wrong
        label = a_label(
            str(number),
            feedback=Feedback.SOLVED if is_right else Feedback.NOT_THIS,
            probability=0.95 if is_right else 0.72,
            model=similar.model_in_use(),
            moment=at(number),
        )
        await store.put_label(label, etag=None)
    await store.close()


async def in_force(path: Path) -> TenantState | None:
    store = SqliteStore(path, tenant_id=TENANT)
    state = await store.tenant_state()
    await store.close()
    return state.value if state else None


async def test_with_nothing_heard_it_says_that_there_is_too_little_to_tell(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await judge.report() == 0
    said = capsys.readouterr().out
    assert said.count("too little to tell: 0 judged, and 30 are needed") == len(Task)
    assert "nothing yet" in said
    assert await judge.refit(apply=True, reset=False) == 0
    assert "Nothing changes." in capsys.readouterr().out
    assert await in_force(path) is None


async def test_enough_feedback_gives_shares_intervals_and_a_threshold_that_can_be_put_in_force_and_taken_back(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await heard(path, wrong=10, right=40)
    assert await judge.report() == 0
    said = capsys.readouterr().out
    assert any("50" in line and "40" in line and "80 %" in line for line in said.splitlines())
    assert "67 % and 89 %" in said
    assert "too often wrong: 90 % should be right" in said
    assert "“Not this”" in said
    assert "Only what was shown is ever judged" in said
    assert await judge.refit(apply=False, reset=False) == 0
    assert "Nothing was changed yet" in capsys.readouterr().out
    assert await in_force(path) is None
    assert await judge.refit(apply=True, reset=False) == 0
    said = capsys.readouterr().out
    assert "40 of 50" in said
    assert "40 of 40" in said
    assert "In force now" in said
    state = await in_force(path)
    assert state is not None
    assert state.tuning.seen_before > 0
    assert await judge.refit(apply=False, reset=True) == 0
    assert "as delivered again" in capsys.readouterr().out
    state = await in_force(path)
    assert state is not None
    assert state.tuning.seen_before == 0


async def test_both_wishes_at_once_are_refused_before_anything_is_opened(path: Path) -> None:
    with pytest.raises(Refused, match="--reset"):
        await judge.refit(apply=True, reset=True)
    assert content(path) == b""
