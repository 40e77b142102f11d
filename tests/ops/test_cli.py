"""The command: help with an example for each, one clear sentence and exit code 2 for wrong input, never a traceback."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.stage import APP_ID
from local.tenant.tenant import TENANT_ID

ROOT = Path(__file__).parents[2]
COMMANDS = [
    *("demo", "replay", "serve", "predict", "doctor", "queues", "spaces", "subscriptions", "backfill", "erase"),
    "export",
    "import",
    "judge",
    "store",
    "topics",
]
GOOD = {
    "CAIRN_TENANT_ID": TENANT_ID,
    "CAIRN_APP_ID": APP_ID,
    "CAIRN_APP_SECRET": "secret",
    "CAIRN_CLIENT_STATE_SECRET": "0123456789abcdef",
    "CAIRN_PUBLIC_URL": "https://cairn.example.com",
}


def cairn(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ops", *arguments],
        cwd=cwd or ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command() -> None:
    said = cairn("--help").stdout
    assert all(f" {command} " in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained_with_an_example(command: str) -> None:
    done = cairn(command, "--help")
    assert done.returncode == 0
    assert f"Example: cairn {command}" in done.stdout


@pytest.mark.parametrize("command", ["report", "refit"])
def test_the_commands_of_judge_are_explained_with_an_example_each(command: str) -> None:
    done = cairn("judge", command, "--help")
    assert done.returncode == 0
    assert f"Example: cairn judge {command}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay", "nowhere.jsonl"], "nowhere.jsonl"),
        (["replay", "pyproject.toml"], "line 1 is not JSON"),
        (["replay", "README.md", "--speed", "backwards"], "--speed"),
        (["replay", "README.md", "--limit", "0"], "limit"),
        (["demo", "--port", "99999"], "port"),
        (["demo", "--check", "--keep", "docs"], "--keep"),
        (["predict", "similar", "README.md", "out.jsonl"], "line 1 is not JSON"),
        (["predict", "weather", "README.md", "out.jsonl"], "weather"),
        (["queues", "--replay", "letters"], "queue"),
        (["judge", "refit", "--apply", "--reset"], "--reset"),
        (["judge", "explode"], "explode"),
        (["explode"], "explode"),
        (["demo", "--explode"], "explode"),
    ],
)
def test_wrong_input_gets_one_sentence_and_exit_code_2(arguments: list[str], said: str) -> None:
    done = cairn(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_absent_settings_are_all_named(command: str, tmp_path: Path) -> None:
    done = cairn(command, cwd=tmp_path)
    assert done.returncode == 2
    assert all(name in done.stderr for name in GOOD)
    assert "Traceback" not in done.stderr


def test_a_file_with_a_broken_line_plays_nothing(tmp_path: Path) -> None:
    path, store = tmp_path / "chat.jsonl", tmp_path / "store"
    good = {"id": "a", "messages": [{"id": 1, "at": "09:00", "author": "ann", "text": "hello", "system": False}]}
    path.write_text(json.dumps(good) + "\n{broken\n")
    done = cairn("replay", str(path), "--store", str(store))
    assert done.returncode == 2
    assert "line 2 is not JSON" in done.stderr
    assert not store.exists()


def test_doctor_says_what_cannot_be_reached(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    done = cairn("doctor", cwd=tmp_path, **GOOD, CAIRN_LOGIN_URL=dead, CAIRN_GRAPH_URL=f"{dead}/v1.0")
    assert done.returncode == 1
    assert "Entra's token endpoint can't be reached" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_queues_without_a_file_names_the_setting(tmp_path: Path) -> None:
    done = cairn("queues", cwd=tmp_path)
    assert done.returncode == 2
    assert "CAIRN_QUEUE_PATH" in done.stderr


def test_predictions_come_a_line_each_in_the_order_of_the_questions(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    candidates = [
        {"id": "a", "text": "What is for lunch today?"},
        {"id": "b", "text": "How can I reset the badge printer, it says E-17"},
    ]
    lines = [
        {"id": n, "query": "How do I reset the badge printer? Error E-17.", "candidates": candidates} for n in "xy"
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert cairn("predict", "similar", str(source), str(target)).returncode == 0
    written = [json.loads(line) for line in target.read_text().splitlines()]
    assert [prediction["id"] for prediction in written] == ["x", "y"]
    assert all(p["scores"]["b"] > p["scores"]["a"] for p in written)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = cairn("demo", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
