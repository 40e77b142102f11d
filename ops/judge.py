"""`cairn judge`: how right Cairn's claims were by what people said, and thresholds that match it."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from shared import wiring
from shared.domain.labels import Feedback, Task
from shared.domain.precision import LEAST, Precision
from shared.domain.tuning import Finding
from shared.errors import Refused
from shared.usecases import refit as thresholds
from shared.usecases.refit import Bar, Refitted, Standing

_TASKS = {Task.SEEN_BEFORE: "Answered before", Task.ANSWER: "Answers"}
_FEEDBACK = {
    Feedback.SOLVED: "“This solved it”",
    Feedback.NOT_THIS: "“Not this”",
    Feedback.VERIFIED: "verified",
    Feedback.REJECTED: "rejected",
    Feedback.STRUCK: "one way struck",
    Feedback.MERGED: "merged as the same question",
}
_BIAS = (
    "Only what was shown is ever judged: these figures say how right Cairn is when it speaks, "
    "and nothing about what it left unsaid."
)


async def report() -> int:
    """Print how many claims people found right, by judgement and by kind of feedback."""
    try:
        found = await thresholds.standing(await wiring.context())
    finally:
        await wiring.close()
    console = Console()
    console.print(_precision(found))
    console.print(_by_feedback(found))
    for one in found:
        for sentence in _remarks(one):
            console.print(sentence, soft_wrap=True)
    console.print(_BIAS, soft_wrap=True)
    return 0


async def refit(*, apply: bool, reset: bool) -> int:
    """Fit the thresholds and print what would change, or does; or go back to those delivered.

    Raises `Refused` when both are asked for.
    """
    if apply and reset:
        raise Refused("--apply and --reset can't be had together: choose one", code="contradiction")
    console = Console()
    try:
        context = await wiring.context()
        if reset:
            changed = await thresholds.reset(context)
            said = "The thresholds are as delivered again." if changed else "They are as delivered; nothing changed."
            console.print(f"{said} What people said is kept.")
            return 0
        found = await thresholds.refit(context, apply=apply)
    finally:
        await wiring.close()
    console.print(_changes(found))
    for one in found:
        console.print(f"{_TASKS[one.task]}: {_finding(one)}", soft_wrap=True)
    console.print(_ending(found, applied=apply), soft_wrap=True)
    return 0


def _precision(found: Sequence[Standing]) -> Table:
    table = Table("Judgement", "Needed", "Judged by people", "Right", "Share", "95 % between", "Claimed on average")
    for one in found:
        claimed = _share(one.claimed) if one.passing.count else ""
        right = str(one.passing.right) if one.passing.count else ""
        table.add_row(_TASKS[one.task], _bars(one.bars), str(one.passing.count), right, *_shares(one.passing), claimed)
    return table


def _by_feedback(found: Sequence[Standing]) -> Table:
    table = Table("Judgement", "What people did", "Says", "How often", "Share", "95 % between", "Claimed on average")
    for one in found:
        for heard in one.heard:
            says = "right" if heard.says_right else "wrong"
            shares = _shares(heard.share) if heard.feedback.of_what_was_shown else ("", "")
            often = str(heard.share.right)
            row = (_TASKS[one.task], _FEEDBACK[heard.feedback], says, often, *shares, _share(heard.claimed))
            table.add_row(*row)
    if not table.row_count:
        table.add_row("", "nothing yet", "", "0", "", "", "")
    return table


def _remarks(one: Standing) -> list[str]:
    name, right = _TASKS[one.task], one.passing
    low, high = right.interval
    remarks = []
    if not right.tells:
        remarks.append(f"{name}: too little to tell: {right.count} judged, and {LEAST} are needed.")
    elif high < one.target:
        remarks.append(f"{name}: too often wrong: {_share(one.target)} should be right. See `cairn judge refit`.")
    elif low >= one.target:
        remarks.append(f"{name}: right often enough, beyond reasonable doubt: {_share(one.target)} or more.")
    else:
        remarks.append(f"{name}: whether {_share(one.target)} or more are right is within chance of these figures.")
    if one.known_merges.count:
        merges = one.known_merges
        remarks.append(
            f"{name}: curators merged {merges.count} pair(s) of questions; Cairn would have been sure enough of "
            f"{merges.right} of them by itself."
        )
    if one.of_other_models:
        remarks.append(f"{name}: {one.of_other_models} word(s) are about another release's models and don't count.")
    return remarks


def _changes(found: Sequence[Refitted]) -> Table:
    table = Table("Judgement", "Needed as delivered", "in force", "fitted", "Right as delivered", "as fitted")
    for one in found:
        delivered, fitted = one.fit.delivered, one.fit.fitted
        table.add_row(
            _TASKS[one.task],
            _each(bar.delivered for bar in one.bars),
            _each(bar.in_force for bar in one.bars),
            _each(bar.in_force for bar in one.fitted_bars),
            f"{delivered.right} of {delivered.count}",
            f"{fitted.right} of {fitted.count}",
        )
    return table


def _finding(one: Refitted) -> str:
    delivered, fitted = one.fit.delivered, one.fit.fitted
    low, high = fitted.interval
    kept = f"{fitted.right} of {fitted.count} ({_share(low)} to {_share(high)})"
    price = f"What lies below is said no more, {delivered.right - fitted.right} right one(s) of these included."
    sentences = {
        Finding.TOO_FEW: (
            f"Too little to tell: people have judged {delivered.count}, and {LEAST} are needed. The threshold stays."
        ),
        Finding.FITS: (
            f"As delivered, {_share(delivered.share)} was right, and {_share(one.target)} should be. "
            "The delivered threshold fits."
        ),
        Finding.RAISE: f"From the stricter threshold on, enough is right: {kept}. {price}",
        Finding.RAISE_AS_FAR_AS_KNOWN: (
            f"The stricter threshold is the best that the labels support: {kept}. Whether {_share(one.target)} are "
            "right there, they are too few to tell. {price}"
        ),
        Finding.NO_BETTER: (
            f"Only {_share(delivered.share)} was right, but being stricter would not help as far as the labels tell. "
            "The delivered threshold fits best."
        ),
        Finding.SILENCE: (
            "However sure Cairn was, too little of it was right. It would stay silent unless all but certain, and hear "
            "nothing new; `--reset` leads back."
        ),
    }
    return sentences[one.fit.finding]


def _ending(found: Sequence[Refitted], *, applied: bool) -> str:
    if all(one.before == one.after for one in found):
        return "Nothing changes."
    if not applied:
        return "Nothing was changed yet: `cairn judge refit --apply` puts it in force."
    return "In force now, for what is asked from here on. `cairn judge refit --reset` leads back."


def _bars(bars: Sequence[Bar]) -> str:
    return "\n".join(f"{_two(bar.in_force)} {bar.name}".strip() for bar in bars)


def _each(values: Iterable[float]) -> str:
    return " / ".join(_two(value) for value in values)


def _two(value: float) -> str:
    return f"{value:.2f}" if value < 0.995 else f"{value:.3f}"


def _shares(found: Precision) -> tuple[str, str]:
    low, high = found.interval
    if not found.count:
        return "", ""
    return _share(found.share), f"{_share(low)} and {_share(high)}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"
