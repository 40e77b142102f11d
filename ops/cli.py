"""The administrator's and developer's command, `cairn`."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops import capacity as capacity_command
from ops import demo as demo_command
from ops import erase as erase_command
from ops import imports as import_command
from ops import judge as judge_command
from ops import moving as moving_command
from ops import predict as predict_command
from ops import replay as replay_command
from ops import serve as serve_command
from ops import spaces as spaces_command
from ops import store as store_command
from ops import topics as topics_command
from ops.predict import Task
from ops.running import exit_with as _exit
from ops.running import run as _run

app = typer.Typer(
    name="cairn",
    help="Cairn turns the answers that colleagues give each other in Microsoft Teams into knowledge.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

judging = typer.Typer(
    help="How right Cairn's claims are by what people said, and thresholds to match.\n\nExample: cairn judge report",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(judging, name="judge")
storing = typer.Typer(
    help="The database in which everything is kept.\n\nExample: cairn store init", no_args_is_help=True
)
app.add_typer(storing, name="store")
app.add_typer(topics_command.app, name="topics")


@app.command()
def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Play it without a page, check what must be true, and exit.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes any free port.", min=0, max=65535)] = 0,
    keep: Annotated[
        Path | None, typer.Option(help="A folder to keep the demo's stores in; by default they are thrown away.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Play three weeks of a company's talk, and show what Cairn makes of them.

    Example: cairn demo --check
    """
    _exit(_run(demo_command.demo(check=check, port=port, keep=keep, browser=browser)))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="Conversations, one JSON object a line.", exists=True, dir_okay=False)],
    store: Annotated[
        Path | None, typer.Option(help="A folder for the stores; with one that a killed run left, it goes on.")
    ] = None,
    speed: Annotated[
        str, typer.Option(help='"max", or how many times faster than the conversation, such as 60.')
    ] = "max",
    limit: Annotated[int | None, typer.Option(help="At most so many messages.", min=1)] = None,
    json_line: Annotated[bool, typer.Option("--json", help="The report as one JSON object on the last line.")] = False,
) -> None:
    """Play a real flat chat through the simulated tenant and the whole pipeline, and report.

    Each line of FILE is {"id", "messages": [{"id", "at", "author", "text", "system"}]}.

    Example: cairn replay chat.jsonl --limit 500 --json
    """
    _exit(_run(replay_command.replay_file(file, store=store, speed=speed, limit=limit, as_json=json_line)))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where the function app is served on 127.0.0.1.", min=0, max=65535)] = 7071,
) -> None:
    """Run the function app on this machine, on the settings of the environment (docs/settings.md).

    Example: cairn serve --port 7071
    """
    _exit(_run(serve_command.serve(port=port)))


@app.command()
def predict(
    task: Annotated[Task, typer.Argument(help="What to judge.")],
    source: Annotated[Path, typer.Argument(help="Lines to judge, without their gold.", exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Argument(help="Where the prediction lines go.", dir_okay=False)],
) -> None:
    """Judge a file of lines, through the code that the pipeline uses.

    Example: cairn predict similar questions.jsonl predictions.jsonl
    """
    _exit(_run(predict_command.predict_file(task, source, target)))


@app.command()
def doctor() -> None:
    """Check the settings and every neighbour, and name the setting to mend.

    Example: cairn doctor
    """
    _exit(_run(serve_command.doctor()))


@app.command()
def queues(
    again: Annotated[
        str | None, typer.Option("--replay", help="Put everything in this queue's poison queue back on it.")
    ] = None,
) -> None:
    """Show how many messages wait in each queue, and put poison messages back.

    Example: cairn queues --replay deliveries
    """
    _exit(_run(serve_command.queues(again)))


@storing.command("init")
def store_init(
    throughput: Annotated[
        str | None,
        typer.Option(help='"serverless", or the most RU/s of autoscale, in place of CAIRN_COSMOS_THROUGHPUT.'),
    ] = None,
) -> None:
    """Make what is missing of the database that the settings name; may run as often as one likes.

    Example: cairn store init --throughput 4000
    """
    _exit(_run(store_command.init(throughput)))


@app.command()
def capacity(
    people: Annotated[
        list[int] | None, typer.Option(help="How many people; may be given several times.", min=1, max=10_000_000)
    ] = None,
    messages: Annotated[
        float, typer.Option(help="Messages a person and working day that Cairn reads.", min=0.01, max=10_000)
    ] = 8,
) -> None:
    """Compute what an organisation of a size costs a month on Azure, and how large its partitions become.

    Example: cairn capacity --people 10000 --messages 5
    """
    _exit(capacity_command.show(people or capacity_command.SIZES, messages))


@storing.command("embed")
def store_embed() -> None:
    """Compute what snippets mean that have no embedding yet, or one of another model; stop it, and it goes on.

    Example: cairn store embed
    """
    _exit(_run(store_command.embed()))


@app.command()
def spaces() -> None:
    """List the spaces that Cairn was installed in: whether each is read, since when, and how far.

    Example: cairn spaces
    """
    _exit(_run(spaces_command.spaces()))


@app.command()
def subscriptions() -> None:
    """List the Graph subscriptions, what is wrong with them, and when notifications may have been lost.

    Example: cairn subscriptions
    """
    _exit(_run(spaces_command.subscriptions()))


@app.command()
def backfill(
    space: Annotated[str, typer.Argument(help='The space, as `cairn spaces` names it: "Operations > Help".')],
    since: Annotated[datetime, typer.Option(help="The day to begin at.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])],
) -> None:
    """Bring in what was said in a space since a day; stop it with Ctrl+C, and call it again to go on.

    Example: cairn backfill "Operations > Help" --since 2026-01-31
    """
    _exit(_run(spaces_command.backfill(space, since)))


@app.command()
def erase(
    user: Annotated[str, typer.Argument(help="The person's object id in Entra; for a guest, tenant id/object id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Remove everything that Cairn holds of a person, cards included, and say what went and what it can't reach.

    Example: cairn erase 6f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8
    """
    _exit(_run(erase_command.erase(user, yes=yes)))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where it goes; a name that ends in .gz is compressed.", dir_okay=False)],
    audience: Annotated[
        list[str] | None,
        typer.Option(help='Only what its members see: "Operations > Help", a team, or organisation; may be repeated.'),
    ] = None,
    person: Annotated[str, typer.Option(help="Only what a person sees, by their object id in Entra.")] = "",
    messages: Annotated[bool, typer.Option(help="With what was said, as far as it is kept.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not go on with what an interrupted run has left.")] = False,
) -> None:
    """Write everything that Cairn keeps into a file, to move or to keep it safe; an interrupted run goes on.

    Example: cairn export backup.jsonl.gz
    """
    _exit(_run(moving_command.export(file, audiences=audience or [], person=person, talk=messages, fresh=fresh)))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An export of Cairn's, or a table of questions and answers.")],
    audience: Annotated[str, typer.Option(help="For a table: the space, or the team, whose answers they are.")] = "",
    by: Annotated[str, typer.Option(help="For a table: who brings it in, as curators will read it.")] = "",
    question: Annotated[str, typer.Option(help="For a table: the heading of the questions.")] = "",
    answer: Annotated[str, typer.Option(help="For a table: the heading of the answers.")] = "",
    reviews: Annotated[
        int, typer.Option(help="For a table: how many of them curators are asked to check now.", min=0, max=200)
    ] = 10,
) -> None:
    """Bring in an export, or a FAQ (TSV of QnA Maker and FAQ Plus, or CSV) as proposed answers; again changes nothing.

    Example: cairn import faq.tsv --audience "Operations > Help"
    """
    _exit(
        _run(
            import_command.import_file(
                file, audience=audience, by=by, question=question, answer=answer, reviews=reviews
            )
        )
    )


@judging.command()
def report() -> None:
    """Show how many of Cairn's claims people found right, at the thresholds in force.

    Example: cairn judge report
    """
    _exit(_run(judge_command.report()))


@judging.command()
def refit(
    apply: Annotated[bool, typer.Option("--apply", help="Put the result in force.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the thresholds as delivered.")] = False,
) -> None:
    """Fit the thresholds to what people said, and show what would change.

    Example: cairn judge refit --apply
    """
    _exit(_run(judge_command.refit(apply=apply, reset=reset)))


def main() -> None:
    """Run the command; what the caller can mend is said in one sentence, with exit code 2."""
    try:
        outcome = app(standalone_mode=False)
    except typer.TyperException as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)
        typer.echo(f"cairn: {' '.join(said.split())}", err=True)
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    sys.exit(outcome if isinstance(outcome, int) else 0)
