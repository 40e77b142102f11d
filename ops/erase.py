"""`cairn erase`: remove everything that Cairn holds of a person, and say what that was and what it can't reach."""

from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from shared import wiring
from shared.domain.erasure import Report, Trace
from shared.domain.identity import UserKey, user_key
from shared.domain.people import AskedBy
from shared.errors import Refused
from shared.usecases.erase import erase as erase_person


async def erase(user: str, *, yes: bool) -> int:
    """Erase somebody; returns 1 when it was not confirmed.

    `user` is an object id of this tenant, or `tenant/object` for a guest. Raises `Refused` for anything else.
    """
    try:
        context = await wiring.context()
        key = key_of(user, context.tenant_id)
        if not yes and not typer.confirm(f"Remove everything of {key}? It can't be brought back.", err=True):
            Console(stderr=True).print("Nothing was removed.")
            return 1
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True)) as progress:
            task = progress.add_task("", total=None)

            def say(trace: Trace) -> None:
                progress.update(task, description=f"Looking through: {trace}")

            report = await erase_person(key, context, by=AskedBy.ADMINISTRATOR, on_step=say)
    finally:
        await wiring.close()
    _print(report)
    return 0


def key_of(user: str, tenant_id: str) -> UserKey:
    """The key of who is meant. Raises `Refused` for what is no id."""
    tenant, slash, object_id = user.strip().rpartition("/")
    try:
        return user_key(str(UUID(tenant if slash else tenant_id)), str(UUID(object_id)))
    except ValueError as error:
        raise Refused(
            f"“{user}” is no object id: take the one that Entra shows for the person, or tenant/object id for a guest",
            code="not_a_person",
        ) from error


def _print(report: Report) -> None:
    table = Table("Removed or changed", "How many")
    for trace, count in report.removed.items():
        table.add_row(trace.capitalize(), str(count))
    if not report.removed:
        table.add_row("Nothing was left of them", "0")
    console = Console()
    console.print(table)
    console.print("What Cairn can't reach:")
    for sentence in report.outside:
        console.print(f"- {sentence}", soft_wrap=True)
