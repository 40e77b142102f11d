"""`cairn topics`: what answers are about, in the words that a space's curators keep."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from ops.audiences import space_named
from ops.running import exit_with, run
from shared import wiring
from shared.domain.audiences import audience_of_space
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics, TopicChange
from shared.usecases import topics as keeping
from shared.usecases.context import Context
from shared.usecases.topics import Deciding, InLine, every_snippet, topics_kept_in

_LATEST = 10
"""Decisions that are listed."""

type Decide = Callable[[Deciding, Context], Awaitable[InLine]]

app = typer.Typer(
    help="What answers are about, in the words that a space's curators keep.\n\n"
    'Example: cairn topics list --audience "Operations > Help"',
    no_args_is_help=True,
    rich_markup_mode=None,
)
Audience = Annotated[str, typer.Option(help='Whose topics: a space, "Operations > Help", or a team with one space.')]
Name = Annotated[str, typer.Argument(help="The topic, by its name or another wording of it.")]


@app.command("list")
def list_(audience: Audience) -> None:
    """List the topics that are kept, how many answers are about each, and what was decided lately.

    Example: cairn topics list --audience "Operations > Help"
    """
    exit_with(run(_list(audience)))


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The topic as it is to be shown.")],
    audience: Audience,
    also: Annotated[list[str] | None, typer.Option(help="Another wording of it; may be repeated.")] = None,
) -> None:
    """Keep a topic, or more wordings of it; answers that name it in any of these words are about it from now on.

    Example: cairn topics add "Badge printer" --also "label printer" --audience "Operations > Help"
    """
    exit_with(run(_decide(audience, lambda who, context: keeping.add_topic(name, also or [], who, context))))


@app.command()
def rename(name: Name, to: Annotated[str, typer.Argument(help="What it is to be called.")], audience: Audience) -> None:
    """Give a topic another name; the old one still means it.

    Example: cairn topics rename "Badge printer" "Printers" --audience "Operations > Help"
    """
    exit_with(run(_decide(audience, lambda who, context: keeping.rename_topic(name, to, who, context))))


@app.command()
def merge(
    name: Name,
    into: Annotated[str, typer.Argument(help="The topic that stays, with the wordings of both.")],
    audience: Audience,
) -> None:
    """Make one topic of two.

    Example: cairn topics merge "Label printer" "Badge printer" --audience "Operations > Help"
    """
    exit_with(run(_decide(audience, lambda who, context: keeping.merge_topics(name, into, who, context))))


@app.command()
def ban(phrase: Annotated[str, typer.Argument(help="What is no topic.")], audience: Audience) -> None:
    """Have a phrase be no topic any more; a topic of that name goes with its wordings.

    Example: cairn topics ban "second floor" --audience "Operations > Help"
    """
    exit_with(run(_decide(audience, lambda who, context: keeping.ban_topic(phrase, who, context))))


async def _list(audience: str) -> int:
    try:
        context = await wiring.context()
        space = space_named(audience, await context.store.all_spaces())
        kept = await topics_kept_in(audience_of_space(space.id), context)
        answers: Counter[str] = Counter()
        async for snippet in every_snippet(kept.audience_id, context):
            answers.update(snippet.topics if snippet.usable else ())
    finally:
        await wiring.close()
    _print(space, kept, answers)
    return 0


async def _decide(audience: str, decide: Decide) -> int:
    """Carry out an administrator's decision; raises `Refused` for what it can't be."""
    try:
        context = await wiring.context()
        space = space_named(audience, await context.store.all_spaces())
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        ) as progress:
            task = progress.add_task("", total=None)

            def say(count: int) -> None:
                progress.update(task, description=f"Bringing in line: {count:,} answers")

            done = await decide(Deciding(space_id=space.id, by=None, on_snippet=say), context)
    finally:
        await wiring.close()
    answers = "1 answer has" if done.snippets == 1 else f"{done.snippets:,} answers have"
    Console(soft_wrap=True).print(
        f"{space.label}: {len(done.kept.topics):,} topic(s) kept, {len(done.kept.banned):,} phrase(s) banned; "
        f"{answers} other topics now.",
        highlight=False,
        markup=False,
    )
    return 0


def _print(space: Space, kept: KeptTopics, answers: Counter[str]) -> None:
    console = Console(markup=False, highlight=False)
    if not kept.history:
        console.print(f"Nobody has kept topics in {space.label} yet: answers are about what they say themselves.")
        return
    table = Table("Topic", "Also", "Answers", title=space.label)
    for topic in kept.topics:
        table.add_row(topic.name, ", ".join(topic.wordings), str(answers[topic.name]))
    console.print(table)
    if kept.banned:
        console.print(f"No topics: {', '.join(kept.banned)}", soft_wrap=True)
    for change in kept.history[-_LATEST:]:
        console.print(_sentence(change), soft_wrap=True)


def _sentence(change: TopicChange) -> str:
    by = change.by.name if change.by else "an administrator"
    into = f" as “{change.into}”" if change.into else ""
    return f"{change.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: “{change.topic}” {change.verb}{into}, by {by}."
