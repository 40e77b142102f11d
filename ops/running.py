"""How a command's work is run: what the caller can mend is said in one sentence, with exit code 2."""

import asyncio
from collections.abc import Coroutine

import typer

from shared.errors import CairnError


def run(work: Coroutine[None, None, int]) -> int:
    """Do the work and return its exit code; 2 when it was refused, 130 when it was interrupted."""
    try:
        return asyncio.run(work)
    except CairnError as error:
        typer.echo(f"cairn: {error}", err=True)
        return 2
    except KeyboardInterrupt:
        return 130


def exit_with(code: int) -> None:
    """End the command with this code; go on for 0."""
    if code:
        raise typer.Exit(code)
