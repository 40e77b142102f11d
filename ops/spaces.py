"""`cairn spaces`, `cairn subscriptions`, `cairn backfill`: what is read, by which subscriptions, and the past."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared import wiring
from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId, SpaceId
from shared.domain.readings import Reading, Round
from shared.domain.spaces import Space, SpaceKind
from shared.domain.subscriptions import Subscription, feeds
from shared.errors import Refused, TryLater
from shared.usecases.backfill import backfill_page, begin_backfill
from shared.usecases.subscriptions import troubles

_LONGEST_WAIT = 600.0
_SPELLINGS: tuple[Callable[[Space], str], ...] = (lambda s: s.id, lambda s: s.label, lambda s: s.name)


async def spaces() -> int:
    """Print every space that Cairn was installed in, whether it is read, how far, and its answers in use.

    Answers are counted by whoever follows the store's changes, so the latest may be missing for a minute.
    """
    context = await wiring.context()
    readings = {reading.space_id: reading for reading in await context.store.all_readings()}
    answers: Counter[AudienceId] = Counter()
    for tally in await context.store.all_tallies():
        answers[tally.audience_id] += tally.in_use
    table = Table(
        "Space", "Kind", "Read", "Since", "Members", "Answers", "Read through", "Next reading", "Messages kept"
    )
    for space in sorted(await context.store.all_spaces(), key=lambda s: s.label.casefold()):
        reading = readings.get(space.id)
        table.add_row(
            space.label,
            "chat" if space.kind is SpaceKind.CHAT else f"{space.kind} channel",
            "yes" if space.capture else "no",
            _day(space.reads_from) if space.capture else "",
            "not known" if space.members is None else str(len(space.members)),
            str(answers[audience_of_space(space.id)]),
            _moment(reading.read_until) if reading else "",
            _next(reading) if space.capture else "",
            f"{context.keep_of(space).days} days",
        )
    Console().print(table)
    await wiring.close()
    return 0


async def subscriptions() -> int:
    """Print every subscription, what is wrong, and each time in which notifications may have been lost."""
    context = await wiring.context()
    known = await context.store.all_subscriptions()
    every = {space.id: space for space in await context.store.all_spaces()}
    readings = {reading.space_id: reading for reading in await context.store.all_readings()}
    console = Console()
    table = Table("What", "Where", "State", "Ends", "Renewed at")
    for subscription in sorted(known, key=lambda s: (_where(s, every).casefold(), s.what)):
        state = "works" if subscription.stands(context.now) else subscription.trouble or "is being made"
        table.add_row(
            subscription.what,
            _where(subscription, every),
            state,
            _moment(subscription.expires_at),
            _moment(subscription.renew_at),
        )
    console.print(table)
    outages = _outages(known, every, readings)
    if outages.row_count:
        console.print(outages)
    for sentence in troubles(known, context.now):
        console.print(sentence)
    await wiring.close()
    return 1 if troubles(known, context.now) else 0


async def backfill(name: str, since: datetime) -> int:
    """Read a space's past with a progress line; can be interrupted, and goes on when it is called again.

    Raises `Refused` when no space or several have that name, or when it can't be read.
    """
    services = await wiring.services()
    space = named(name, await services.store.all_spaces())
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    begun = await begin_backfill(space.id, since, services.context())
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    at, done = begun, False
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(_progress(space, begun))
        while not done:
            try:
                found, done = await backfill_page(space.id, services.context())
            except TryLater as later:
                progress.update(task, description=f"{space.label}: {later}; waiting")
                await asyncio.sleep(min(later.after.total_seconds(), _LONGEST_WAIT))
                continue
            at = found or at
            progress.update(task, description=_progress(space, at))
    Console().print(
        f"{space.label}: {at.seen:,} message(s) since {_day(since)} read, {at.changed:,} of them new. "
        "The function app judges them as they fall due."
    )
    await wiring.close()
    return 0


def named(name: str, spaces: Sequence[Space]) -> Space:
    """The space that an administrator means by its label (`Team › Channel`), its own name, or its id.

    Raises `Refused` with the names to choose from.
    """
    wanted = _plain(name)
    for spelling in _SPELLINGS:
        found = [space for space in spaces if _plain(spelling(space)) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(f"several spaces are called “{name}”: {_names(found)}", code="ambiguous")
    raise Refused(f"there is no space “{name}”; there are {_names(spaces) or 'none'}", code="unknown_space")


def _plain(text: str) -> str:
    return " ".join(text.replace("›", ">").replace("/", ">").replace(">", " > ").split()).casefold()


def _names(spaces: Sequence[Space]) -> str:
    return ", ".join(sorted(f"“{space.label}”" for space in spaces)[:20])


def _progress(space: Space, at: Round) -> str:
    return f"{space.label}: {at.seen:,} messages read, {at.changed:,} new"


def _where(subscription: Subscription, every: Mapping[SpaceId, Space]) -> str:
    if subscription.space_id is not None:
        space = every.get(subscription.space_id)
        return space.label if space else "a space that is no longer known"
    parts = subscription.resource.strip("/").split("/")
    if parts[0] == "teams" and len(parts) > 2:
        team = next((s.team_name for s in every.values() if s.team_id == parts[1] and s.team_name), "a team")
        return f"{team} (team)"
    return "every chat" if "chats" in subscription.resource.lower() else "the whole organisation"


def _outages(
    known: Sequence[Subscription], every: Mapping[SpaceId, Space], readings: Mapping[SpaceId, Reading]
) -> Table:
    table = Table("Where", "Notifications may be lost from", "to", "Why", "Read again", title="Outages")
    for subscription in known:
        fed = [space for space in every.values() if space.capture and feeds(subscription, space)]
        for outage in subscription.outages:
            again = sum(1 for space in fed if _read_since(readings.get(space.id), outage.noticed_at))
            table.add_row(
                _where(subscription, every),
                _moment(outage.began_at),
                _moment(outage.repaired_at) or "still out",
                outage.reason,
                f"{again} of {len(fed)} spaces" if fed else "not needed",
            )
    return table


def _read_since(reading: Reading | None, moment: datetime) -> bool:
    return reading is not None and reading.read_until is not None and reading.read_until >= moment


def _next(reading: Reading | None) -> str:
    if reading is None:
        return "soon"
    return "under way" if reading.round else _moment(reading.due_at)


def _day(moment: datetime | None) -> str:
    return moment.astimezone(UTC).date().isoformat() if moment else ""


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else ""
