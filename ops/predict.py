"""`cairn predict`: the judgement's tasks on files of lines, through the code that the pipeline uses."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from shared.errors import CairnError
from training.predict import predict


class Task(StrEnum):
    """What can be predicted; the line formats are those of the published tasks (docs/judgement.md)."""

    ANSWERS = "answers"
    SIMILAR = "similar"
    REPLIES = "replies"
    OPENERS = "openers"


_NEEDED = {
    Task.ANSWERS: ("question", "answers"),
    Task.SIMILAR: ("query", "candidates"),
    Task.REPLIES: ("messages",),
    Task.OPENERS: ("messages",),
}


async def predict_file(task: Task, source: Path, target: Path) -> int:
    """Write a prediction line for each line of `source`. Raises `CairnError` for the first broken line, having
    written nothing."""
    items = list(_items(task, source))
    described = f"Judging {task}"
    console = Console(stderr=True)
    predictions = [predict(task, item) for item in track(items, description=described, console=console)]
    text = "".join(json.dumps(prediction, ensure_ascii=False) + "\n" for prediction in predictions)
    target.write_text(text, encoding="utf8")  # noqa: ASYNC240 - nothing else runs in this process
    return 0


def _items(task: Task, source: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = source.read_text(encoding="utf8").split("\n")
    except UnicodeDecodeError as error:
        raise CairnError(f"{source.name} is not UTF-8 text") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise CairnError(f"{source.name}: line {number} is not JSON") from error
        missing = [name for name in ("id", *_NEEDED[task]) if not isinstance(item, dict) or name not in item]
        if missing:
            raise CairnError(f'{source.name}: line {number} has no "{missing[0]}"')
        yield item
