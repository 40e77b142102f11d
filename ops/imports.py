"""`cairn import`: an export of Cairn's, or a table of questions and answers."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.audiences import space_named
from ops.faq.columns import columns_of
from ops.faq.rows import Rows, rows_of
from ops.faq.table import read_table
from ops.moving import import_store
from shared import wiring
from shared.adapters.exports.reading import is_export
from shared.domain.redaction import redact
from shared.domain.spaces import Space
from shared.errors import Refused
from shared.usecases.context import Context
from shared.usecases.import_faq import FaqReport, Outcome, import_faq

_MOST_NAMED = 20


async def import_file(path: Path, *, audience: str, by: str, question: str, answer: str, reviews: int) -> int:
    """Bring in what the file is; returns 2 when a line or row was refused. Raises `Refused` for what it can't be."""
    if is_export(path):
        if audience:
            raise Refused("an export names its audiences itself; --audience is for tables", code="no_audience")
        return await import_store(path)
    if not audience:
        raise Refused("say whose answers these are: --audience with the name of a space or team", code="no_audience")
    table = read_table(path)
    columns = columns_of(table, question=question, answer=answer)
    try:
        context = await wiring.context()
        space = space_named(audience, await context.store.all_spaces())
        named = " ".join(redact(by).text.split())[:100]
        rows = rows_of(table, columns, file=path.name, by=named, now=context.now)
        report = await _import(rows, space, context, reviews)
    finally:
        await wiring.close()
    _print(report, rows, space)
    return 2 if rows.bad else 0


async def _import(rows: Rows, space: Space, context: Context, reviews: int) -> FaqReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Questions", total=len(rows.good))

        def say(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        return await import_faq(rows.good, space, context, reviews=reviews, on_entry=say)


def _print(report: FaqReport, rows: Rows, space: Space) -> None:
    console, counts = Console(soft_wrap=True), report.questions
    console.print(
        f"{space.label}: {counts[Outcome.NEW]:,} new question(s), {counts[Outcome.CHANGED]:,} changed, "
        f"{counts[Outcome.SAME]:,} as before. None is checked by this."
    )
    if report.joined:
        console.print(f"{report.joined:,} row(s) were about a question of another row.")
    if rows.left_out:
        console.print(f"{rows.left_out:,} row(s) were left out: follow-up questions, or without an answer.")
    if not space.curators:
        console.print("Nobody curates this space yet, so nobody was asked to check them.")
    elif report.reviews:
        console.print(f"Curators are asked to check {report.reviews:,} of them now.")
    if report.waiting and space.curators:
        console.print(f"{report.waiting:,} wait to be checked: call this again, or let them come as they are of use.")
    errors = Console(stderr=True, soft_wrap=True)
    for number, reason in rows.bad[:_MOST_NAMED]:
        errors.print(f"Row {number}: {reason}.", highlight=False)
    if len(rows.bad) > _MOST_NAMED:
        errors.print(f"… and {len(rows.bad) - _MOST_NAMED:,} more row(s).")
