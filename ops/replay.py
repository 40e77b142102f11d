"""`cairn replay`: play a file with a progress bar, and print the report."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from shared.errors import CairnError


async def replay_file(file: Path, *, store: Path | None, speed: str, limit: int | None, as_json: bool) -> int:
    """Replay a file. Exit code 2 for a file or speed that makes no sense (nothing has been played then), 1 when
    messages were lost."""
    from local.replay.conversation import BrokenFile, read_conversations
    from local.replay.replay import START, replay

    seconds_per_hour = _seconds_per_hour(speed)
    try:
        conversations = read_conversations(file, start=START, limit=limit)
    except BrokenFile as error:
        raise CairnError(f"{file.name}: {error}") from error
    total = sum(len(conversation.lines) for conversation in conversations)
    with ExitStack() as stack:
        folder = store or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-replay-")))
        progress = stack.enter_context(_progress())
        task = progress.add_task("Replaying", total=total)
        report = await replay(
            conversations,
            folder,
            progress=lambda sent: progress.update(task, completed=sent),
            seconds_per_hour=seconds_per_hour,
        )
    table = Table("What", "How many", title="Replay")
    for name, value in report.as_dict().items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), shown)
    console = Console(stderr=as_json)
    console.print(table)
    verdict = "sent = stored + refused" if report.adds_up else "sent is NOT stored + refused: messages were lost"
    console.print(f"{verdict}: {report.sent} = {report.stored} + {report.refused}")
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
    return 0 if report.adds_up and not report.poison else 1


def _seconds_per_hour(speed: str) -> float:
    if speed == "max":
        return 0.0
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor <= 1e6:
        raise CairnError('--speed is "max" or a number above 0, such as 60')
    return 3600 / factor


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
