"""Reading a chat to replay: times that never stand still, and broken lines named before anything is played."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.replay.conversation import BrokenFile, Conversation, read_conversations

START = datetime(2026, 1, 5, tzinfo=UTC)


def message(number: int, at: str | None = "09:00", author: str | None = "ann", **changes: Any) -> dict[str, Any]:
    return {"id": number, "at": at, "author": author, "text": f"text {number}", "system": author is None} | changes


def read(folder: Path, *conversations: Any, limit: int | None = None) -> tuple[Conversation, ...]:
    path = folder / "chat.jsonl"
    lines = [c if isinstance(c, str) else json.dumps(c) for c in conversations]
    path.write_text("\n".join(lines))
    return read_conversations(path, start=START, limit=limit)


def test_messages_of_one_minute_are_spread_over_it(tmp_path: Path) -> None:
    (chat,) = read(tmp_path, {"id": "c", "messages": [message(n, "12:18") for n in range(3)]})
    assert [line.at - START for line in chat.lines] == [
        timedelta(hours=12, minutes=18, seconds=20 * n) for n in range(3)
    ]


def test_midnight_begins_the_next_day_and_a_small_step_back_does_not(tmp_path: Path) -> None:
    (chat,) = read(tmp_path, {"id": "c", "messages": [message(0, "23:58"), message(1, "23:57"), message(2, "00:02")]})
    assert [line.at.day for line in chat.lines] == [5, 5, 6]


def test_a_missing_time_follows_closely_on_the_message_before(tmp_path: Path) -> None:
    (chat,) = read(tmp_path, {"id": "c", "messages": [message(0, "10:00"), message(1, None), message(2, "nonsense")]})
    gaps = [after.at - before.at for before, after in zip(chat.lines, chat.lines[1:], strict=False)]
    assert all(timedelta(0) < gap < timedelta(minutes=1) for gap in gaps)


@given(st.lists(st.one_of(st.none(), st.times().map(lambda t: f"{t:%H:%M}"), st.text(max_size=5)), min_size=1))
def test_times_always_move_on(tmp_path_factory: pytest.TempPathFactory, times: list[str | None]) -> None:
    folder = tmp_path_factory.mktemp("chat")
    (chat,) = read(folder, {"id": "c", "messages": [message(n, at) for n, at in enumerate(times)]})
    moments = [round(line.at.timestamp() * 1000) for line in chat.lines]
    assert moments == sorted(set(moments))


def test_conversations_follow_each_other_and_the_limit_counts_over_all(tmp_path: Path) -> None:
    whole = [{"id": name, "messages": [message(n) for n in range(4)]} for name in "ab"]
    first, second = read(tmp_path, *whole)
    assert second.lines[0].at > first.lines[-1].at
    assert [len(c.lines) for c in read(tmp_path, *whole, limit=6)] == [4, 2]
    assert [len(c.lines) for c in read(tmp_path, *whole, limit=4)] == [4]


def test_system_lines_have_no_author(tmp_path: Path) -> None:
    (chat,) = read(tmp_path, {"id": "c", "messages": [message(0), message(1, author=None)]})
    assert [line.author for line in chat.lines] == ["ann", None]
    assert chat.authors == ("ann",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is not JSON"),
        ("[]", "line 2 is not a conversation"),
        ('{"id": 1}', "line 2 is not a conversation"),
        ('{"id": 1, "messages": [3]}', "has no id"),
        ('{"id": 1, "messages": [{"id": 1, "author": "a"}]}', "has no text"),
        ('{"id": 1, "messages": [{"id": 1, "text": "t", "author": " "}]}', "has no author"),
        (
            '{"id": 1, "messages": [{"id": 1, "text": "t", "author": "a"}, {"id": 1, "text": "t", "author": "a"}]}',
            "twice",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BrokenFile, match=said):
        read(tmp_path, {"id": "c", "messages": [message(0)]}, line)


@pytest.mark.parametrize("content", ["", "\n\n", '{"id": 1, "messages": []}'])
def test_a_file_without_a_conversation_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(BrokenFile, match="no conversation"):
        read(tmp_path, content)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrokenFile, match="UTF-8"):
        read_conversations(path, start=START)


def test_a_line_ends_where_the_file_format_says_and_not_at_every_odd_separator(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    odd = message(0, text="one\u2028two\x85three")
    path.write_text(json.dumps({"id": "c", "messages": [odd]}, ensure_ascii=False), encoding="utf8")
    (chat,) = read_conversations(path, start=START)
    assert chat.lines[0].text == "one\u2028two\x85three"
