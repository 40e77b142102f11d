"""`cairn export` and `cairn import` of a whole store, or of what an audience may see."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ops.audiences import audience_named
from ops.erase import key_of
from shared import wiring
from shared.adapters.exports.lines import FORMAT, Head
from shared.adapters.exports.reading import Export, Fault, export_from
from shared.adapters.exports.writing import ExportFile, export_to
from shared.domain.identity import AudienceId, TenantId
from shared.domain.moving import Kind, Moved
from shared.errors import Refused, TryLater
from shared.usecases.after_arrivals import after_arrivals
from shared.usecases.bring_in import Arrivals, Became, bring_in
from shared.usecases.context import Context
from shared.usecases.patience import Wait
from shared.usecases.take_out import PAGE, kinds_of, take_out

_LONGEST_WAIT = 600.0
_MOST_NAMED = 20
"""Bad lines that are named; the rest is counted."""
_PLURAL: Mapping[Kind, str] = {
    Kind.TENANT: "the tenant's notes",
    Kind.EXPERTISE: "lists of what people have shown",
}


@dataclass(slots=True)
class Faults:
    """Lines that were refused: how many, and the first of them."""

    count: int = 0
    first: list[Fault] = field(default_factory=list)

    def note(self, fault: Fault) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _MOST_NAMED:
            self.first.append(fault)

    def print(self, console: Console) -> None:
        """Name the first ones, and count the rest."""
        for fault in self.first:
            console.print(f"Line {fault.line}: {fault.reason}.", highlight=False, soft_wrap=True)
        if self.count > len(self.first):
            console.print(f"… and {self.count - len(self.first):,} more line(s).")


async def export(path: Path, *, audiences: Sequence[str], person: str, talk: bool, fresh: bool) -> int:
    """Write everything, or what these audiences or a person may see, into a file of JSON lines.

    Goes on with what an interrupted run has left. Raises `Refused` for a name that is taken or can't be written, and
    for an audience or person that is not known.
    """
    try:
        context = await wiring.context()
        seen_by = await _audiences(audiences, person, context)
        kinds = kinds_of(seen_by, talk=talk)
        head = Head(format=FORMAT, tenant=context.tenant_id, at=context.now, kinds=kinds, audiences=seen_by)
        with export_to(path, head, fresh=fresh) as file, _spinner() as progress:
            task = progress.add_task("", total=None)
            if file.last is not None:
                progress.console.print(f"Going on after {sum(file.counts.values()):,} line(s) of an earlier run.")

            def say(words: str) -> None:
                progress.update(task, description=words)

            if not file.ended:
                await _take_out(file, context, say)
    finally:
        await wiring.close()
    _print_exported(path, file.counts)
    return 0


async def _take_out(file: ExportFile, context: Context, say: Callable[[str], None]) -> None:
    """Write what is not in the file yet."""
    head = file.head
    async for page in take_out(context.store, head.kinds, head.audiences, after=file.last, wait=_waiting(say)):
        file.write(page)
        kind = page[-1].kind
        say(f"{_said(kind)}: {file.counts[kind]:,}")


def _waiting(say: Callable[[str], None]) -> Wait:
    """Says that the store is busy, and waits as long as it asks for."""

    async def wait(later: TryLater) -> None:
        say(f"{later}; waiting")
        await asyncio.sleep(min(later.after.total_seconds(), _LONGEST_WAIT))

    return wait


async def _audiences(names: Sequence[str], person: str, context: Context) -> tuple[AudienceId, ...]:
    """Whose view is wanted; empty for everything. Raises `Refused`."""
    if names and person:
        raise Refused("either --audience or --person, not both", code="two_views")
    if person:
        found = await context.store.audiences_of(key_of(person, context.tenant_id))
        if not found:
            raise Refused(f"“{person}” is in no space that Cairn knows", code="unknown_person")
        return tuple(sorted(found))
    spaces = await context.store.all_spaces() if names else []
    return tuple(sorted({audience_named(name, spaces) for name in names}))


async def import_store(path: Path) -> int:
    """Bring an export in; returns 2 when a line was refused, or the file is not as it was written.

    Raises `Refused` for a file that is none of this tenant's.
    """
    console = Console(stderr=True)
    try:
        context = await wiring.context()
        arrivals = Arrivals()
        with export_from(path) as export:
            _check(export.head, context.tenant_id)
            was_empty = not await context.store.all_spaces()
            faults = await _bring_in(export, arrivals, context, console)
            wrong = export.wrong
        with console.status("Looking for those who were erased elsewhere"):
            erased = await after_arrivals(arrivals, context, was_empty=was_empty)
        if erased:
            console.print(f"{erased} person(s) were erased elsewhere, and now here too.")
    finally:
        await wiring.close()
    _print_imported(arrivals.done)
    faults.print(console)
    if wrong:
        console.print(f"{path.name}: {wrong}. What could be read was brought in.", soft_wrap=True)
    return 2 if faults.count or wrong else 0


def _check(head: Head, tenant_id: TenantId) -> None:
    if head.tenant != tenant_id:
        raise Refused("the export is of another tenant, and people's keys name their tenant", code="foreign_tenant")


async def _bring_in(export: Export, arrivals: Arrivals, context: Context, console: Console) -> Faults:
    faults = Faults()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=export.size)

        arrivals.wait = _waiting(lambda words: progress.update(task, description=words))
        for part in batched(export.things(), PAGE, strict=False):
            good: list[tuple[int, Moved]] = []
            for found in part:
                if isinstance(found, Fault):
                    faults.note(found)
                else:
                    good.append(found)
            things = [moved for _, moved in good]
            for place in await bring_in(things, arrivals, context):
                faults.note(Fault(good[place][0], "it holds what the store does not take"))
            said = _said(things[-1].kind) if things else ""
            progress.update(task, completed=export.read, description=said)
    return faults


def _spinner() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    )


def _said(kind: Kind) -> str:
    return _PLURAL.get(kind, f"{kind}s").capitalize()


def _print_exported(path: Path, counts: Counter[Kind]) -> None:
    table = Table("What", "Lines")
    for kind in Kind:
        if counts[kind]:
            table.add_row(_said(kind), f"{counts[kind]:,}")
    console = Console()
    console.print(table)
    console.print(f"{path.name} holds people's words: whoever can read it can read them.", soft_wrap=True)


def _print_imported(done: Counter[tuple[Kind, Became]]) -> None:
    table = Table("What", *(became.capitalize() for became in Became))
    for kind in Kind:
        counts = [done[kind, became] for became in Became]
        if any(counts):
            table.add_row(_said(kind), *(f"{count:,}" for count in counts))
    Console().print(table)
