"""`cairn demo`: play the scenario with a live display, then check it or leave the page open."""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display
from rich.table import Table

from local.clock import SimulatedClock
from local.demo.checks import Checked
from local.demo.checks import check as check_all
from local.demo.player import Player
from local.page.progress import Progress
from local.page.server import Page
from local.page.story import story_of
from local.scenarios.loader import default_scenario
from local.stage import Stage
from shared.errors import Misconfigured

AFTERMATH = timedelta(days=1)


async def demo(*, check: bool, port: int, keep: Path | None, browser: bool) -> int:
    """Play the scenario. With `check`, exit code 1 when something is not as it must be; otherwise serve the page."""
    if keep is not None and keep.exists() and any(keep.iterdir()):  # noqa: ASYNC240 - nothing else runs yet
        raise Misconfigured(f"--keep: the folder {keep} is not empty; name a new one")
    scenario = default_scenario()
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-demo-")))
        clock = SimulatedClock(scenario.events[0].at - timedelta(hours=1))
        async with Stage(folder, clock) as stage:
            player = Player(scenario, stage)
            if check:
                await _play(player, Progress())
                return _print(await check_all(player))
            return await _show(player, port=port, browser=browser)


async def _play(player: Player, told: Progress) -> None:
    """Play every event; the display in the terminal and the page's progress follow."""
    console = Console(stderr=True)
    events = player.scenario.events
    columns = (
        TextColumn("{task.fields[moment]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[why]}"),
    )
    told.total = len(events) + 1
    with Display(*columns, console=console) as display:
        task = display.add_task("Playing", total=len(events), moment="", why="Founding the company")
        player.set_up()
        await player.install_for_everybody()
        for number, event in enumerate(events, 1):
            told.why, told.moment = event.why or told.why, f"{event.at:%a %d %b %H:%M}"
            display.update(task, why=told.why, moment=told.moment)
            await player.play(event)
            told.done = number
            told.version += 1
            display.update(task, completed=number)
        await player.stage.advance_to(events[-1].at + AFTERMATH)
        told.story = await story_of(player)
        told.done = told.total
        told.version += 1


def _print(checked: list[Checked]) -> int:
    table = Table("", "What must be true", "What is not so", title="The scenario, checked")
    for one in checked:
        table.add_row("✓" if one.holds else "✗", one.says, one.why_not)
    console = Console()
    console.print(table)
    failed = sum(1 for one in checked if not one.holds)
    console.print(f"{len(checked) - failed} of {len(checked)} hold." if failed else f"All {len(checked)} hold.")
    return 1 if failed else 0


async def _show(player: Player, *, port: int, browser: bool) -> int:
    """Serve the page while the scenario plays and after, until interrupted."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    told = Progress(total=len(player.scenario.events))
    page = Page(player.stage, progress=told, port=port)
    try:
        await page.start()
    except OSError as error:
        raise Misconfigured(f"--port {port} is taken by another program; choose another, or none") from error
    console = Console(stderr=True)
    console.print(f"The page is at {page.url}")
    try:
        if browser and _has_screen():
            webbrowser.open(page.url)
        await _play(player, told)
        console.print(f"Played. Look at {page.url} (stop with Ctrl+C)")
        await stopped.wait()
    finally:
        await page.stop()
    return 0


def _has_screen() -> bool:
    on_unix = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return on_unix or sys.platform in ("darwin", "win32")
